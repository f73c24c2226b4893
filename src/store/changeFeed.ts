// The sequence of changes as it is told: where the store stands, the newest changes in memory, who listens.
// A change is committed before it is told; `head` and `revision` are never ahead of what a query sees.
import { EventRecord } from "../events/eventRecord.ts";
import { type Connection, LIMIT } from "./connection.ts";
import type { EventRow, Standing, WrittenChanges } from "./messages.ts";
import { ChangeRing, type RingLimits } from "./ring.ts";
import type { Change, ChangeListener } from "./store.ts";

export class ChangeFeed {
  readonly #connection: Connection;
  readonly #limits: RingLimits;
  readonly #listeners = new Set<ChangeListener>();
  #ring: ChangeRing;
  #standing: Standing;

  constructor(connection: Connection, standing: Standing, limits: RingLimits) {
    this.#connection = connection;
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
  since(seq: number, limit: number): EventRecord[] {
    return this.#ring.since(seq, limit) ?? this.#stored(seq, limit).map(({ record }) => record);
  }

  /** What one commit changed, in order of seq, and where the store stands after it. */
  committed(written: readonly WrittenChanges[], standing: Standing): void {
    const told = written.filter(({ seqs }) => seqs.length > 0).map((changes) => this.#hold(changes));
    this.#standing = standing;
    this.#ring.forgetThrough(standing.floor);
    for (const changes of told) this.#tell(changes);
  }

  /** A writer that was started again may have committed what its predecessor died before telling. */
  catchUp(standing: Standing): void {
    if (standing.revision === this.#standing.revision) return;
    const missed = this.#stored(this.#standing.head, Number.MAX_SAFE_INTEGER);
    this.#standing = standing;
    this.#ring = new ChangeRing(standing.head, this.#limits);
    if (missed.length > 0) this.#tell(missed);
  }

  #hold(written: WrittenChanges): Change[] {
    const changes = changesOf(written);
    for (const [index, { record }] of changes.entries()) {
      this.#ring.push({ record, before: written.before[index] ?? 0 });
    }
    return changes;
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

  #stored(seq: number, limit: number): Change[] {
    return this.#connection.snapshot(() => {
      const added = this.#connection.all<EventRow>(
        `SELECT seq, json, ignored FROM events WHERE n > ? AND seq = n ORDER BY n ${LIMIT}`,
        seq,
        limit,
      );
      const modified = this.#connection.all<EventRow>(
        `SELECT seq, json, ignored FROM events WHERE seq > ? AND seq <> n ORDER BY seq ${LIMIT}`,
        seq,
        limit,
      );
      const changes = [
        ...added.map((row): Change => ({ kind: "added", record: recordOf(row) })),
        ...modified.map((row): Change => ({ kind: "modified", record: recordOf(row) })),
      ];
      return changes.sort((a, b) => a.record.seq - b.record.seq).slice(0, limit);
    });
  }
}

export function recordOf([seq, json, ignored]: EventRow): EventRecord {
  return new EventRecord(seq, json, ignored);
}

export function changesOf({ seqs, jsons, ignored, before }: WrittenChanges): Change[] {
  return seqs.map((seq, index) => ({
    kind: before[index] === 0 ? "added" : "modified",
    record: new EventRecord(seq, jsons[index] ?? "", ignored[index] ?? null),
  }));
}
