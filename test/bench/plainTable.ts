// The baselines' store: the same events in one plain table with the index that their question wants, read with the
// gateway's own SQLite settings. Times are kept as the text that is answered: it sorts as they do and needs no conversion.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { EventJson } from "../../src/events/eventJson.ts";

/** What src/store/connection.ts sets for reading: page cache, memory map, temporary tables. */
const READING = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA mmap_size = 2147418112;";

const COLUMNS = [
  "id",
  "cursor",
  "event_type",
  "status",
  "severity",
  "namespace",
  "resource_name",
  "api_version",
  "kind",
  "resource_namespace",
  "resource_uid",
  "reason",
  "message",
  "source",
  "tags",
  "count",
  "occurrences",
  "timestamp",
  "first_seen",
  "last_seen",
  "resolved_at",
  "duplicate_of",
  "hooks",
  "cluster",
] as const;

export type PlainRow = Readonly<Record<(typeof COLUMNS)[number], string>> & {
  readonly count: number;
  readonly occurrences: number;
  readonly resource_namespace: string | null;
  readonly resource_uid: string | null;
  readonly resolved_at: string | null;
  readonly duplicate_of: string | null;
};

const INTEGERS: readonly string[] = ["count", "occurrences"];

const TYPED = COLUMNS.map((column) => `${column} ${INTEGERS.includes(column) ? "INTEGER" : "TEXT"}`).join(", ");
const PLAIN_TABLE = `CREATE TABLE events (seq INTEGER PRIMARY KEY, ${TYPED})`;
const KEYED_TABLE = `CREATE TABLE events (${TYPED}, PRIMARY KEY (id))`;
/** Holds the order to its last tie, so that a page is read without sorting and a count without the table. */
const PLAIN_INDEX = "CREATE INDEX events_by_namespace ON events (namespace, timestamp, id)";

const INSERT = `INSERT OR IGNORE INTO events (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;

export function openPlain(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec(READING);
  return database;
}

/** A table that is filled in transactions of the caller's; `finish` gives it its index. */
export class PlainWriter {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  /** `keyed` makes the id the primary key, so that nothing is stored twice; without it nothing is looked up. */
  constructor(path: string, settings: string, { keyed = false } = {}) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(settings);
    this.#database.exec(keyed ? KEYED_TABLE : PLAIN_TABLE);
    this.#insert = this.#database.prepare(INSERT);
  }

  /** Takes over all rows of another plain table. */
  copy(path: string): void {
    this.#database.prepare("ATTACH ? AS other").run(path);
    this.#database.exec(`INSERT INTO events (${COLUMNS.join(", ")}) SELECT ${COLUMNS.join(", ")} FROM other.events`);
    this.#database.exec("DETACH other; PRAGMA wal_checkpoint(TRUNCATE)");
  }

  get rows(): number {
    return Number(this.#database.prepare("SELECT count(*) AS n FROM events").get()?.n);
  }

  transaction(work: (insert: (event: EventJson) => void) => void): void {
    this.#database.exec("BEGIN");
    work((event) => this.#insert.run(...valuesOf(event)));
    this.#database.exec("COMMIT");
  }

  /** As it is: without an index. */
  close(): void {
    this.#database.close();
  }

  finish(): void {
    this.#database.exec(`${PLAIN_INDEX}; ANALYZE;`);
    this.#database.close();
  }
}

function valuesOf(event: EventJson): (string | number | null)[] {
  const { resource } = event;
  return [
    event.id,
    event.cursor,
    event.eventType,
    event.status,
    event.severity,
    event.namespace,
    event.resourceName,
    resource.apiVersion,
    resource.kind,
    resource.namespace,
    resource.uid,
    event.reason,
    event.message,
    event.source,
    JSON.stringify(event.tags),
    event.count,
    event.occurrences,
    event.timestamp,
    event.firstSeen,
    event.lastSeen,
    event.resolvedAt,
    event.duplicateOf,
    JSON.stringify(event.hooks),
    event.cluster,
  ];
}

/** The baselines' one question: a page of a namespace's time range, newest first, and how many there are. */
export class PlainEvents {
  readonly #page: StatementSync;
  readonly #tuples: StatementSync;
  readonly #count: StatementSync;

  constructor(path: string) {
    const database = openPlain(path);
    const where = "FROM events WHERE namespace = ? AND timestamp >= ? AND timestamp < ?";
    const page = `SELECT ${COLUMNS.join(", ")} ${where} ORDER BY timestamp DESC, id DESC LIMIT ?`;
    this.#page = database.prepare(page);
    this.#tuples = database.prepare(page);
    this.#tuples.setReturnArrays(true);
    this.#count = database.prepare(`SELECT count(*) AS total ${where}`);
  }

  page(namespace: string, start: string, end: string, limit: number): readonly PlainRow[] {
    return this.#page.all(namespace, start, end, limit) as unknown as readonly PlainRow[]; // the columns of the table
  }

  /** The same as arrays in the order of the columns: a third faster, for whoever builds other objects of them. */
  tuples(namespace: string, start: string, end: string, limit: number): readonly (readonly unknown[])[] {
    return this.#tuples.all(namespace, start, end, limit) as unknown as readonly (readonly unknown[])[]; // setReturnArrays
  }

  total(namespace: string, start: string, end: string): number {
    return Number(this.#count.get(namespace, start, end)?.total);
  }
}

/** The cursor behind a row, as the gateway spells it (src/events/page.ts). */
export function pageCursor(row: Pick<PlainRow, "id" | "timestamp">): string {
  return Buffer.from(JSON.stringify([1, Date.parse(row.timestamp), row.id])).toString("base64url");
}
