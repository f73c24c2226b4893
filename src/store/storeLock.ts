// The lock that keeps two gateways from writing one store: a small SQLite file beside it, whose lock the system releases
// when the process ends, however it ends. Who holds it stands inside, so that the other can say so.
// Never open and close the lock file by other means while it is held: POSIX drops a process' locks when it does.
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { formatInstant, type Instant } from "../events/time.ts";
import { messageOf, StoreError } from "./storeError.ts";

export class StoreLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Takes the lock of the store at `path` or throws STORE_LOCKED naming its holder; never waits. */
  static take(path: string, now: Instant): StoreLock {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(`${path}.lock`);
      database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
      database.exec("BEGIN IMMEDIATE");
      database.exec("CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since TEXT); DELETE FROM holder");
      database.prepare("INSERT INTO holder VALUES (?, ?, ?)").run(process.pid, hostname(), formatInstant(now));
      // Committed, so that others can read it; then taken again and held, which lets them read but not write.
      database.exec("COMMIT; BEGIN IMMEDIATE");
      return new StoreLock(database);
    } catch (error) {
      const isBusy = messageOf(error).includes("locked");
      const holder = isBusy && database ? holderOf(database) : "";
      database?.close();
      if (isBusy) {
        throw new StoreError("STORE_LOCKED", `the store ${path} is in use by another gateway${holder}`, {
          cause: error,
        });
      }
      throw new StoreError("STORE_UNWRITABLE", `the store ${path} cannot be locked: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** May be called again. */
  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function holderOf(database: DatabaseSync): string {
  try {
    const holder = database.prepare("SELECT pid, host, since FROM holder").get();
    return holder ? ` (process ${holder.pid} on ${holder.host}, since ${holder.since})` : "";
  } catch {
    return ""; // its holder is just writing who it is
  }
}
