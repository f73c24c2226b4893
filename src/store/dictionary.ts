// Names kept once: a table of texts and their numbers, for what repeats from row to row.
// Numbers grow with time, so that what is new lies together; within one process none is used twice.
import type { Connection } from "./connection.ts";
import { RecentMap } from "./recentMap.ts";

export type DictionaryTable = "namespaces" | "event_types" | "resource_names" | "words";

/** Names of one table kept in memory. */
const KEPT_NAMES = 6_000;

export class Dictionary {
  readonly #connection: Connection;
  readonly #find: string;
  readonly #add: string;
  readonly #ids = new RecentMap<number>(KEPT_NAMES);
  #next: number;

  constructor(connection: Connection, table: DictionaryTable) {
    this.#connection = connection;
    this.#find = `SELECT id FROM ${table} WHERE name = ?`;
    this.#add = `INSERT INTO ${table} (id, name) VALUES (?, ?)`;
    const [last] = connection.get<[number | null]>(`SELECT max(id) FROM ${table}`) ?? [null];
    this.#next = (last ?? 0) + 1;
  }

  /** The highest number that was ever given by this process, or found by it. */
  get highest(): number {
    return this.#next - 1;
  }

  /** The number of a name, given to it now if it has none; at least 1. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const [stored] = this.#connection.get<[number]>(this.#find, name) ?? [];
    const id = stored ?? this.#next++;
    if (stored === undefined) this.#connection.run(this.#add, id, name);
    this.#ids.set(name, id);
    return id;
  }

  /** After a rollback, or when names were removed: nothing is believed that is not looked up. */
  forget(): void {
    this.#ids.clear();
  }
}
