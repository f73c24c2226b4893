// The store through kill -9, a dying writing thread and a disk without room: nothing half stored, nothing lost, nothing twice.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { EventJson } from "../../src/events/eventJson.ts";
import type { EventStore } from "../../src/store/store.ts";
import { NOON, WINDOW } from "../generators.ts";
import { countOf, sumOf } from "./model.ts";
import { newStorePath, openForTest } from "./storeDirectory.ts";
import { plannedBatches } from "./storePlan.ts";
import { observation, recordsOf } from "./storeSuite.ts";

const AFTER_ALL = NOON + 1000 * 60_000;

async function appendPlan(store: EventStore): Promise<void> {
  for (const { batch, now } of plannedBatches()) {
    await store.append(batch, now);
    await store.resolveDue(now);
  }
  await store.resolveDue(AFTER_ALL);
}

/** What the rows say, apart from their places in the sequence of changes. */
async function contentOf(store: EventStore): Promise<string[]> {
  const contents: string[] = [];
  for (let at = 0; ; ) {
    const { changes: step } = await store.changesSince(at, 1000);
    const last = step.at(-1);
    if (!last) return contents.sort();
    contents.push(
      ...recordsOf(step).map(({ json }) => JSON.stringify({ ...(JSON.parse(json) as EventJson), cursor: "" })),
    );
    at = last.seq;
  }
}

async function expectConsistent(store: EventStore, path: string): Promise<void> {
  const events = recordsOf((await store.changesSince(0, 1_000_000)).changes).map(({ event }) => event);
  expect(sumOf(await store.byType({}))).toEqual(countOf(events));
  expect(await store.count({})).toBe(events.length);
  expect((await store.byHook({})).map(({ total }) => total).reduce((a, b) => a + b, 0)).toBe(
    events.filter(({ hooks }) => hooks.length > 0).length,
  );
  const database = new DatabaseSync(path, { readOnly: true });
  const places = database.prepare("SELECT n AS place FROM events UNION SELECT seq FROM events ORDER BY 1").all();
  expect(places.map(({ place }) => place)).toEqual(Array.from({ length: store.head }, (_, index) => index + 1));
  expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  expect(database.prepare("SELECT count(*) AS uids FROM uids").get()).toEqual({ uids: events.length });
  database.close();
}

it("is consistent after every kill -9, and ends as an undisturbed run when told everything again", async () => {
  const path = newStorePath();
  const appender = fileURLToPath(new URL("./appender.ts", import.meta.url));
  for (const batches of [3, 40, 90]) {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", appender, path]);
    onTestFinished(() => void child.kill("SIGKILL"));
    let told = 0;
    const enough = new Promise<void>((resolve) => {
      child.stdout.on("data", (text: Buffer) => {
        told += text.length / 2;
        if (told >= batches) resolve();
      });
    });
    const gone = once(child, "exit");
    await Promise.race([enough, gone]);
    child.kill("SIGKILL");
    await gone;
    const store = await openForTest(path);
    expect(store.head).toBeGreaterThan(0);
    await expectConsistent(store, path);
    await store.close();
  }
  const recovered = await openForTest(path);
  await appendPlan(recovered);
  await expectConsistent(recovered, path);
  const undisturbed = await openForTest(newStorePath());
  await appendPlan(undisturbed);
  expect(await contentOf(recovered)).toEqual(await contentOf(undisturbed));
});

it("rejects what a dying writer did not store, goes on reading, and stores it when asked again", async () => {
  const store = await openForTest(newStorePath(), { writer: new URL("./fragileWriter.ts", import.meta.url) });
  await store.append([observation({ uid: "a" })], NOON);
  const deadly = observation({ uid: "b", reason: "die before the commit" });
  const failed = [store.append([deadly], NOON), store.markSynced("kubernetes", NOON)];
  await expect(failed[0]).rejects.toMatchObject({ code: "STORE_WRITE_FAILED" });
  await expect(failed[1]).rejects.toMatchObject({ code: "STORE_WRITE_FAILED" });
  expect(await store.count({})).toBe(1);
  const [change] = await store.append([{ ...deadly, reason: "BackOff" }], NOON);
  expect(change?.record.seq).toBe(2);
});

it("stores nothing that was appended behind what could not be stored, until it is told again in order", async () => {
  const store = await openForTest(newStorePath(), { writer: new URL("./fragileWriter.ts", import.meta.url) });
  const head = observation({ uid: "a", reason: "die before the commit" });
  const repeat = observation({ uid: "b", lastSeen: head.lastSeen + 1000 });
  const first = store.append([head], NOON);
  for (let step = 0; step < 10; step++) await Promise.resolve(); // it is with the writer, so what follows waits
  const behind = [store.append([repeat], NOON), store.markSynced("kubernetes", NOON)];
  await expect(first).rejects.toMatchObject({ code: "STORE_WRITE_FAILED" });
  await expect(behind[0]).rejects.toMatchObject({ code: "STORE_WRITE_FAILED" });
  await behind[1];
  expect(await store.count({})).toBe(0);
  await store.append([{ ...head, reason: "BackOff" }, repeat], NOON);
  expect(recordsOf((await store.changesSince(0, 10)).changes).map(({ event }) => event.status)).toEqual([
    "FIRING",
    "DUPLICATE",
  ]);
});

it("tells its listeners of what a dying writer had stored, once", async () => {
  const store = await openForTest(newStorePath(), { writer: new URL("./fragileWriter.ts", import.meta.url) });
  const told: [string, number][] = [];
  store.subscribe((changes) => told.push(...changes.map(({ kind, seq }): [string, number] => [kind, seq])));
  await store.append([observation({ uid: "a" })], NOON);
  const deadly = observation({ uid: "b", name: "web-1", reason: "die after the commit" });
  await expect(store.append([deadly], NOON)).rejects.toThrow(/told to die/);
  expect(store.head).toBe(1);
  await store.append([observation({ uid: "c", name: "web-2" })], NOON);
  await store.resolveDue(NOON + WINDOW);
  expect(told).toEqual([
    ["added", 1],
    ["added", 2],
    ["added", 3],
    ["modified", 4],
    ["modified", 5],
    ["modified", 6],
  ]);
  expect((await store.changesSince(0, 10)).changes.map(({ seq }) => seq)).toEqual([4, 5, 6]);
});

it("stores nothing of what the disk has no room for, goes on reading, and stores it when there is room again", async () => {
  const path = newStorePath();
  const store = await openForTest(path);
  await store.append([observation({ uid: "a" })], NOON);
  const large = Array.from({ length: 500 }, (_, index) =>
    observation({ uid: `b${index}`, name: `web-${index}`, message: "x".repeat(2000) }),
  );
  limitFiles(String(statSync(`${path}-wal`).size + 100_000));
  try {
    await expect(store.append(large, NOON)).rejects.toMatchObject({ code: "STORE_WRITE_FAILED" });
    expect([store.head, await store.count({}), await store.count({ text: "x" })]).toEqual([1, 1, 0]);
    await expect(store.append(large, NOON)).rejects.toThrow(/nothing was stored/);
  } finally {
    limitFiles("unlimited");
  }
  expect(await store.append(large, NOON)).toHaveLength(500);
  await expectConsistent(store, path);
});

/** Bytes beyond which this process can write no file: to it, a disk that is full. */
function limitFiles(bytes: string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}
