// What one who sees a namespace is told is what a store would tell that holds that namespace alone: by generated data and
// requests, over real HTTP. So nothing of other namespaces is in any answer, be it a name, a count, a page or a header.
import fc from "fast-check";
import { expect, test } from "vitest";
import { CALLERS, MINE, SECRET, seenBy, Twin, type TwinCaller } from "./twin.ts";
import { ask, comparable, foundBy, masked, nobody } from "./twinAnswers.ts";
import { type TwinRequest, twinRequests } from "./twinRequests.ts";
import { mark, worldOf, worlds } from "./twinWorlds.ts";

const WORLDS = 8;
const REQUESTS = 100;
const SEED = 20_261_123;

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
}, 180_000);

test("a tag stands for as long as nothing changes where its caller may look, and tells nothing of anything else", async () => {
  const world = worldOf(SEED + 3);
  const whole = await Twin.forTest(world);
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
  const world = worldOf(SEED + 4);
  const whole = await Twin.forTest({
    ...world,
    hooks: [...world.hooks, ...mark("secret-a", 7).hooks],
    batches: [...world.batches, ...mark("secret-a", 7).batches],
  });
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
