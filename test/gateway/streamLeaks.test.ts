// What one who sees a namespace hears over streams is what it would hear of a store that holds that namespace alone: from the
// past on, from any place, and of what happens while it listens.
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { NOW } from "../graph/seededStore.ts";
import type { Asked, AskedFilter, Stream } from "../http/live/edge.ts";
import { EDGES } from "../http/live/edges.ts";
import { graphqlClient } from "../http/live/graphqlEdge.ts";
import { SocketStream } from "../http/live/socketEdge.ts";
import { until } from "./storedEvents.ts";
import { as, MINE, SECRET, Twin, type TwinCaller } from "./twin.ts";
import { decoded, MASKED_FIELDS, nobody } from "./twinAnswers.ts";
import { filters } from "./twinRequests.ts";
import { mark, worldOf } from "./twinWorlds.ts";

const SEED = 20_261_123;

/** Told without places, which differ. */
function placeless({ heard }: Stream): readonly string[] {
  return heard.map(({ cursor: _, ...told }) => JSON.stringify(told).replace(MASKED_FIELDS, '"$1":"masked"'));
}

/** Twins in which the same happens to one namespace, and in one of them more happens before and behind it. */
async function happenInBoth([whole, alone]: readonly [Twin, Twin], number: number): Promise<void> {
  await whole.happen(mark("secret-a", number));
  await Promise.all([whole, alone].map((twin) => twin.happen(mark(MINE, number))));
  await whole.happen(mark("secret-b", 100 + number));
}

test("streams of events tell the same over every edge, from the past on, from where one was, and of what happens", async () => {
  const world = worldOf(SEED);
  const twins = await Twin.both(world);
  const wanted = fc
    .sample(filters, { numRuns: 30, seed: SEED })
    .map(({ startTime: _, ...filter }: AskedFilter) => filter);
  let number = 0;
  let resumed = 0;
  for (const filter of [{}, ...wanted]) {
    for (const edge of EDGES.filter((each) => each.takes(filter))) {
      const open = (twin: Twin, asked: Asked) => edge.open(twin.url, { filter, headers: as("mine"), ...asked });
      const streams = await Promise.all(twins.map((twin) => open(twin, { since: "30d" })));
      number++;
      await happenInBoth(twins, number);
      // One who wants everything of the namespace hears the mark behind whatever the other was told.
      const markers = await Promise.all(
        twins.map((twin) =>
          edge.open(twin.url, { headers: as("mine"), since: "30d", filter: { resourceName: `mark-${number}` } }),
        ),
      );
      await until(() => markers.every(({ heard }) => heard.length > 0), "the mark");
      await until(
        () => streams.every(({ heard }) => heard.length === streams[0]?.heard.length),
        "as much on both sides",
      );
      await pause(20);
      const [one, other] = streams.map(placeless);
      expect(one).toEqual(other);
      const [complaint, otherComplaint] = streams.map(({ complaints }) => complaints);
      expect(complaint).toEqual(otherComplaint);
      const middle = streams.map(({ heard }) => heard[Math.floor(heard.length / 2)]?.cursor);
      await Promise.all([...streams, ...markers].map((stream) => stream.leave()));
      if (middle.some((cursor) => cursor === undefined)) continue;
      const later = await Promise.all(twins.map((twin, index) => open(twin, { after: middle[index] ?? "" })));
      const left = (one?.length ?? 0) - Math.floor((one?.length ?? 0) / 2) - 1;
      await until(() => later.every(({ heard }) => heard.length >= left), "the rest");
      await pause(20);
      expect(later.map((stream) => placeless(stream).length)).toEqual([left, left]);
      expect(placeless(later[0] ?? nobody())).toEqual(placeless(later[1] ?? nobody()));
      for (const { heard } of later) expect(decoded(heard.map(({ cursor }) => cursor))).not.toMatch(SECRET);
      await Promise.all(later.map((stream) => stream.leave()));
      resumed++;
    }
  }
  expect(resumed).toBeGreaterThan(20);
}, 120_000);

test("a place in the sequence that was given to one who sees everything tells another nothing but what is theirs behind it", async () => {
  const world = worldOf(SEED + 1);
  const whole = await Twin.forTest(world);
  for (let number = 1; number <= 5; number++) {
    await whole.happen(mark("secret-a", number));
    await whole.happen(mark(MINE, number));
  }
  for (const edge of EDGES) {
    const all = await edge.open(whole.url, { headers: as("all"), since: "30d" });
    await until(() => all.heard.some(({ event }) => event?.id === "mine-uid-1005.1"), "the last");
    const places = all.heard.filter(({ event }) => event?.namespace === "secret-a").map(({ cursor }) => cursor);
    expect(places.length).toBeGreaterThan(4);
    for (const after of places.slice(-5)) {
      const behind = all.heard.slice(all.heard.findIndex(({ cursor }) => cursor === after) + 1);
      const mine = behind.flatMap(({ event }) => (event?.namespace === MINE ? [event.id] : []));
      const stream = await edge.open(whole.url, { headers: as("mine"), after });
      await until(() => stream.heard.length >= mine.length, "what is theirs");
      await pause(20);
      expect(stream.heard.map(({ event }) => event?.id)).toEqual(mine);
      await stream.leave();
    }
    await all.leave();
  }
});

