// Rows on their way into one table, several by one statement: run by itself, each costs twice as much.
// They are in the table after `flush`, at the latest; what fails fails the whole transaction.
import type { Connection, Value } from "./connection.ts";

/** Rows of one statement, the most first; what is left over is written by the smaller ones. */
const SIZES = [32, 8, 1] as const;

export interface RowsOptions {
  readonly table: string;
  readonly columns: readonly string[];
  /** What to do with a row that is there already; without it that is an error. */
  readonly onConflict?: string;
}

export class Rows {
  readonly #connection: Connection;
  readonly #statements: readonly { readonly size: number; readonly sql: string }[];
  readonly #width: number;
  #values: Value[] = [];

  constructor(connection: Connection, { table, columns, onConflict = "" }: RowsOptions) {
    this.#connection = connection;
    this.#width = columns.length;
    const row = `(${columns.map(() => "?").join(", ")})`;
    this.#statements = SIZES.map((size) => ({
      size,
      // FAIL instead of ABORT: as nothing is committed after an error, SQLite need not keep what undoes one statement.
      sql: `INSERT OR FAIL INTO ${table} (${columns.join(", ")})
            VALUES ${new Array(size).fill(row).join(", ")} ${onConflict}`,
    }));
  }

  /** A value for each column. */
  add(...row: readonly Value[]): void {
    for (const value of row) this.#values.push(value);
    if (this.#values.length === SIZES[0] * this.#width) this.flush();
  }

  flush(): void {
    let at = 0;
    for (const { size, sql } of this.#statements) {
      const length = size * this.#width;
      for (; at + length <= this.#values.length; at += length) {
        this.#connection.run(sql, ...this.#values.slice(at, at + length));
      }
    }
    this.#values = [];
  }

  /** After a rollback. */
  forget(): void {
    this.#values = [];
  }
}
