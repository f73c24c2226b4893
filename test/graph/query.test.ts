// What queries answer, over a real store whose content is known in plain figures.
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { counting, data, run } from "./harness.ts";
import {
  emptyStore,
  HOUR,
  MINUTE,
  NOW,
  observation,
  PAY_HOOK,
  type Seeded,
  seededStore,
  WEB_HOOK,
} from "./seededStore.ts";

let seeded: Seeded;
beforeAll(async () => {
  seeded = await seededStore();
});
afterAll(() => seeded.close());

interface Page {
  readonly events: {
    readonly nodes: readonly Record<string, unknown>[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly endCursor: string | null;
    };
    readonly totalCount: number;
  };
}

const iso = (instant: number): string => new Date(instant).toISOString();

test("an event says everything that was observed of it", async () => {
  const { event } = await data<{ readonly event: unknown }>(
    seeded.store,
    `{ event(id: "uid-3.1") {
      id cluster eventType status severity namespace resource { apiVersion kind name namespace uid } reason message source
      tags { key value } count occurrences timestamp firstSeen lastSeen resolvedAt duplicateOf hooks { namespace name }
      dispatches { id outcome agent requestId error hook { name } resourceName eventType message timestamp }
      ignoredByController
    } }`,
  );
  const at = NOW - 4 * MINUTE;
  expect(event).toEqual({
    id: "uid-3.1",
    cluster: "test",
    eventType: "pod-restart",
    status: "FIRING",
    severity: "HIGH",
    namespace: "shop",
    resource: { apiVersion: "v1", kind: "Pod", name: "pod-3", namespace: "shop", uid: "pod-uid-3" },
    reason: "BackOff",
    message: "Back-off restarting failed container of pod-3",
    source: "kubernetes",
    tags: [
      { key: "app", value: "shop" },
      { key: "node", value: "node-1" },
    ],
    count: 1,
    occurrences: 1,
    timestamp: iso(at),
    firstSeen: iso(at - MINUTE),
    lastSeen: iso(at),
    resolvedAt: null,
    duplicateOf: null,
    hooks: [{ namespace: "shop", name: "web-hook" }],
    dispatches: [
      {
        id: "audit-3-failed.1",
        outcome: "FAILED",
        agent: "k8s-agent",
        requestId: null,
        error: "agent unreachable",
        hook: { name: "web-hook" },
        resourceName: "pod-3",
        eventType: "pod-restart",
        message: "FAILED for pod-3",
        timestamp: iso(at + 1000),
      },
      {
        id: "audit-3-fired.1",
        outcome: "FIRED",
        agent: "k8s-agent",
        requestId: null,
        error: null,
        hook: { name: "web-hook" },
        resourceName: "pod-3",
        eventType: "pod-restart",
        message: "FIRED for pod-3",
        timestamp: iso(at + 1000),
      },
    ],
    ignoredByController: null,
  });
});

test("an event that is not there is null", async () => {
  expect(await data(seeded.store, `{ event(id: "nothing.1") { id } }`)).toEqual({ event: null });
});

