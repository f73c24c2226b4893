// What one who sees a namespace is told is what a store would tell that holds that namespace alone: by generated data and
// requests, over real HTTP. So nothing of other namespaces is in any answer, be it a name, a count, a page or a header.
import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { NOW } from "../graph/seededStore.ts";
import type { Asked, AskedFilter, Stream } from "../http/live/edge.ts";
import { EDGES } from "../http/live/edges.ts";
import { graphqlClient } from "../http/live/graphqlEdge.ts";
import { SocketStream } from "../http/live/socketEdge.ts";
import { until } from "./storedEvents.ts";
import { as, CALLERS, MINE, SECRET, seenBy, Twin, type TwinCaller, type World } from "./twin.ts";
import { type Found, filters, type TwinRequest, twinRequests } from "./twinRequests.ts";
import { mark, worlds } from "./twinWorlds.ts";

const WORLDS = 12;
const REQUESTS = 120;
const SEED = 20_261_123;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function ask({ url }: Twin, { method, path, headers, body }: TwinRequest, caller: TwinCaller): Promise<Answer> {
  const given = { "Accept-Encoding": "identity", ...headers, ...as(caller) };
  const answer = await fetch(`${url}${path}`, { method, headers: given, body: body ?? null });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

/**
 * What may differ between twins: the moment; the request's own id; the place of a change in the sequence (`cursor`), which
 * names how much was stored before it and nothing of what; and the tag and the length of a body, which follow from that.
 */
const MASKED_HEADERS = ["date", "x-request-id", "etag", "content-length", "keep-alive"];
const MASKED_FIELDS = /"(cursor|requestId)":"([^"]*)"/g;

function comparable({ status, headers, body }: Answer) {
  const shown = Object.entries(headers).filter(([name]) => !MASKED_HEADERS.includes(name));
  return { status, headers: Object.fromEntries(shown), body: body.replace(MASKED_FIELDS, '"$1":"masked"') };
}

/** What is masked, as it stands and as it is spelled in base64. */
function masked({ headers, body }: Answer): string {
  const texts = [
    ...MASKED_HEADERS.map((name) => headers[name] ?? ""),
    ...[...body.matchAll(MASKED_FIELDS)].map(([, , text = ""]) => text),
  ];
  return [...texts, ...texts.map((text) => Buffer.from(text, "base64").toString("latin1"))].join("\n");
}

/** What somebody who sees all may have passed on. */
async function foundBy(twin: Twin): Promise<Found> {
  const pages = await Promise.all(
    ["timestamp", "-timestamp", "eventType", "resourceName"].flatMap((sort) =>
      [1, 4].map((limit) =>
        ask(twin, { method: "GET", path: `/api/v1/events?sort=${sort}&limit=${limit}`, headers: {} }, "all"),
      ),
    ),
  );
  const hooks = await ask(twin, { method: "GET", path: "/api/v1/hooks?limit=1", headers: {} }, "all");
  const all = await ask(twin, { method: "GET", path: "/api/v1/events?limit=1000", headers: {} }, "all");
  const nextOf = ({ body }: Answer): string[] => [JSON.parse(body).pagination.nextCursor ?? []].flat();
  return {
    cursors: [...pages, hooks].flatMap(nextOf),
    ids: JSON.parse(all.body).events.map(({ id }: { readonly id: string }) => id),
    tags: [...pages, hooks, all].map(({ headers }) => headers.etag ?? ""),
  };
}

async function twinsOf(world: World, caller: TwinCaller = "mine"): Promise<readonly [Twin, Twin]> {
  return [await Twin.start(world), await Twin.start(seenBy(caller, world))];
}

