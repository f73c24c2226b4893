// One SQLite connection: its settings, its prepared statements, its transactions.
// Statements are prepared once and kept by their text, so a text must never hold a value: values are parameters.
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";

export type Value = SQLInputValue;

/**
 * The end of a statement that takes the most rows as a value. The planner looks at a bare parameter of LIMIT, and would plan
 * the statement again every time it is run: longer than it takes to run.
 */
export const LIMIT = "LIMIT CAST(? AS INTEGER)";

/** Statements kept prepared; beyond it the longest unused is let go. */
const KEPT_STATEMENTS = 400;

const SHARED = `
  PRAGMA busy_timeout = 5000;
  PRAGMA temp_store = MEMORY;
`;

// A commit is on the disk when it returns. A checkpoint every 10,000 pages costs a third less than every 1,000.
const WRITING = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 10000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -12288;
`;

const READING = `
  PRAGMA query_only = ON;
  PRAGMA cache_size = -16384;
`;

// A page of events is read from the system's page cache without being copied. Not for scans: they would map whole files.
const MAPPED = `
  PRAGMA mmap_size = 2147418112;
`;

export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static forWriting(path: string): Connection {
    return Connection.#open(path, false, WRITING);
  }

  /** Sees every commit that came before a statement (or, in a transaction, before its first one). */
  static forReading(path: string, how: "by seeks" | "by scans"): Connection {
    return Connection.#open(path, true, how === "by seeks" ? READING + MAPPED : READING);
  }

  static #open(path: string, readOnly: boolean, settings: string): Connection {
    const database = new DatabaseSync(path, { readOnly });
    try {
      database.exec(SHARED + settings);
    } catch (error) {
      database.close();
      throw error;
    }
    return new Connection(database);
  }

  /** All rows, each as the tuple of its columns; the caller states what its own SQL selects. */
  all<Row extends readonly SQLOutputValue[]>(sql: string, ...values: readonly Value[]): Row[] {
    return this.#prepare(sql).all(...values) as unknown as Row[]; // rows are arrays, see #prepare
  }

  get<Row extends readonly SQLOutputValue[]>(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#prepare(sql).get(...values) as unknown as Row | undefined; // rows are arrays, see #prepare
  }

  /** How many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** Several statements without values. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Everything read in `work` is of one moment. */
  snapshot<T>(work: () => T): T {
    return this.#transaction("BEGIN", work);
  }

  /** Everything written in `work` is committed, or nothing is. */
  write<T>(work: () => T): T {
    return this.#transaction("BEGIN IMMEDIATE", work);
  }

  /** Moves what is in the log into the file as far as nobody has to wait for it; not inside a transaction. */
  checkpoint(): void {
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #transaction<T>(begin: string, work: () => T): T {
    this.#prepare(begin).run();
    try {
      const result = work();
      this.#prepare("COMMIT").run();
      return result;
    } catch (error) {
      try {
        this.#database.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back by itself, as it does when the disk is full
      }
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      if (this.#statements.size >= KEPT_STATEMENTS) {
        const [oldest] = this.#statements.keys();
        if (oldest !== undefined) this.#statements.delete(oldest);
      }
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