test("events come newest first, fifty at a time, and cursors lead through all of them once", async () => {
  const query = `query ($after: String) { events(after: $after) { nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
  const seen: unknown[] = [];
  const sizes: number[] = [];
  let after: string | null = null;
  do {
    const page: Page = await data<Page>(seeded.store, query, { after });
    sizes.push(page.events.nodes.length);
    expect(page.events.totalCount).toBe(120);
    expect(page.events.pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...page.events.nodes.map((node) => node.id));
    after = page.events.pageInfo.hasNextPage ? page.events.pageInfo.endCursor : null;
  } while (after !== null);
  expect(sizes).toEqual([50, 50, 20]);
  expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => `uid-${index}.1`));
});

test("edges are the nodes with their places, and each place goes on behind its event", async () => {
  const { events } = await data<{
    readonly events: { readonly edges: readonly { cursor: string; node: { id: string } }[] };
  }>(seeded.store, "{ events(sort: RESOURCE_NAME, first: 5) { edges { cursor node { id } } } }");
  const names = Array.from({ length: 120 }, (_, index) => `pod-${index}`).sort();
  expect(events.edges.map(({ node }) => node.id)).toEqual(
    names.slice(0, 5).map((name) => `${name.replace("pod", "uid")}.1`),
  );
  const next = await data<Page>(
    seeded.store,
    "query ($after: String) { events(sort: RESOURCE_NAME, first: 1, after: $after) { nodes { resource { name } } } }",
    { after: events.edges[2]?.cursor },
  );
  expect(next.events.nodes).toEqual([{ resource: { name: names[3] } }]);
});

test("an offset skips, and says that the page does not begin at the start", async () => {
  const page = await data<Page>(
    seeded.store,
    "{ events(offset: 118) { nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }",
  );
  expect(page.events.nodes).toEqual([{ id: "uid-118.1" }, { id: "uid-119.1" }]);
  expect(page.events.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});

test("a time range counts back from now", async () => {
  const query = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }";
  expect(await data(seeded.store, query, { filter: { timeRange: "30m" } })).toEqual({ events: { totalCount: 30 } });
  const between = { startTime: iso(NOW - 10 * MINUTE), endTime: iso(NOW - 5 * MINUTE) };
  expect(await data(seeded.store, query, { filter: between })).toEqual({ events: { totalCount: 5 } });
});

test("every part of the filter holds", async () => {
  const query = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }";
  const total = async (filter: Record<string, unknown>): Promise<number> =>
    (await data<Page>(seeded.store, query, { filter })).events.totalCount;
  expect(await total({ namespaces: ["shop", "pay"] })).toBe(80);
  expect(await total({ eventTypes: ["pod-pending", "never-heard-of"] })).toBe(40);
  expect(await total({ statuses: ["FIRING"] })).toBe(9); // the window of the one of ten minutes ago has just ended
  expect(await total({ severities: ["HIGH"], namespaces: ["pay"] })).toBe(0);
  expect(await total({ sources: ["kubernetes"] })).toBe(120);
  expect(await total({ resourceName: "pod-11*" })).toBe(11);
  expect(await total({ resourceKind: "Node" })).toBe(0);
  expect(await total({ reason: "BackOff" })).toBe(120);
  expect(await total({ text: "OF POD-7" })).toBe(11);
  expect(await total({ hook: { namespace: "pay", name: "pay-hook" } })).toBe(40);
  expect(await total({ namespaces: [] })).toBe(0);
  expect(await total({ namespaces: null, hook: null, text: null })).toBe(120);
});

test("hooks come in order, by namespace and by label, with everything that is known of them", async () => {
  const { hooks } = await data<{
    readonly hooks: { readonly nodes: readonly Record<string, unknown>[]; totalCount: number };
  }>(
    seeded.store,
    `{ hooks { totalCount nodes { namespace name uid labels { key value } annotations { key value } generation createdAt deletedAt
      eventConfigurations { eventType agentRef { namespace name } prompt }
      status { lastUpdated activeEvents { eventType resourceName firstSeen lastSeen status } } yaml } } }`,
  );
  expect(hooks.totalCount).toBe(2);
  expect(hooks.nodes.map((node) => node.name)).toEqual(["pay-hook", "web-hook"]);
  const { yaml, ...web } = hooks.nodes[1] ?? {};
  expect(web).toEqual({
    namespace: "shop",
    name: "web-hook",
    uid: "web-hook-uid",
    labels: [{ key: "team", value: "web" }],
    annotations: [{ key: "note", value: "kept" }],
    generation: 3,
    createdAt: iso(NOW - 24 * HOUR),
    deletedAt: null,
    eventConfigurations: WEB_HOOK.eventConfigurations,
    status: {
      lastUpdated: iso(NOW - MINUTE),
      activeEvents: [
        {
          eventType: "pod-restart",
          resourceName: "pod-0",
          firstSeen: iso(NOW - HOUR),
          lastSeen: iso(NOW - MINUTE),
          status: "firing",
        },
      ],
    },
  });
  expect(parseYaml(String(yaml))).toEqual(WEB_HOOK.manifest);
});

test("hooks are found by namespace and by label selector", async () => {
  const query =
    "query ($namespace: String, $labelSelector: String) { hooks(namespace: $namespace, labelSelector: $labelSelector) { nodes { name } totalCount } }";
  expect(await data(seeded.store, query, { namespace: "pay" })).toEqual({
    hooks: { nodes: [{ name: "pay-hook" }], totalCount: 1 },
  });
  expect(await data(seeded.store, query, { labelSelector: "team in (web, app),!tier" })).toEqual({
    hooks: { nodes: [{ name: "web-hook" }], totalCount: 1 },
  });
});

test("pages of hooks go on behind their cursor", async () => {
  interface Hooks {
    readonly hooks: { nodes: unknown; pageInfo: { hasNextPage: boolean; endCursor: string } };
  }
  const query =
    "query ($after: String) { hooks(first: 1, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }";
  const first = await data<Hooks>(seeded.store, query);
  expect(first.hooks).toMatchObject({ nodes: [{ name: "pay-hook" }], pageInfo: { hasNextPage: true } });
  const second = await data<Hooks>(seeded.store, query, { after: first.hooks.pageInfo.endCursor });
  expect(second.hooks).toMatchObject({ nodes: [{ name: "web-hook" }], pageInfo: { hasNextPage: false } });
});

test("a hook's own statistics and events are of what it matched", async () => {
  const { hook } = await data<{ readonly hook: unknown }>(
    seeded.store,
    `{ hook(namespace: "shop", name: "web-hook") {
      stats(timeRange: "1h") {
        timeRange { start end } summary { totalEvents activeEvents duplicateEvents resolvedEvents }
        byType { eventType count percentage } lastEventAt
        dispatches { fired succeeded failed duplicatesIgnored successRate completeness }
      }
      events(first: 2) { totalCount nodes { id } }
    } }`,
  );
  expect(hook).toEqual({
    stats: {
      timeRange: { start: iso(NOW - HOUR), end: iso(NOW) },
      summary: { totalEvents: 20, activeEvents: 3, duplicateEvents: 0, resolvedEvents: 17 },
      byType: [{ eventType: "pod-restart", count: 20, percentage: 100 }],
      lastEventAt: iso(NOW - MINUTE),
      dispatches: {
        fired: 20,
        succeeded: 10,
        failed: 10,
        duplicatesIgnored: 0,
        successRate: 50,
        completeness: "LOWER_BOUND",
      },
    },
    events: { totalCount: 40, nodes: [{ id: "uid-0.1" }, { id: "uid-3.1" }] },
  });
});

test("a hook never seen is null, and a deleted one stays readable by name", async () => {
  expect(await data(seeded.store, `{ hook(namespace: "shop", name: "nobody") { name } }`)).toEqual({ hook: null });
  await seeded.store.putHooks([{ ...PAY_HOOK, namespace: "old", name: "gone", uid: "gone-uid" }]);
  await seeded.store.deleteHooks([{ namespace: "old", name: "gone" }], NOW - HOUR);
  expect(
    await data(seeded.store, `{ hook(namespace: "old", name: "gone") { uid deletedAt } hooks { totalCount } }`),
  ).toEqual({
    hook: { uid: "gone-uid", deletedAt: iso(NOW - HOUR) },
    hooks: { totalCount: 2 },
  });
});

test("of a hook that was gone before the gateway first looked the name is known, and the rest says so", async () => {
  const other = await emptyStore();
  try {
    await other.store.append([observation(0)], NOW); // its hook was never put
    const query = `{ events { nodes { hooks { namespace name uid generation createdAt deletedAt yaml labels { key }
      eventConfigurations { prompt } status { lastUpdated } stats { summary { totalEvents } } } } } }`;
    const { events } = await data<Page>(other.store, query);
    expect(events.nodes[0]?.hooks).toEqual([
      {
        namespace: "shop",
        name: "web-hook",
        uid: null,
        generation: null,
        createdAt: null,
        deletedAt: null,
        yaml: null,
        labels: [],
        eventConfigurations: [],
        status: null,
        stats: { summary: { totalEvents: 1 } },
      },
    ]);
  } finally {
    await other.close();
  }
});

test("statistics are of the last day unless said otherwise, and say what they counted", async () => {
  const { stats } = await data<{ readonly stats: unknown }>(
    seeded.store,
    `{ stats { timeRange { start end } summary { totalEvents activeEvents duplicateEvents resolvedEvents }
      byType { eventType count percentage firing duplicate resolved }
      byNamespace { namespace count percentage }
      byHook { hook { namespace name uid } count percentage } } }`,
  );
  expect(stats).toEqual({
    timeRange: { start: iso(NOW - 24 * HOUR), end: iso(NOW) },
    summary: { totalEvents: 120, activeEvents: 9, duplicateEvents: 0, resolvedEvents: 111 },
    byType: [
      { eventType: "pod-pending", count: 40, percentage: 33.33, firing: 3, duplicate: 0, resolved: 37 },
      { eventType: "pod-restart", count: 40, percentage: 33.33, firing: 3, duplicate: 0, resolved: 37 },
      { eventType: "probe-failed", count: 40, percentage: 33.33, firing: 3, duplicate: 0, resolved: 37 },
    ],
    byNamespace: [
      { namespace: "idle", count: 40, percentage: 33.33 },
      { namespace: "pay", count: 40, percentage: 33.33 },
      { namespace: "shop", count: 40, percentage: 33.33 },
    ],
    byHook: [
      { hook: { namespace: "pay", name: "pay-hook", uid: "pay-hook-uid" }, count: 40, percentage: 33.33 },
      { hook: { namespace: "shop", name: "web-hook", uid: "web-hook-uid" }, count: 40, percentage: 33.33 },
    ],
  });
});

test("trends cover the range in buckets and compare it with the one before", async () => {
  interface Trends {
    readonly stats: {
      readonly trends: {
        interval: string;
        previous: unknown;
        buckets: readonly { start: string; end: string; total: number }[];
      };
    };
  }
  const query = `query ($filter: EventFilter, $interval: Duration) {
    stats(filter: $filter) { trends(interval: $interval) { interval previous { total changePercent } buckets { start end total } } } }`;
  const filter = { startTime: iso(NOW - HOUR), endTime: iso(NOW) };
  const { trends } = (await data<Trends>(seeded.store, query, { filter, interval: "15m" })).stats;
  expect(trends.interval).toBe("15m");
  expect(trends.buckets).toEqual(
    [60, 45, 30, 15].map((ago) => ({ start: iso(NOW - ago * MINUTE), end: iso(NOW - (ago - 15) * MINUTE), total: 15 })),
  );
  expect(trends.previous).toEqual({ total: 60, changePercent: 0 });
  const chosen = (await data<Trends>(seeded.store, query, { filter })).stats.trends;
  expect(chosen.interval).toBe("5m");
  expect(chosen.buckets).toHaveLength(12);
});

test("event types are what the sources can produce", async () => {
  expect(
    await data(seeded.store, "{ eventTypes { name description severity source reasons tags { key value } enabled } }"),
  ).toEqual({
    eventTypes: [
      {
        name: "pod-restart",
        description: "A container is restarted again and again.",
        severity: "HIGH",
        source: "kubernetes",
        reasons: ["BackOff", "Failed"],
        tags: [{ key: "area", value: "workload" }],
        enabled: true,
      },
    ],
  });
});

test("a page of events with all of its hooks and dispatches asks the store a constant number of times", async () => {
  const query = `query ($first: Int!) { events(first: $first) { totalCount pageInfo { endCursor } edges { cursor }
    nodes { id hooks { namespace name uid labels { key } annotations { key } generation createdAt deletedAt yaml
      eventConfigurations { eventType } status { lastUpdated } stats { summary { totalEvents } dispatches { fired } } }
      dispatches { id outcome hook { uid generation } } } } }`;
  const callsFor = async (first: number): Promise<Record<string, number>> => {
    const { store, calls } = counting(seeded.store);
    const page = await data<Page>(store, query, { first });
    expect(page.events.nodes).toHaveLength(first);
    return Object.fromEntries(calls);
  };
  const forTen = await callsFor(10);
  expect(forTen).toEqual({ events: 1, count: 1, hooksByKey: 1, hookActivity: 1, dispatchesOf: 1 });
  expect(await callsFor(100)).toEqual(forTen);
});

test("what is not selected is not read: no count without totalCount, no page without nodes", async () => {
  const nodes = counting(seeded.store);
  await data(nodes.store, "{ events { nodes { id hooks { namespace name } } } }");
  expect(Object.fromEntries(nodes.calls)).toEqual({ events: 1 });
  const total = counting(seeded.store);
  await data(total.store, "{ events { totalCount } }");
  expect(Object.fromEntries(total.calls)).toEqual({ count: 1 });
});

test("a hook met in many events is asked for its own events once", async () => {
  const { store, calls } = counting(seeded.store);
  await data(store, "{ events(first: 60) { nodes { hooks { events(first: 1) { nodes { id } } } } } }");
  expect(calls.get("events")).toBe(3); // the page itself, and one for each of the two hooks
});

test("every fault of the arguments is named at once", async () => {
  const { errors } = await run(
    seeded.store,
    `query ($filter: EventFilter) { events(first: 1001, offset: -1, after: "junk", filter: $filter) { totalCount } }`,
    { filter: { startTime: iso(NOW), endTime: iso(NOW - HOUR), timeRange: "1h" } },
  );
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toEqual({
    code: "BAD_USER_INPUT",
    errors: [
      { path: "first", message: "1001 is out of range: give a whole number from 1 to 1000" },
      { path: "offset", message: "-1 is out of range: give a whole number from 0 to 1000000" },
      { path: "after", message: '"junk" is no page cursor: give pageInfo.endCursor of the page before' },
      { path: "filter.timeRange", message: "cannot be combined with startTime or endTime: give one or the other" },
      {
        path: "filter.startTime",
        message:
          "2026-11-23T12:00:00.000Z is after endTime 2026-11-23T11:00:00.000Z: give a start that is not after the end",
      },
    ],
  });
});

test("faults of their own kind are told: a cursor of another sort or of a change, a selector, an interval, two time ranges", async () => {
  const faultsOf = async (query: string): Promise<unknown> =>
    (await run(seeded.store, query)).errors?.[0]?.extensions?.errors;
  const { events } = await data<Page>(seeded.store, "{ events(first: 1) { nodes { cursor } pageInfo { endCursor } } }");
  expect(await faultsOf(`{ events(sort: EVENT_TYPE, after: "${events.pageInfo.endCursor}") { totalCount } }`)).toEqual([
    {
      path: "after",
      message: "is a cursor of sort TIMESTAMP_DESC, but the sort here is EVENT_TYPE: start again without it",
    },
  ]);
  expect(await faultsOf(`{ events(after: "${events.nodes[0]?.cursor}") { totalCount } }`)).toEqual([
    { path: "after", message: expect.stringContaining("the cursor of a change") },
  ]);
  expect(await faultsOf(`{ hooks(labelSelector: "team=(web)", first: 0) { totalCount } }`)).toEqual([
    { path: "first", message: "0 is out of range: give a whole number from 1 to 1000" },
    { path: "labelSelector", message: expect.stringContaining('"("') },
  ]);
  expect(await faultsOf(`{ stats(timeRange: "30d") { trends(interval: "1m") { interval } } }`)).toEqual([
    { path: "interval", message: expect.stringMatching(/^1m gives more than 1000 buckets over 30d: give at least /) },
  ]);
  expect(await faultsOf(`{ stats(timeRange: "1h", filter: { timeRange: "2h" }) { summary { totalEvents } } }`)).toEqual(
    [{ path: "timeRange", message: expect.stringContaining("cannot be combined") }],
  );
  expect(
    await faultsOf(
      `{ hook(namespace: "shop", name: "web-hook") { events(filter: { hook: { namespace: "a", name: "b" } }) { totalCount } } }`,
    ),
  ).toEqual([{ path: "filter.hook", message: "is the hook itself here: leave it out" }]);
});

test("an interval told to be the least is taken", async () => {
  const { errors } = await run(seeded.store, `{ stats(timeRange: "30d") { trends(interval: "1m") { interval } } }`);
  const least = /at least (\S+)$/.exec(errors?.[0]?.message ?? "")?.[1];
  const query =
    'query ($interval: Duration) { stats(timeRange: "30d") { trends(interval: $interval) { buckets { total } } } }';
  const { stats } = await data<{ stats: { trends: { buckets: unknown[] } } }>(seeded.store, query, { interval: least });
  expect(stats.trends.buckets.length).toBeLessThanOrEqual(1000);
  expect(stats.trends.buckets.length).toBeGreaterThan(990);
});
