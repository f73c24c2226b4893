// The store's file before it is used: made when there is none, brought up to date, or refused.
// A file that is refused is not written to, and nothing is made beside it.
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { SEAL_KEY_BYTES } from "../events/sealed.ts";
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from "./schema.ts";
import { messageOf, StoreError } from "./storeError.ts";

/** Files up to this size are read through at start; of larger ones only the first layers of every tree. */
const CHECKED_WHOLE = 64 * 1024 * 1024;

const MAGIC = "SQLite format 3\0";

/** Makes the directory, so that the lock can be taken in it; throws STORE_UNWRITABLE. */
export function prepareDirectory(path: string): void {
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    throw new StoreError("STORE_UNWRITABLE", `the directory of the store ${path} cannot be made: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** One by one: Node's own recursion never ends where no directory can be made, as in /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
}

/** What a store is made with, once and at random. */
export interface NewStore {
  readonly epoch: () => string;
  /** SEAL_KEY_BYTES, of which nothing ever leaves the process. */
  readonly cursorKey: () => Uint8Array;
}

/** Leaves a store of the current layout at `path`, or throws a StoreError. The caller holds the lock. */
export function prepareFile(path: string, made: NewStore): void {
  if (!existsSync(path) || (statSync(path).size === 0 && !existsSync(`${path}-wal`))) {
    attempt(path, () => create(path, made));
    return;
  }
  const version = inspect(path);
  if (version < SCHEMA_VERSION) attempt(path, () => migrate(path, version, made));
}

/** Written under another name first: whatever interrupts it, a file at `path` is a whole store. */
function create(path: string, { epoch, cursorKey }: NewStore): void {
  const draft = `${path}.new`;
  for (const leftover of [draft, `${draft}-journal`, `${path}-wal`, `${path}-shm`]) rmSync(leftover, { force: true });
  const database = new DatabaseSync(draft);
  try {
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    applyFrom(database, 0, cursorKey);
    database
      .prepare(
        `INSERT INTO state (one, epoch, cursor_key, head, revision, floor, pruned_by_age, pruned_by_size)
         VALUES (1, ?, ?, 0, 0, 0, 0, 0)`,
      )
      .run(epoch(), cursorKey());
  } finally {
    database.close();
  }
  renameSync(draft, path);
}

function migrate(path: string, version: number, { cursorKey }: NewStore): void {
  const database = new DatabaseSync(path);
  try {
    applyFrom(database, version, cursorKey);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

function applyFrom(database: DatabaseSync, version: number, cursorKey: () => Uint8Array): void {
  database.exec("BEGIN IMMEDIATE");
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.prepare("UPDATE state SET cursor_key = ? WHERE cursor_key IS NULL").run(cursorKey());
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}

/** The layout's version of a sound store of ours; throws for anything else. */
function inspect(path: string): number {
  const header = attempt(path, () => readHeader(path));
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC || header.length < 100) {
    throw new StoreError("STORE_FOREIGN", `${path} is not an event store: it is no SQLite file`);
  }
  if (header.readInt32BE(68) !== APPLICATION_ID) {
    throw new StoreError("STORE_FOREIGN", `${path} is not an event store: it is another program's SQLite file`);
  }
  // With a write-ahead log beside it the file alone may be behind, so SQLite is asked, reading only. Without one it is
  // opened as immutable, which makes neither log nor lock.
  const hasLog = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
  const location = hasLog ? path : new URL(`${pathToFileURL(path).href}?immutable=1`);
  try {
    if (!hasLog) refuseNewer(path, header.readUInt32BE(60));
    const database = new DatabaseSync(location, { readOnly: true });
    try {
      const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
      refuseNewer(path, version);
      checkTrees(database, statSync(path).size);
      return version;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("STORE_CORRUPT", `the store ${path} is damaged: ${messageOf(error)}`, { cause: error });
  }
}

function refuseNewer(path: string, version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new StoreError(
    "STORE_NEWER",
    `the store ${path} was written by a later version (layout ${version}, this one knows up to ${SCHEMA_VERSION})`,
  );
}

function checkTrees(database: DatabaseSync, bytes: number): void {
  const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
  const pageSize = Number(database.prepare("PRAGMA page_size").get()?.page_size);
  const isWhole = bytes <= CHECKED_WHOLE;
  // For a large file: every table and index is entered at both ends.
  const faults = isWhole ? database.prepare("PRAGMA quick_check(1)").all() : [];
  const fault = faults.map((row) => row.quick_check).find((text) => text !== "ok");
  if (fault !== undefined) throw new Error(String(fault).split("\n").at(-1));
  if (bytes % pageSize !== 0) throw new Error(`it ends inside a page (${pages} pages expected)`);
  const state = database.prepare("SELECT * FROM state").get();
  if (!state || !/^[0-9a-z]{1,32}$/.test(String(state.epoch))) throw new Error("it has no epoch");
  const { cursor_key: key } = state; // a file of an earlier layout has no such column
  if (key !== undefined && !(key instanceof Uint8Array && key.length === SEAL_KEY_BYTES)) {
    throw new Error("it has no key for its cursors");
  }
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
    database.prepare(`SELECT * FROM "${name}" LIMIT 1`).get();
  }
  for (const column of ["n", "timestamp", "seq"]) {
    // In one statement, both would be found by reading everything.
    for (const end of ["min", "max"]) database.prepare(`SELECT ${end}(${column}) FROM events`).get();
  }
}

function readHeader(path: string): Buffer {
  const file = openSync(path, "r+");
  try {
    const header = Buffer.alloc(100);
    return header.subarray(0, readSync(file, header, 0, 100, 0));
  } finally {
    closeSync(file);
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new StoreError("STORE_UNWRITABLE", `the store ${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
