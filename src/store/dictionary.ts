// Names kept once: a table of texts and their numbers, for what repeats from row to row.
// Numbers grow with time, so that what is new lies together; within one process none is used twice.
import type { Connection } from "./connection.ts";

export type DictionaryTable = "namespaces" | "event_types" | "resource_names" | "words";

/** Names kept in memory; beyond it all are looked up again. */
const KEPT_NAMES = 50_000;

export class Dictionary {
  readonly #connection: Connection;
  readonly #table: DictionaryTable;
  readonly #ids = new Map<string, number>();
  #next: number;

  constructor(connection: Connection, table: DictionaryTable) {
    this.#connection = connection;
    this.#table = table;
    const [last] = connection.get<[number | null]>(`SELECT max(id) FROM ${table}`) ?? [null];
    this.#next = (last ?? 0) + 1;
  }

  /** The number of a name, given to it now if it has none; at least 1. */
  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const [stored] = this.#connection.get<[number]>(`SELECT id FROM ${this.#table} WHERE name = ?`, name) ?? [];
    const id = stored ?? this.#next++;
    if (stored === undefined) this.#connection.run(`INSERT INTO ${this.#table} (id, name) VALUES (?, ?)`, id, name);
    if (this.#ids.size >= KEPT_NAMES) this.#ids.clear();
    this.#ids.set(name, id);
    return id;
  }

  /** After a rollback, or when names were removed: nothing is believed that is not looked up. */
  forget(): void {
    this.#ids.clear();
  }
}