test("whatever is stored and whatever is asked, the answer is that of a store that holds what the caller may see alone", async () => {
  const callers = CALLERS.filter((caller) => caller !== "all");
  const seen = { statuses: new Set<number>(), refused: 0, answered: 0 };
  for (const [index, world] of fc.sample(worlds, { numRuns: WORLDS, seed: SEED }).entries()) {
    const whole = await Twin.start(world);
    const alone = new Map<TwinCaller, Twin>();
    for (const caller of callers) alone.set(caller, await Twin.start(seenBy(caller, world)));
    try {
      const requests = twinRequests(await foundBy(whole));
      await fc.assert(
        fc.asyncProperty(requests, fc.constantFrom(...callers), async (request, caller) => {
          const twin = alone.get(caller) ?? nobody();
          const [one, other] = await Promise.all([ask(whole, request, caller), ask(twin, request, caller)]);
          expect(comparable(one)).toEqual(comparable(other));
          expect(masked(one)).not.toMatch(SECRET);
          seen.statuses.add(one.status);
          if (one.body.includes("FORBIDDEN")) seen.refused++;
          else if (one.body.includes("mine-uid")) seen.answered++;
        }),
        { numRuns: REQUESTS, seed: SEED + index },
      );
      const lines = [whole, ...alone.values()].flatMap((twin) => twin.lines);
      expect(lines.filter(({ level }) => level === "error")).toEqual([]);
    } finally {
      await Promise.all([whole, ...alone.values()].map((twin) => twin.close()));
    }
  }
  // Requests of refusals alone would prove nothing.
  expect([...seen.statuses].sort()).toEqual([200, 204, 304, 400, 403, 404, 405, 406]);
  expect(seen.answered).toBeGreaterThan(seen.refused / 4);
}, 120_000);

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
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED });
  if (!world) throw new Error("there is no world");
  const twins = await twinsOf(world);
  onTestFinished(async () => void (await Promise.all(twins.map((twin) => twin.close()))));
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
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 1 });
  if (!world) throw new Error("there is no world");
  const whole = await Twin.start(world);
  onTestFinished(() => whole.close());
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
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 5 });
  if (!world) throw new Error("there is no world");
  const twins = await twinsOf(world);
  onTestFinished(async () => void (await Promise.all(twins.map((twin) => twin.close()))));
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
    const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 2 });
    if (!world) throw new Error("there is no world");
    const twins = await twinsOf(world, caller);
    onTestFinished(async () => void (await Promise.all(twins.map((twin) => twin.close()))));
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
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 6 });
  if (!world) throw new Error("there is no world");
  const whole = await Twin.start(world);
  onTestFinished(() => whole.close());
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

test("a tag stands for as long as nothing changes where its caller may look, and tells nothing of anything else", async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 3 });
  if (!world) throw new Error("there is no world");
  const whole = await Twin.start(world);
  onTestFinished(() => whole.close());
  const paths = [
    "/api/v1/events?limit=1000",
    "/api/v1/events/mine",
    "/api/v1/events/types/pod-restart",
    "/api/v1/hooks",
    "/api/v1/hooks?format=yaml",
    "/api/v1/stats/events/summary?timeRange=90d",
    "/api/v1/stats/events/by-type?timeRange=90d",
    "/api/v1/stats/trends?timeRange=90d",
  ];
  const get = (path: string, headers = {}) => ask(whole, { method: "GET", path, headers }, "mine");
  const before = await Promise.all(paths.map((path) => get(path)));
  expect(before.map(({ status }) => status)).toEqual(paths.map(() => 200));
  await whole.happen(mark("secret-a", 1));
  await whole.store.appendDispatches([{ ...secretDispatch, id: "secret-audit.1", uid: "secret-audit" }]);
  const after = await Promise.all(paths.map((path) => get(path)));
  expect(after.map(({ headers, body }) => [headers.etag, body])).toEqual(
    before.map(({ headers, body }) => [headers.etag, body]),
  );
  const known = await Promise.all(
    paths.map((path, index) => get(path, { "If-None-Match": before[index]?.headers.etag })),
  );
  expect(known.map(({ status }) => status)).toEqual(paths.map(() => 304));
  // One who sees it is told that it has changed.
  const all = await ask(whole, { method: "GET", path: "/api/v1/events", headers: {} }, "all");
  await whole.happen(mark("secret-a", 2));
  const changed = await ask(
    whole,
    { method: "GET", path: "/api/v1/events", headers: { "If-None-Match": all.headers.etag ?? "" } },
    "all",
  );
  expect(changed.status).toBe(200);
  // And so is the caller, when it is theirs.
  await whole.happen(mark(MINE, 3));
  const mine = await get("/api/v1/events?limit=1000", { "If-None-Match": before[0]?.headers.etag });
  expect(mine.status).toBe(200);
});

