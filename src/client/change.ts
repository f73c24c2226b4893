// A message of a stream, told apart by its type: an event that was added or modified, or a gap.
// The schema has one object with two nullable fields; which of them is there follows from the type.

interface Told {
  readonly type: string;
  readonly cursor: string;
  readonly event: unknown;
  readonly gap: unknown;
}

export type Change<Raw extends Told> = EventTold<Raw> | GapTold<Raw>;

/**
 * `event` is as it is now. MODIFIED may be the first that is heard of an event: when it has changed while the stream, resumed before it
 * had caught up, was on its way to it. So whoever keeps events puts both in place alike.
 */
export interface EventTold<Raw extends Told> {
  readonly type: Exclude<Raw["type"], "GAP">;
  readonly cursor: Raw["cursor"];
  readonly event: NonNullable<Raw["event"]>;
  readonly gap: null;
}

/** Here something may be missing; the stream goes on. */
export interface GapTold<Raw extends Told> {
  readonly type: Extract<Raw["type"], "GAP">;
  readonly cursor: Raw["cursor"];
  readonly event: null;
  readonly gap: NonNullable<Raw["gap"]>;
}
