// What the sequences of changes hold: an event stored or its status changed, a gap; and, in one of their own, changes of hooks.
// Each has one place in its sequence, its seq, and places only grow.
import type { EventRecord } from "./eventRecord.ts";
import type { Gap } from "./gap.ts";
import type { Hook } from "./hook.ts";

export interface EventChange {
  readonly kind: "added" | "modified";
  readonly seq: number;
  /** The seq with which the event was added; `seq` itself when this is that change. */
  readonly addedAt: number;
  readonly record: EventRecord;
}

/** Here something may have been missed. */
export interface GapChange {
  readonly kind: "gap";
  readonly seq: number;
  readonly gap: Gap;
}

export type Change = EventChange | GapChange;

export interface HookChange {
  readonly kind: "added" | "modified" | "deleted";
  readonly seq: number;
  /** The seq with which the hook was last added; 0 when that was before the sequence began. */
  readonly addedAt: number;
  /** The hook as it is now, a deleted one as it was. */
  readonly hook: Hook;
}
