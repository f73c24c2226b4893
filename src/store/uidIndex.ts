// Finds the events of a uid: new ones in memory and in a small table, all others in a large one sorted by hash.
// Moving many at a time from the small to the large one is what keeps writing fast (schema.ts).
import type { Connection } from "./connection.ts";
import { RecentMap } from "./recentMap.ts";
import { Rows } from "./rows.ts";

/** Entries of the small table that are moved together. At 1,000,000 events each move touches every page once, in 0.1 s. */
const MOVED_TOGETHER = 32_768;

/** Uids whose highest count is kept in memory. */
const KEPT_UIDS = 6_000;

export interface KnownUid {
  /** The highest count stored; 0 when nothing is. */
  highest: number;
}

export class UidIndex {
  readonly #connection: Connection;
  /** None of them is looked for: their uids are in memory. */
  readonly #added: Rows;
  readonly #known = new RecentMap<KnownUid>(KEPT_UIDS);
  #unmoved: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#added = new Rows(connection, { table: "new_uids", columns: ["hash", "n"] });
    this.#unmoved = countUnmoved(connection);
  }

  of(uid: string, hash: number): KnownUid {
    let known = this.#known.get(uid);
    if (!known) {
      known = { highest: this.#stored(uid, hash) };
      this.#known.set(uid, known);
    }
    return known;
  }

  /** A higher count of it was stored. */
  add(known: KnownUid, hash: number, n: number, count: number): void {
    this.#added.add(hash, n);
    this.#unmoved++;
    known.highest = count;
  }

  remove(uid: string, hash: number, n: number): void {
    this.#added.flush();
    this.#known.delete(uid);
    const moved = this.#connection.run("DELETE FROM old_uids WHERE hash = ? AND n = ?", hash, n);
    if (moved === 0) this.#unmoved -= this.#connection.run("DELETE FROM new_uids WHERE hash = ? AND n = ?", hash, n);
  }

  /** Called once a transaction: writes what was added, and moves what has gathered. */
  settle(): void {
    this.#added.flush();
    if (this.#unmoved < MOVED_TOGETHER) return;
    this.#connection.run("INSERT INTO old_uids (hash, n) SELECT hash, n FROM new_uids ORDER BY hash, n");
    this.#connection.run("DELETE FROM new_uids");
    this.#unmoved = 0;
  }

  #stored(uid: string, hash: number): number {
    const [count = 0] =
      this.#connection.get<[number]>(
        `SELECT e.count FROM uids u CROSS JOIN events e ON e.n = u.n
         WHERE u.hash = ? AND e.id = ? || '.' || e.count ORDER BY e.count DESC LIMIT 1`,
        hash,
        uid,
      ) ?? [];
    return count;
  }

  /** After a rollback. */
  forget(): void {
    this.#added.forget();
    this.#known.clear();
    this.#unmoved = countUnmoved(this.#connection);
  }
}

function countUnmoved(connection: Connection): number {
  return connection.get<[number]>("SELECT count(*) FROM new_uids")?.[0] ?? 0;
}
