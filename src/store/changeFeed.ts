// The sequence of changes as it is told: where the store stands, the newest changes in memory, who listens.
// A change is committed before it is told; `head` and `revision` are never ahead of what a query sees.
import type { Change, EventChange } from "../events/change.ts";
import { EventRecord } from "../events/eventRecord.ts";
import { type Connection, LIMIT } from "./connection.ts";
import type { EventRow, Standing, Written, WrittenChanges } from "./messages.ts";
import type { Records } from "./records.ts";
import { ChangeRing, type RingLimits } from "./ring.ts";
import type { ChangeListener, ReadChanges, RecordedGap } from "./store.ts";
import { StoreState } from "./storeState.ts";

export class ChangeFeed {
  readonly #connection: Connection;
  readonly #records: Records;
  readonly #limits: RingLimits;
  readonly #listeners = new Set<ChangeListener>();
  #ring: ChangeRing;
  #standing: Standing;

  constructor(connection: Connection, records: Records, standing: Standing, limits: RingLimits) {
    this.#connection = connection;
    this.#records = records;
    this.#limits = limits;
    this.#standing = standing;
    this.#ring = new ChangeRing(standing.head, limits);
  }

  get standing(): Standing {
    return this.#standing;
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From memory, or from the database for whoever is further behind than that. */
  since(seq: number, limit: number): ReadChanges<Change> {
    const changes = this.#ring.since(seq, limit);
    return changes ? { changes, head: this.#ring.head } : this.#stored(seq, limit);
  }

  /** What one commit changed, in order of seq, and where the store stands after it. */
  committed(written: readonly Written[], standing: Standing): void {
    const told = written.map((each) => this.#hold(each)).filter((changes) => changes.length > 0);
    this.#standing = standing;
    this.#ring.forgetThrough(standing.floor);
    for (const changes of told) this.#tell(changes);
  }

  /** A writer that was started again may have committed what its predecessor died before telling; whether it had. */
  catchUp(standing: Standing): boolean {
    if (standing.revision === this.#standing.revision) return false;
    const { changes: missed } = this.#stored(this.#standing.head, Number.MAX_SAFE_INTEGER);
    this.#standing = standing;
    this.#ring = new ChangeRing(standing.head, this.#limits);
    if (missed.length > 0) this.#tell(missed);
    return true;
  }

  #hold({ changes, gap }: Written): readonly Change[] {
    const held: Change[] = changes ? changesOf(changes) : [];
    for (const [index, change] of held.entries()) this.#ring.push(change, changes?.before[index] ?? 0);
    if (gap) {
      const change = gapChange(gap);
      this.#ring.push(change, 0);
      held.push(change);
    }
    return held;
  }

  #tell(changes: readonly Change[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        queueMicrotask(() => {
          throw error; // a fault of the listener, not of the store: loud, and nobody else misses a change
        });
      }
    }
  }

  #stored(seq: number, limit: number): ReadChanges<Change> {
    return this.#connection.snapshot(() => {
      const { head } = StoreState.read(this.#connection);
      const changes: Change[] = [
        ...this.#connection
          .all<EventRow>(
            `SELECT seq, json, ignored FROM events WHERE n > ? AND seq = n ORDER BY n ${LIMIT}`,
            seq,
            limit,
          )
          .map((row): Change => ({ kind: "added", seq: row[0], addedAt: row[0], record: this.#records.of(row) })),
        ...this.#connection
          .all<[...EventRow, n: number]>(
            `SELECT seq, json, ignored, n FROM events WHERE seq > ? AND seq <> n ORDER BY seq ${LIMIT}`,
            seq,
            limit,
          )
          .map(([at, json, ignored, n]): Change => {
            return { kind: "modified", seq: at, addedAt: n, record: this.#records.of([at, json, ignored]) };
          }),
        ...this.#connection
          .all<[seq: number, from: number, to: number, reason: string, source: string]>(
            `SELECT seq, "from", "to", reason, source FROM gaps WHERE seq > ? ORDER BY n ${LIMIT}`,
            seq,
            limit,
          )
          .map(([at, from, to, reason, source]) => gapChange({ seq: at, from, to, reason, source })),
      ];
      return { changes: changes.sort((a, b) => a.seq - b.seq).slice(0, limit), head };
    });
  }
}

export function changesOf({ seqs, jsons, ignored, before }: WrittenChanges): EventChange[] {
  return seqs.map((seq, index) => {
    const record = new EventRecord(seq, jsons[index] ?? "", ignored[index] ?? null);
    const earlier = before[index] ?? 0; // an event changes once after it was added, so that is when it was
    return earlier === 0
      ? { kind: "added", seq, addedAt: seq, record }
      : { kind: "modified", seq, addedAt: earlier, record };
  });
}

function gapChange({ seq, ...gap }: RecordedGap): Change {
  return { kind: "gap", seq, gap };
}
