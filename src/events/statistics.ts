// Shapes of statistics: counts of events over a time range, by status and by type, namespace, hook and time.
// A percentage is of the total of the same answer, 0 to 100, rounded to two digits; of nothing it is 0.
import type { DispatchOutcome } from "./dispatch.ts";
import type { HookKey } from "./hook.ts";
import type { Instant } from "./time.ts";

/** [start, end): start included, end excluded. */
export interface TimeRange {
  readonly start: Instant;
  readonly end: Instant;
}

/** Events (not occurrences) by status; total is their sum. */
export interface StatusCounts {
  readonly total: number;
  readonly firing: number;
  readonly duplicate: number;
  readonly resolved: number;
}

export interface TypeCounts extends StatusCounts {
  readonly eventType: string;
}

export interface NamespaceCounts extends StatusCounts {
  readonly namespace: string;
}

export interface HookCounts extends StatusCounts {
  readonly hook: HookKey;
}

/** One bucket of a trend. Buckets touch, and begin at multiples of the interval since the epoch. */
export interface TrendBucket extends StatusCounts, TimeRange {
  readonly byType: readonly TypeCounts[];
}

/** Of the dispatches khook told of: lower bounds. */
export type DispatchCounts = Readonly<Record<DispatchOutcome, number>>;

export function percentage(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 100;
}
