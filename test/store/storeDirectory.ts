// A directory for one test's store, and the store's options that tests share.
// Removed when the test has ended, whatever its outcome.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStore, type StoreOptions } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";
import { storeOptions } from "./storePlan.ts";

/** Path of a store's file that does not exist yet. */
export function newStorePath(): string {
  const directory = mkdtempSync(join(tmpdir(), "khook-store-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "events.sqlite");
}

/** Closed when the test has ended. */
export async function openForTest(path: string, more: Partial<StoreOptions> = {}): Promise<EventStore> {
  const store = await openStore({ ...storeOptions(path), ...more });
  onTestFinished(() => store.close());
  return store;
}
