// A dispatch: what khook says it did for a hook, read from its audit Events.
// khook's audit Events are rate limited and merged, so any count of dispatches is a lower bound.
import type { HookKey } from "./hook.ts";
import type { Instant } from "./time.ts";

export const DISPATCH_OUTCOMES = ["FIRED", "SUCCEEDED", "FAILED", "DUPLICATE_IGNORED"] as const;
export type DispatchOutcome = (typeof DISPATCH_OUTCOMES)[number];

export const COMPLETENESS = ["LOWER_BOUND"] as const;
export type Completeness = (typeof COMPLETENESS)[number];

export interface Dispatch {
  /** `<uid>.<count>` of the audit Event. */
  readonly id: string;
  readonly uid: string;
  /** How often it had been done by then, as the audit Event counts. Counts of dispatches add up what it grew by. */
  readonly count: number;
  readonly hook: HookKey;
  readonly outcome: DispatchOutcome;
  readonly eventType: string;
  readonly resourceName: string;
  /** As khook wrote it (`name` or `namespace/name`); null for an ignored duplicate. */
  readonly agent: string | null;
  /** Only of a call that succeeded. */
  readonly requestId: string | null;
  /** Only of a call that failed. */
  readonly error: string | null;
  readonly message: string;
  readonly timestamp: Instant;
}
