// Files that are no store, or no longer, or not yet: refused with one clear line and left as they are.
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { DAY, NOON } from "../generators.ts";
import { newStorePath, openForTest } from "./storeDirectory.ts";
import { storeOptions } from "./storePlan.ts";
import { observation } from "./storeSuite.ts";

/** As a file was before cursors were sealed. */
const UNSEALED = "ALTER TABLE state DROP COLUMN cursor_key; ALTER TABLE state DROP COLUMN plain_cursors_through";

async function filledStore(): Promise<string> {
  const path = newStorePath();
  const store = await openForTest(path);
  const many = Array.from({ length: 2000 }, (_, index) => observation({ uid: `u${index}`, name: `web-${index}` }));
  await store.append(many, NOON);
  await store.close();
  return path;
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = DELETE; ${sql}; PRAGMA journal_mode = WAL`);
  database.close();
}

async function expectRefused(path: string, code: string, message: RegExp): Promise<void> {
  const before = readFileSync(path);
  const { mtimeMs } = statSync(path);
  const error: unknown = await openStore(storeOptions(path)).then(
    () => "it was opened",
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error).toMatchObject({ message: expect.stringContaining(path) });
  expect(String((error as Error).message)).not.toContain("\n");
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
  expect(readdirSync(dirname(path)).filter((name) => /-(wal|shm|journal)$|\.new$/.test(name))).toEqual([]);
}

describe("a store's file", () => {
  it("is made with its directories, readable again after a close", async () => {
    const path = join(dirname(newStorePath()), "a", "b", "events.sqlite");
    const store = await openForTest(path);
    const { epoch } = store;
    expect(epoch).toMatch(/^[0-9a-z]{1,32}$/);
    await store.close();
    expect((await openForTest(path)).epoch).toBe(epoch);
  });

  it("is brought up to date when an earlier version wrote it", async () => {
    const path = await filledStore();
    const namespace = observation({ uid: "u" }).namespace;
    change(path, `DROP TABLE namespace_hours; ${UNSEALED}; PRAGMA user_version = 1`);
    const store = await openForTest(path);
    expect(await store.count({ namespaces: [namespace] })).toBe(2000);
    expect(await store.count({ namespaces: [namespace], startTime: NOON + 1 })).toBe(0);
    await store.append([observation({ uid: "later", lastSeen: NOON + 1 })], NOON);
    expect(await store.count({ namespaces: [namespace] })).toBe(2001);
  });

  it("goes on with the cursors that it gave out before they were sealed, and reads none of them out again", async () => {
    const path = newStorePath();
    const earlier = await openForTest(path);
    const past = ["a", "b", "c"].map((uid) => observation({ uid, name: uid }));
    await earlier.append(past, NOON);
    const { epoch } = earlier;
    await earlier.close();
    const plain = `json_set(json, '$.cursor', '${epoch}-' || seq)`;
    change(path, `UPDATE events SET json = ${plain}; ${UNSEALED}; PRAGMA user_version = 2`);

    const store = await openForTest(path);
    expect(store.epoch).toBe(epoch);
    await store.append([observation({ uid: "d", name: "d" })], NOON);
    const sealed = [1, 2, 3, 4].map((seq) => store.cursors.encode(seq));
    const { changes } = await store.changesSince(0, 10);
    expect(changes.map((each) => each.kind !== "gap" && each.record.event.cursor)).toEqual(sealed);
    const query = { filter: {}, sort: "TIMESTAMP", first: 10 } as const;
    const { records } = await store.events(query);
    expect(records.map(({ parsed }) => parsed.cursor).sort()).toEqual([...sealed].sort());
    const { text } = await store.eventsText(query);
    expect(JSON.parse(`[${text}]`)).toEqual(records.map(({ parsed }) => parsed));
    const [found] = await store.eventsById([records[0]?.event.id ?? never()]);
    expect(found?.json).toBe(records[0]?.json);
    expect(store.cursors.decode(`${epoch}-3`)).toBe(3);
    expect(store.cursors.decode(`${epoch}-4`)).toBe("foreign");

    const resolved = await store.resolveDue(NOON + DAY);
    expect(resolved.map(({ record }) => record.event.cursor)).toEqual(
      [5, 6, 7, 8].map((seq) => store.cursors.encode(seq)),
    );
    await store.close();
    const again = await openForTest(path);
    expect(again.cursors.encode(4)).toBe(sealed[3]);
    expect((await again.events(query)).records.every(({ json }) => !json.includes(epoch))).toBe(true);
  });

  it("has a key of its own, which two stores never share", async () => {
    const [one, other] = [await openForTest(newStorePath()), await openForTest(newStorePath())];
    expect(one.cursors.encode(1)).not.toBe(other.cursors.encode(1));
    expect(one.cursors.decode(other.cursors.encode(1))).toBe("foreign");
  });

  it("is refused and untouched when the key of its cursors is gone", async () => {
    const path = await filledStore();
    change(path, "UPDATE state SET cursor_key = NULL");
    await expectRefused(path, "STORE_CORRUPT", /damaged: it has no key/);
  });

  it("is made anew where an empty file or a draft was left behind", async () => {
    const path = newStorePath();
    writeFileSync(path, "");
    writeFileSync(`${path}.new`, "half a draft");
    const store = await openForTest(path);
    expect(await store.append([observation({ uid: "u" })], NOON)).toHaveLength(1);
  });

  it("is refused and untouched when a later version wrote it", async () => {
    const path = await filledStore();
    change(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    await expectRefused(path, "STORE_NEWER", /later version/);
  });

  it("is refused and untouched when it is another program's database", async () => {
    const path = newStorePath();
    change(path, "CREATE TABLE events (id TEXT)");
    await expectRefused(path, "STORE_FOREIGN", /another program/);
  });

  it.each(["hello, I am a text\n".repeat(100), "SQLite format 3"])(
    "is refused and untouched when it is no database: %#",
    async (text) => {
      const path = newStorePath();
      writeFileSync(path, text);
      await expectRefused(path, "STORE_FOREIGN", /no SQLite file/);
    },
  );

  it("is refused and untouched when pages of it are overwritten", async () => {
    const path = await filledStore();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4096 * 40, 4096 * 44);
    writeFileSync(path, bytes);
    await expectRefused(path, "STORE_CORRUPT", /damaged/);
  });

  it("is refused and untouched when its end is missing, also in the middle of a page", async () => {
    const path = await filledStore();
    truncateSync(path, 4096 * 50);
    await expectRefused(path, "STORE_CORRUPT", /damaged/);
    truncateSync(path, 4096 * 30 + 17);
    await expectRefused(path, "STORE_CORRUPT", /damaged/);
  });

  it("is refused and untouched when its own tables are gone", async () => {
    const path = await filledStore();
    change(path, "DROP TABLE state");
    await expectRefused(path, "STORE_CORRUPT", /damaged/);
  });

  it("is refused when a file stands where its directory should be", async () => {
    const file = newStorePath();
    writeFileSync(file, "in the way");
    const path = join(file, "events.sqlite");
    await expect(openStore(storeOptions(path))).rejects.toMatchObject({ code: "STORE_UNWRITABLE" });
    expect(readFileSync(file, "utf8")).toBe("in the way");
  });

  it("is refused when it is a directory", async () => {
    const path = newStorePath();
    mkdirSync(path);
    await expect(openStore(storeOptions(path))).rejects.toMatchObject({ code: "STORE_UNWRITABLE" });
  });
});

function never(): never {
  throw new Error("there is none");
}
