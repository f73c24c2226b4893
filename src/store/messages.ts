// What the store's threads say to each other. Large values travel as texts or in columns: copying objects costs more.
// Every request is answered once, in order.
import type { EventId, IgnoredReason } from "../events/event.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Gap } from "../events/gap.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import type { TimeRange } from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import type { EventBatch } from "./eventBatch.ts";
import type { EventQuery, Pruned, RecordedGap } from "./store.ts";
import type { StoreErrorCode } from "./storeError.ts";

export interface WriterSettings {
  readonly path: string;
  /** Length of an incident's window in ms. */
  readonly dedupWindow: number;
  /** Greatest age of an event in ms. */
  readonly maxAge: number;
  /** Most bytes in use. */
  readonly maxBytes: number;
}

export type WriteRequest =
  | { readonly kind: "append"; readonly batch: EventBatch; readonly now: Instant }
  | { readonly kind: "resolve"; readonly now: Instant }
  | { readonly kind: "dispatches"; readonly dispatches: string }
  | { readonly kind: "putHooks"; readonly hooks: string }
  | { readonly kind: "deleteHooks"; readonly keys: readonly HookKey[]; readonly at: Instant }
  | { readonly kind: "gap"; readonly gap: Gap }
  | { readonly kind: "synced"; readonly source: string; readonly at: Instant }
  | { readonly kind: "prune"; readonly now: Instant }
  /** After the commit, whose changes it has no part in. */
  | { readonly kind: "checkpoint" };

/** Changes in order of seq, as columns. */
export interface WrittenChanges {
  readonly seqs: number[];
  readonly jsons: string[];
  readonly ignored: (IgnoredReason | null)[];
  /** The event's seq before this change; 0 when it was added. */
  readonly before: number[];
}

/** What was done to a hook. */
export interface WrittenHook {
  readonly kind: "added" | "modified" | "deleted";
  readonly hook: Hook;
}

export interface Written {
  readonly changes?: WrittenChanges;
  /** Dispatches that were new. */
  readonly stored?: number;
  /** Observations not stored because retention had pruned past them. */
  readonly tooOld?: number;
  readonly pruned?: Pruned;
  readonly gap?: RecordedGap;
  /** Whether hooks as they are read may have changed. */
  readonly hooksChanged?: boolean;
  readonly hooks?: readonly WrittenHook[];
  /** Whether there is more of this to do at once. */
  readonly more?: boolean;
}

/** Where the store stands after a commit. */
export interface Standing {
  readonly head: number;
  readonly revision: number;
  readonly floor: number;
}

export interface Failed {
  readonly failed: string;
  readonly code: StoreErrorCode;
}

/** A row of an event on its way to an EventRecord. */
export type EventRow = [seq: number, json: string, ignored: IgnoredReason | null];

export interface RowPage {
  readonly rows: readonly EventRow[];
  readonly hasMore: boolean;
}

export type StatisticKind = "byType" | "byNamespace" | "byHook";

export type ReadRequest =
  | { readonly kind: "events"; readonly query: EventQuery }
  | { readonly kind: "count"; readonly filter: EventFilter }
  | { readonly kind: StatisticKind; readonly filter: EventFilter }
  | { readonly kind: "trends"; readonly filter: EventFilter; readonly range: TimeRange; readonly interval: number }
  | { readonly kind: "dispatchesOf"; readonly ids: readonly EventId[] }
  /** The lowest n of the events with this timestamp or a later one; null without any. */
  | { readonly kind: "lowestSince"; readonly at: Instant };

/** One message to a thread and the answer to it. */
export interface Envelope<Body> {
  readonly ticket: number;
  readonly body: Body;
}
