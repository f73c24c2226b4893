// Watch lines to stored events, three ways in turns, each onto as many rows and by the same settings of SQLite: the
// gateway's, the barest there is, and the barest that stores nothing twice. A process of its own:
// node ingestProcess.ts <directory of a writable copy> <directory of the filled stores> <rows> <lines> <rounds>
import { join } from "node:path";
import { setImmediate as immediate } from "node:timers/promises";
import { eventId, type MatchedObservation } from "../../src/events/event.ts";
import type { EventJson } from "../../src/events/eventJson.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { PLAIN_FILE, STORE_FILE } from "./cache.ts";
import { END, type WatchEvent, watchEvents } from "./dataset.ts";
import { matched } from "./mapped.ts";
import { PlainWriter } from "./plainTable.ts";

export interface IngestResult {
  /** Events a second, one a round. */
  readonly gateway: readonly number[];
  readonly bare: readonly number[];
  readonly keyed: readonly number[];
  readonly bytesPerLine: number;
  readonly faults: readonly string[];
}

/** What the Kubernetes source delivers together, and how many such deliveries are under way at most. */
const DELIVERED = 500;
const ABREAST = 8;
/** Lines that the bare ways commit together: as many as the gateway's writer finds waiting at most. */
const BATCH = 2000;
/** Event time between two lines: a cluster in which ten things go wrong each second. */
const BETWEEN = 100;
/** What src/store/connection.ts sets for writing. */
const WRITING = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000;
  PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -12288; PRAGMA temp_store = MEMORY;`;

const [, , directory = "", filledDirectory = "", rowsText = "", linesText = "", roundsText = ""] = process.argv;
const lines = Number(linesText);
const rounds = Number(roundsText);

const store = await openStore({
  path: join(directory, STORE_FILE),
  now: () => END,
  dedupWindow: 600_000,
  retention: { maxAge: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
});
const bare = new PlainWriter(join(directory, PLAIN_FILE), WRITING);
const keyed = new PlainWriter(join(directory, "keyed.sqlite"), WRITING, { keyed: true });
for (const table of [bare, keyed]) table.copy(join(filledDirectory, PLAIN_FILE));

type Way = (text: readonly string[]) => Promise<void> | void;
const ways: readonly { readonly way: Way; readonly speeds: number[] }[] = [
  { way: gatewayWay, speeds: [] },
  { way: (text) => bareWay(bare, text), speeds: [] },
  { way: (text) => bareWay(keyed, text), speeds: [] },
];
let bytes = 0;
// The first round does not count: it warms the code and makes the first incidents come due in the second.
for (let round = 0; round <= rounds; round += 1) {
  const text = watchLines(round);
  bytes = text.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  for (const { way, speeds } of round % 2 === 0 ? ways : [...ways].reverse()) {
    const reached = await speed(way, text);
    if (round > 0) speeds.push(reached);
  }
}
const taken = lines * (rounds + 1);
const { records } = await store.describe();
const faults = [
  { what: "the store", has: records, expected: Number(rowsText) + taken },
  { what: "the bare table", has: bare.rows, expected: Number(rowsText) + taken },
  { what: "the keyed table", has: keyed.rows, expected: Number(rowsText) + taken },
].flatMap(({ what, has, expected }) => (has === expected ? [] : [`${what} has ${has} events instead of ${expected}`]));
await store.close();
bare.close();
keyed.close();
const [gatewaySpeeds = [], bareSpeeds = [], keyedSpeeds = []] = ways.map(({ speeds }) => speeds);
const result: IngestResult = {
  gateway: gatewaySpeeds,
  bare: bareSpeeds,
  keyed: keyedSpeeds,
  bytesPerLine: bytes / lines,
  faults,
};
process.send?.({ ingested: result });
process.disconnect?.();

async function speed(way: Way, text: readonly string[]): Promise<number> {
  const began = performance.now();
  await way(text);
  return (text.length * 1000) / (performance.now() - began);
}

/** Parse, map, match, store; the next lines are read while the writer writes, as src/cluster/listWatch.ts does. */
async function gatewayWay(text: readonly string[]): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (let from = 0; from < text.length; from += DELIVERED) {
    const batch: MatchedObservation[] = text.slice(from, from + DELIVERED).map((line) => matched(parsed(line).object));
    const now = batch.at(-1)?.lastSeen ?? END;
    underWay.push(Promise.all([store.append(batch, now), store.resolveDue(now)]));
    await immediate(); // a watch's lines come chunk by chunk, between which the thread does other things
    if (underWay.length === ABREAST) await underWay.shift();
  }
  await Promise.all(underWay);
}

/** Parse and insert what the object says. */
function bareWay(table: PlainWriter, text: readonly string[]): void {
  for (let from = 0; from < text.length; from += BATCH) {
    table.transaction((insert) => {
      for (const line of text.slice(from, from + BATCH)) insert(asItIs(parsed(line).object));
    });
  }
}

function parsed(line: string): WatchEvent {
  return JSON.parse(line) as WatchEvent; // made by watchLines
}

/** The line's own values in the columns of the table, nothing computed. */
function asItIs(object: WatchEvent["object"]): EventJson {
  const { metadata, reason, note, regarding, series, deprecatedCount, eventTime } = object as unknown as {
    readonly metadata: { readonly uid: string; readonly namespace: string; readonly creationTimestamp: string };
    readonly reason: string;
    readonly note: string;
    readonly regarding: EventJson["resource"];
    readonly series?: { readonly count: number; readonly lastObservedTime: string };
    readonly deprecatedCount?: number;
    readonly deprecatedLastTimestamp: string | null;
    readonly eventTime: string | null;
  }; // what dataset.ts writes
  const count = series?.count ?? deprecatedCount ?? 1;
  const lastSeen = String(series?.lastObservedTime ?? object.deprecatedLastTimestamp ?? eventTime);
  return {
    id: eventId(metadata.uid, count),
    cursor: "",
    eventType: "",
    status: "",
    severity: "",
    namespace: metadata.namespace,
    resourceName: regarding.name,
    resource: regarding,
    reason,
    message: note,
    source: "kubernetes",
    tags: {},
    count,
    occurrences: 1,
    timestamp: lastSeen,
    firstSeen: metadata.creationTimestamp,
    lastSeen,
    resolvedAt: null,
    duplicateOf: null,
    hooks: [],
    cluster: "bench",
  };
}

/** Each round goes on in time where the one before ended. */
function watchLines(round: number): readonly string[] {
  const start = END + round * lines * BETWEEN;
  const events = watchEvents({ rows: lines, start, end: start + lines * BETWEEN, seed: 1000 + round });
  return [...events].map((event) => JSON.stringify(event));
}