test("gaps are told to everybody alike, and when anything of others happened is told to nobody", async () => {
  const world = worldOf(SEED + 5);
  const twins = await Twin.both(world);
  const [whole] = twins;
  await happenInBoth(twins, 1);
  const gap = { from: NOW - 2, to: NOW - 1, reason: "not in sync", source: "kubernetes" };
  await Promise.all(twins.map((twin) => twin.store.recordGap(gap)));
  await happenInBoth(twins, 2);
  for (const edge of EDGES) {
    const streams = await Promise.all(twins.map((twin) => edge.open(twin.url, { headers: as("mine"), since: "1h" })));
    await until(
      () => streams.every(({ heard }) => heard.some(({ event }) => event?.id === "mine-uid-1002.1")),
      "the mark",
    );
    expect(placeless(streams[0] ?? nobody())).toEqual(placeless(streams[1] ?? nobody()));
    expect(streams[0]?.heard.filter(({ type }) => type === "GAP").map((told) => told.gap?.cause)).toEqual(["SOURCE"]);
    await Promise.all(streams.map((stream) => stream.leave()));
  }
  // What retention has removed was everybody's, and so is the place; the oldest that is left may be another's.
  const first = await EDGES[0]?.open(whole.url, { headers: as("all"), since: "30d" });
  await until(() => (first?.heard.length ?? 0) > 0, "the first");
  const after = first?.heard[0]?.cursor ?? "";
  await first?.leave();
  while ((await whole.store.prune(NOW + 364.9 * 86_400_000)).more);
  const oldest = new Date((await whole.store.describe()).oldest ?? 0).toISOString();
  for (const edge of EDGES) {
    const tos = { mine: null, all: oldest };
    for (const [caller, to] of Object.entries(tos) as [keyof typeof tos, string | null][]) {
      const stream = await edge.open(whole.url, { headers: as(caller), after });
      await until(() => stream.heard.length > 0, "a gap");
      const { cause, from, to: told } = stream.heard[0]?.gap ?? {};
      expect([edge.name, caller, cause, from, told]).toEqual([edge.name, caller, "RETENTION", null, to]);
      await stream.leave();
    }
  }
});

test.each(["mine", "mine-listing", "mine-events", "mine-hooks"] as const)(
  "subscriptions to hooks and to statistics tell %s the same, also of what happens",
  async (caller) => {
    const world = worldOf(SEED + 2);
    const twins = await Twin.both(world, caller);
    const queries = [
      `subscription { hookChanges(initial: true) { type hook { namespace name labels { value } eventConfigurations { prompt } } } }`,
      `subscription { hookChanges(initial: true, namespace: "mine") { type hook { namespace name } } }`,
      `subscription { hookChanges(initial: true, namespace: "secret-a") { type hook { namespace name } } }`,
      `subscription { stats(timeRange: "90d", every: "1s") { summary { totalEvents } byType { eventType count }
        byNamespace { namespace count } byHook { hook { namespace name } count } trends { previous { total } buckets { total } } } }`,
    ];
    const told = twins.map((twin) => queries.map((query) => subscribed(twin, query, caller)));
    const statsOf = (index: number) => told[index]?.[3]?.results ?? [];
    await until(() => [0, 1].every((index) => statsOf(index).length > 0), "the first statistics");
    await happenInBoth(twins, 1);
    const counts = () => [0, 1].map((index) => JSON.stringify(statsOf(index).at(-1)));
    const before = JSON.stringify(statsOf(0)[0]);
    const seesEvents = caller !== "mine-hooks";
    if (seesEvents) await until(() => counts().every((each) => each !== before), "new statistics");
    else
      await until(
        () => told.every((streams) => JSON.stringify(streams[0]?.results).includes("mark-1")),
        "the new hook",
      );
    await pause(50);
    const [one, other] = told.map((streams) => streams.slice(0, 3).map(({ results }) => results));
    expect(one).toEqual(other);
    expect(JSON.stringify(one?.slice(0, 2))).not.toMatch(SECRET); // the third names it
    expect(statsOf(0)[0]).toEqual(statsOf(1)[0]);
    expect(counts()[0]).toBe(counts()[1]);
    expect(JSON.stringify(one?.[0]).includes("mark-1")).toBe(caller !== "mine-events");
    await Promise.all(told.flat().map(({ leave }) => leave()));
  },
);

function subscribed({ url }: Twin, query: string, caller: TwinCaller) {
  const { client } = graphqlClient(url, { headers: as(caller) });
  const results: unknown[] = [];
  client.subscribe(
    { query },
    { next: (result) => results.push(result), error: (error) => results.push(error), complete: () => {} },
  );
  return { results, leave: async () => client.dispose() };
}

test("a stream over a WebSocket may not be turned to what others have, says no more of it than of what nobody has, and goes on", async () => {
  const world = worldOf(SEED + 6);
  const whole = await Twin.forTest(world);
  const stream = new SocketStream(whole.url, { headers: as("mine") });
  await stream.ready;
  for (const namespace of ["secret-a", "nobody-a"]) stream.filter({ namespace: [namespace] });
  await until(() => stream.complaints.length === 2, "two refusals");
  const [theirs, nobodys] = stream.complaints;
  expect(theirs?.code).toBe("FORBIDDEN");
  expect({ ...theirs, detail: theirs?.detail.replace("secret", "nobody") }).toEqual(nobodys);
  await whole.happen(mark("secret-a", 1));
  await whole.happen(mark(MINE, 2));
  await until(() => stream.heard.length > 0, "the mark");
  expect(stream.heard.map(({ event }) => event?.id)).toEqual(["mine-uid-1002.1"]);
  await stream.leave();
});
