// Opens the store that keeps everything in one SQLite file.
// One gateway has one file: it is checked, locked and brought up to date before anything is read from it.
import { randomBytes, randomInt } from "node:crypto";
import { extname, resolve } from "node:path";
import { SEAL_KEY_BYTES } from "../events/sealed.ts";
import type { Instant } from "../events/time.ts";
import { DEFAULT_RING, type RingLimits } from "./ring.ts";
import { SqliteStore } from "./sqliteStore.ts";
import type { EventStore } from "./store.ts";
import { prepareDirectory, prepareFile } from "./storeFile.ts";
import { StoreLock } from "./storeLock.ts";

export interface RetentionOptions {
  /** Greatest age of an event in ms, by its timestamp. */
  readonly maxAge: number;
  /** Most bytes in use. The file can be larger by what is free in it and by its write-ahead log. */
  readonly maxBytes: number;
}

export interface StoreOptions {
  /** The file; its directory is made when missing. Beside it lie its `-wal`, `-shm` and `.lock`. */
  readonly path: string;
  readonly now: () => Instant;
  /** Length of an incident's window in ms. */
  readonly dedupWindow: number;
  readonly retention: RetentionOptions;
  /** Closes the store when it aborts. */
  readonly signal?: AbortSignal;
  /** Epoch of a store that is made now: 1 to 32 of [0-9a-z]. */
  readonly newEpoch?: () => string;
  /** Key of the cursors of a store that is made now, or was made before it had one: SEAL_KEY_BYTES. */
  readonly newCursorKey?: () => Uint8Array;
  readonly ring?: RingLimits;
  /** What the writing thread runs; writer.ts unless a test wants one that dies. */
  readonly writer?: URL;
}

/** A file of this directory: it ends in .ts here and in .js when built. */
const WRITER = new URL(`./writer${extname(import.meta.url)}`, import.meta.url);
const CHECKPOINTER = new URL(`./checkpointer${extname(import.meta.url)}`, import.meta.url);
const READER = new URL(`./reader${extname(import.meta.url)}`, import.meta.url);

/** Opens the store or rejects with a StoreError that says in one line what is wrong with it. */
export async function openStore(options: StoreOptions): Promise<EventStore> {
  const path = resolve(options.path);
  prepareDirectory(path);
  const lock = StoreLock.take(path, options.now());
  try {
    prepareFile(path, {
      epoch: options.newEpoch ?? (() => randomBytes(8).toString("hex")),
      cursorKey: options.newCursorKey ?? (() => randomBytes(SEAL_KEY_BYTES)),
    });
    const { dedupWindow, retention, ring = DEFAULT_RING, writer = WRITER } = options;
    const store = new SqliteStore(
      { path, dedupWindow, ...retention },
      lock,
      { writer, reader: READER, checkpointer: CHECKPOINTER },
      { ringLimits: ring, firstSalt: randomInt(2 ** 32) },
    );
    try {
      await store.start();
    } catch (error) {
      await store.close();
      throw error;
    }
    options.signal?.addEventListener("abort", () => void store.close(), { once: true });
    if (options.signal?.aborted) await store.close();
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}