const secretDispatch = {
  count: 1,
  hook: { namespace: "secret-a", name: "a" },
  outcome: "FIRED",
  eventType: "pod-restart",
  resourceName: "web-0",
  agent: "agent",
  requestId: null,
  error: null,
  message: "secret",
  timestamp: 0,
} as const;

test("what others have is answered as what nobody has, byte for byte apart from the name", async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: SEED + 4 });
  if (!world) throw new Error("there is no world");
  const whole = await Twin.start({
    ...world,
    hooks: [...world.hooks, ...mark("secret-a", 7).hooks],
    batches: [...world.batches, ...mark("secret-a", 7).batches],
  });
  onTestFinished(() => whole.close());
  const graphql = (query: string): TwinRequest => {
    return {
      method: "POST",
      path: "/graphql",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query }),
    };
  };
  const get = (path: string): TwinRequest => ({ method: "GET", path, headers: {} });
  const pairs: readonly (readonly [theirs: TwinRequest, nobodys: TwinRequest])[] = [
    [
      graphql('{ event(id: "secret-a-uid-1007.1") { message } }'),
      graphql('{ event(id: "nobody-a-uid-1007.1") { message } }'),
    ],
    [get("/api/v1/events/secret-a"), get("/api/v1/events/nobody-a")],
    [get("/api/v1/events?namespace=secret-a"), get("/api/v1/events?namespace=nobody-a")],
    [get("/api/v1/hooks/secret-a/secret-mark-7"), get("/api/v1/hooks/nobody-a/nobody-mark-7")],
    [get("/api/v1/hooks/secret-a/secret-mark-7/events"), get("/api/v1/hooks/nobody-a/nobody-mark-7/events")],
    [
      get("/api/v1/stats/hooks/secret-a/secret-mark-7/metrics"),
      get("/api/v1/stats/hooks/nobody-a/nobody-mark-7/metrics"),
    ],
    [get("/api/v1/hooks?namespace=secret-a&format=yaml"), get("/api/v1/hooks?namespace=nobody-a&format=yaml")],
    [get("/api/v1/hooks/mine/secret-mark-7"), get("/api/v1/hooks/mine/nobody-mark-7")],
    [get("/api/v1/events/types/secret-type"), get("/api/v1/events/types/nobody-type")],
    [get("/api/v1/events/stream?namespace=secret-a"), get("/api/v1/events/stream?namespace=nobody-a")],
    [
      graphql('{ hooks(namespace: "secret-a") { totalCount } }'),
      graphql('{ hooks(namespace: "nobody-a") { totalCount } }'),
    ],
    [
      graphql('{ events(filter: { hook: { namespace: "secret-a", name: "secret-mark-7" } }) { totalCount } }'),
      graphql('{ events(filter: { hook: { namespace: "nobody-a", name: "nobody-mark-7" } }) { totalCount } }'),
    ],
  ];
  for (const [theirs, nobodys] of pairs) {
    const [one, other] = [comparable(await ask(whole, theirs, "mine")), comparable(await ask(whole, nobodys, "mine"))];
    const name = `${theirs.path} ${theirs.body ?? ""}`;
    expect({ ...one, body: one.body.replaceAll("secret", "nobody") }, name).toEqual(other);
  }
  const all = await ask(whole, graphql('{ event(id: "secret-a-uid-1007.1") { namespace } }'), "all");
  expect(all.body).toBe('{"data":{"event":{"namespace":"secret-a"}}}');
});

function decoded(texts: readonly string[]): string {
  return texts.flatMap((text) => [text, Buffer.from(text, "base64").toString("latin1")]).join("\n");
}

function nobody(): never {
  throw new Error("there are two");
}
