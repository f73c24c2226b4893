// The one row that says where the store stands; written by the transaction whose changes it counts.
// In memory it is what the transaction under way will commit; after a rollback it is loaded again.
import { Cursors } from "../events/cursor.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { compareIds } from "./textKey.ts";

/** A place in the order of (timestamp, id). */
export interface PrunedTo {
  readonly timestamp: Instant;
  readonly tie: number;
  readonly id: string;
}

export class StoreState {
  epoch = "";
  cursorKey: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** Up to here cursors were given out before they were sealed. */
  plainCursorsThrough = 0;
  head = 0;
  revision = 0;
  floor = 0;
  /** Everything up to here was pruned and is not stored again. */
  prunedTo: PrunedTo | null = null;
  prunedByAge = 0;
  prunedBySize = 0;
  lastPrunedAt: Instant | null = null;

  static read(connection: Connection): StoreState {
    const state = new StoreState();
    state.load(connection);
    return state;
  }

  load(connection: Connection): void {
    const row = connection.get<
      [
        string,
        Uint8Array<ArrayBuffer>,
        number,
        number,
        number,
        number,
        number | null,
        number | null,
        string | null,
        number,
        number,
        number | null,
      ]
    >(
      `SELECT epoch, cursor_key, plain_cursors_through, head, revision, floor, pruned_timestamp, pruned_tie, pruned_id,
              pruned_by_age, pruned_by_size, last_pruned_at FROM state`,
    );
    if (!row) throw new Error("the store has no state");
    const [epoch, cursorKey, plainCursorsThrough, head, revision, floor, timestamp, tie, id, ...pruned] = row;
    const [prunedByAge, prunedBySize, lastPrunedAt] = pruned;
    const prunedTo = timestamp === null || tie === null || id === null ? null : { timestamp, tie, id };
    Object.assign(this, { epoch, cursorKey, plainCursorsThrough, head, revision, floor });
    Object.assign(this, { prunedTo, prunedByAge, prunedBySize, lastPrunedAt });
  }

  save(connection: Connection): void {
    connection.run(
      `UPDATE state SET head = ?, revision = ?, floor = ?, pruned_timestamp = ?, pruned_tie = ?, pruned_id = ?,
              pruned_by_age = ?, pruned_by_size = ?, last_pruned_at = ?`,
      this.head,
      this.revision,
      this.floor,
      this.prunedTo?.timestamp ?? null,
      this.prunedTo?.tie ?? null,
      this.prunedTo?.id ?? null,
      this.prunedByAge,
      this.prunedBySize,
      this.lastPrunedAt,
    );
  }

  cursors(firstSalt = 0): Cursors {
    const { epoch, cursorKey: key, plainCursorsThrough: plainThrough } = this;
    return new Cursors({ epoch, key, plainThrough, firstSalt });
  }

  isPruned(timestamp: Instant, id: string): boolean {
    const to = this.prunedTo;
    if (!to || timestamp > to.timestamp) return false;
    return timestamp < to.timestamp || compareIds(id, to.id) <= 0;
  }
}
