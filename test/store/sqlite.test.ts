// The suite over SQLite.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";
import { NOON, WINDOW } from "../generators.ts";
import { type StoreFixture, type SuiteStoreOptions, storeSuite } from "./storeSuite.ts";

async function createSqlite(options: SuiteStoreOptions = {}): Promise<StoreFixture> {
  const directory = await mkdtemp(join(tmpdir(), "khook-store-"));
  const open = (): Promise<EventStore> =>
    openStore({
      path: join(directory, "events.sqlite"),
      now: () => NOON,
      dedupWindow: WINDOW,
      retention: {
        maxAge: options.maxAge ?? Number.MAX_SAFE_INTEGER / 2,
        maxBytes: options.maxBytes ?? Number.MAX_SAFE_INTEGER,
      },
      ring: { changes: options.ringChanges ?? 10_000, bytes: 1_000_000 },
    });
  let store = await open();
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async dispose() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

storeSuite("SQLite", createSqlite);
