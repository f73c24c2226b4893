// Fills the stores of the bench: the gateway's through its own writer, the plain table with what the gateway then says.
// So both hold the same events, statuses included. Run as a process of its own: node fill.ts <directory> <rows> <plain|->

import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MatchedObservation } from "../../src/events/event.ts";
import type { EventJson } from "../../src/events/eventJson.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { STORE_FILE } from "./cache.ts";
import { END, hooks, watchEvents } from "./dataset.ts";
import { matched } from "./mapped.ts";
import { PlainWriter } from "./plainTable.ts";
import { CURSOR_KEY, EPOCH } from "./streams/places.ts";

const BATCH = 2_000;
/** Batches that wait for the writer at most: it is busy while the next ones are being made. */
const AHEAD = 3;

const [, , directory = "", rowsText = "", plain = "plain"] = process.argv;
const rows = Number(rowsText);
const storePath = join(directory, STORE_FILE);

const store = await openStore({
  newEpoch: () => EPOCH,
  newCursorKey: () => CURSOR_KEY,
  path: storePath,
  now: () => END,
  dedupWindow: 600_000,
  retention: { maxAge: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
});
await store.putHooks(hooks());

let batch: MatchedObservation[] = [];
const underWay: Promise<unknown>[] = [];
let stored = 0;
for (const { object } of watchEvents({ rows })) {
  batch.push(matched(object));
  if (batch.length === BATCH) await append();
}
await append();
await Promise.all(underWay);
const { records } = await store.describe();
if (records !== rows) throw new Error(`${records} of ${rows} events were stored`);

if (plain === "plain") {
  const writer = new PlainWriter(
    join(directory, "plain.sqlite"),
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
  );
  for (let seq = 0; ; ) {
    const { changes } = await store.changesSince(seq, BATCH);
    const last = changes.at(-1);
    if (!last) break;
    writer.transaction((insert) => {
      for (const change of changes) {
        if (change.kind !== "gap") insert(JSON.parse(change.record.json) as EventJson); // the store writes only EventJson
      }
    });
    seq = last.seq;
  }
  writer.finish();
}
await store.close();
tidy();

async function append(): Promise<void> {
  if (batch.length === 0) return;
  underWay.push(store.append(batch, END));
  stored += batch.length;
  batch = [];
  if (underWay.length >= AHEAD) await underWay.shift();
  if (stored % 50_000 === 0) process.send?.({ stored });
}

/** Leaves one file: everything checkpointed, as a gateway that was stopped in order leaves it. */
function tidy(): void {
  const database = new DatabaseSync(storePath);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  for (const suffix of ["-wal", "-shm", ".lock"]) rmSync(`${storePath}${suffix}`, { force: true });
}
