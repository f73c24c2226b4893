// Every route over real sockets: what it answers, beside what a plain look over the same observations gives.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MatchedObservation } from "../../src/events/event.ts";
import { toEventJson } from "../../src/events/eventJson.ts";
import { formatInstant } from "../../src/events/time.ts";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { createContext } from "../../src/graph/context.ts";
import { createEncoder } from "../../src/http/restEncode.ts";
import { QUIET_OPERATOR } from "../graph/quietOperator.ts";
import { type Gateway, HOOKS, HOUR, instant, NOW, observations, startGateway } from "./restFixture.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const all = observations();

function idsOf(chosen: readonly MatchedObservation[]): readonly string[] {
  return newestFirst(chosen).map(({ uid, count }) => `${uid}.${count}`);
}

function newestFirst(chosen: readonly MatchedObservation[]): readonly MatchedObservation[] {
  const id = ({ uid, count }: MatchedObservation) => `${uid}.${count}`;
  return chosen.toSorted((a, b) => b.lastSeen - a.lastSeen || (id(a) < id(b) ? 1 : -1));
}

async function listed(path: string): Promise<readonly string[]> {
  const { status, json } = await gateway.get(path);
  expect(status).toBe(200);
  return json.events.map(({ id }: { readonly id: string }) => id);
}

describe("event lists", () => {
  test.each([
    ["/api/v1/events?limit=1000", () => true],
    ["/api/v1/events/shop?limit=1000", ({ namespace }: MatchedObservation) => namespace === "shop"],
    ["/api/v1/events/types/oom-kill?limit=1000", ({ eventType }: MatchedObservation) => eventType === "oom-kill"],
    [
      "/api/v1/hooks/shop/restarts/events?limit=1000",
      ({ namespace, eventType }: MatchedObservation) =>
        namespace === "shop" && (eventType === "pod-restart" || eventType === "oom-kill"),
    ],
  ])("%s holds the events it is for, newest first", async (path, isMeant) => {
    const expected = idsOf(all.filter(isMeant));
    expect(expected.length).toBeGreaterThan(20);
    expect(await listed(path)).toEqual(expected);
  });

  test("an event is written in its one JSON form, key by key", async () => {
    const { json } = await gateway.get("/api/v1/events?limit=1000");
    const expected = await gateway.store.eventsById(json.events.map(({ id }: { readonly id: string }) => id));
    expect(json.events).toEqual(expected.map((record) => record && toEventJson(record.event)));
    const observed = newestFirst(all)[5];
    expect(json.events[5]).toMatchObject({
      id: `${observed?.uid}.${observed?.count}`,
      eventType: observed?.eventType,
      severity: observed?.severity.toLowerCase(),
      namespace: observed?.namespace,
      resourceName: observed?.resource.name,
      resource: observed?.resource,
      message: observed?.message,
      tags: observed?.tags,
      hooks: observed?.hooks,
      timestamp: formatInstant(observed?.lastSeen ?? 0),
      cluster: "test",
    });
  });

  test("the stored text and the fields of the operation say the same", async () => {
    const route = REST_ROUTES.find(({ path }) => path === "/api/v1/events");
    if (!route) throw new Error("no route");
    const context = createContext({
      store: gateway.store,
      clock: () => NOW,
      eventTypes: () => [],
      operator: QUIET_OPERATOR,
      requestId: "test",
      log: {
        error: (details) => {
          throw details.err;
        },
      },
    });
    const variables = { limit: 1000, offset: 0, sort: "TIMESTAMP_DESC" };
    const { data, errors } = await gateway.executor.compile(route.body).execute(variables, context);
    expect(errors).toBeUndefined();
    const { text } = await gateway.get("/api/v1/events?limit=1000");
    expect(createEncoder(route.answer)(data, variables)).toBe(text);
  });

  test("the page says where it stands", async () => {
    const { json } = await gateway.get("/api/v1/events?limit=7&offset=3");
    expect(json.pagination).toEqual({
      total: all.length,
      limit: 7,
      offset: 3,
      hasMore: true,
      nextCursor: expect.any(String),
    });
  });

  test("the last page has no next cursor", async () => {
    const { json } = await gateway.get(`/api/v1/events?limit=5&offset=${all.length - 2}`);
    expect(json.events).toHaveLength(2);
    expect(json.pagination).toMatchObject({ hasMore: false, nextCursor: null });
  });

  test("without a limit a page has 50 events", async () => {
    expect(await listed("/api/v1/events")).toHaveLength(50);
  });
});

describe("paging", () => {
  test.each(["timestamp", "-timestamp", "eventType", "-eventType", "resourceName", "-resourceName"])(
    "by cursor gives the sequence that offsets give, sorted by %s",
    async (sort) => {
      const byCursor: string[] = [];
      const byOffset: string[] = [];
      for (let cursor: string | null = "", offset = 0; cursor !== null; offset += 37) {
        const { json } = await gateway.get(`/api/v1/events?limit=37&sort=${sort}${cursor && `&cursor=${cursor}`}`);
        for (const { id } of json.events) byCursor.push(id);
        byOffset.push(...(await listed(`/api/v1/events?limit=37&sort=${sort}&offset=${offset}`)));
        cursor = json.pagination.nextCursor;
      }
      expect(byCursor).toEqual(byOffset);
      expect(byCursor.toSorted()).toEqual([...idsOf(all)].sort());
    },
  );

  test("a minus turns the order around", async () => {
    for (const sort of ["timestamp", "eventType", "resourceName"]) {
      const up = await listed(`/api/v1/events?limit=1000&sort=${sort}`);
      expect(await listed(`/api/v1/events?limit=1000&sort=-${sort}`)).toEqual(up.toReversed());
    }
  });

  test("hooks go on by cursor", async () => {
    const first = (await gateway.get("/api/v1/hooks?limit=2")).json;
    const second = (await gateway.get(`/api/v1/hooks?limit=2&cursor=${first.pagination.nextCursor}`)).json;
    const names = [...first.hooks, ...second.hooks].map(({ namespace, name }) => `${namespace}/${name}`);
    expect(names).toEqual(["billing/everything", "shop/pending", "shop/restarts"]);
    expect(second.pagination).toMatchObject({ total: 3, hasMore: false, nextCursor: null });
  });
});

describe("each filter chooses what it says", () => {
  const day = instant("2026-11-22T12:00:00Z");
  test.each<[string, (observed: MatchedObservation) => boolean]>([
    ["startTime=2026-11-22T12:00:00Z", ({ lastSeen }) => lastSeen >= day],
    ["endTime=2026-11-22T13:00:00%2B01:00", ({ lastSeen }) => lastSeen < day],
    ["startTime=2026-11-22T12:00:00Z&endTime=2026-11-22T12:00:00Z", () => false],
    ["timeRange=6h", ({ lastSeen }) => lastSeen >= NOW - 6 * HOUR],
    ["namespace=shop", ({ namespace }) => namespace === "shop"],
    ["namespace=stream", ({ namespace }) => namespace === "stream"],
    ["namespace=shop,billing", ({ namespace }) => namespace !== "stream"],
    ["namespace=shop&namespace=billing", ({ namespace }) => namespace !== "stream"],
    ["namespace=shop%2Cbilling", ({ namespace }) => namespace !== "stream"],
    ["eventType=oom-kill,pod-pending", ({ eventType }) => eventType === "oom-kill" || eventType === "pod-pending"],
    ["severity=low,critical", ({ severity }) => severity === "LOW" || severity === "CRITICAL"],
    ["source=journal", ({ source }) => source === "journal"],
    ["resourceName=web-7", ({ resource }) => resource.name === "web-7"],
    ["resourceName=web-1*", ({ resource }) => resource.name.startsWith("web-1")],
    ["resourceKind=Node", ({ resource }) => resource.kind === "Node"],
    ["reason=BackOff", ({ reason }) => reason === "BackOff"],
    ["text=WEB-3%22+says", ({ message }) => message.includes('web-3" says')],
    ["text=gr%C3%BC%C3%9F", () => true],
  ])("%s", async (query, isMeant) => {
    const { json } = await gateway.get(`/api/v1/events?limit=1000&${query}`);
    const expected = idsOf(all.filter(isMeant));
    expect(json.events.map(({ id }: { readonly id: string }) => id)).toEqual(expected);
    expect(json.pagination.total).toBe(expected.length);
  });

  test("status: each of them alone, and all of them together, are all events", async () => {
    const statuses = ["firing", "duplicate", "resolved"];
    const each = await Promise.all(statuses.map((status) => gateway.get(`/api/v1/events?limit=1000&status=${status}`)));
    for (const [index, { json }] of each.entries()) {
      expect(new Set(json.events.map(({ status }: { readonly status: string }) => status))).toSatisfy(
        (seen: Set<string>) => seen.size === 0 || (seen.size === 1 && seen.has(statuses[index] ?? "")),
      );
    }
    const together = await listed(`/api/v1/events?limit=1000&status=${statuses.join(",")}`);
    expect(each.reduce((sum, { json }) => sum + json.pagination.total, 0)).toBe(together.length);
    expect(together).toHaveLength(all.length);
  });

  test("filters hold together", async () => {
    const expected = all.filter(({ namespace, severity }) => namespace === "shop" && severity === "LOW");
    expect(await listed("/api/v1/events?limit=1000&namespace=shop&severity=low")).toEqual(idsOf(expected));
  });
});

describe("statistics", () => {
  const lastDay = all.filter(({ lastSeen }) => lastSeen >= NOW - 24 * HOUR && lastSeen < NOW);
  const range = { start: formatInstant(NOW - 24 * HOUR), end: formatInstant(NOW) };
  const countOf = (chosen: readonly MatchedObservation[], type: string) =>
    chosen.filter(({ eventType }) => eventType === type).length;

  test("the summary is of the last 24 hours, by status and by type", async () => {
    const { summary, byType } = (await gateway.get("/api/v1/stats/events/summary")).json;
    expect(Object.keys(summary)).toEqual([
      "totalEvents",
      "activeEvents",
      "duplicateEvents",
      "resolvedEvents",
      "timeRange",
    ]);
    expect(summary).toMatchObject({ totalEvents: lastDay.length, timeRange: range });
    expect(summary.activeEvents + summary.duplicateEvents + summary.resolvedEvents).toBe(lastDay.length);
    for (const type of ["pod-restart", "oom-kill", "pod-pending", "probe-failed"]) {
      const count = countOf(lastDay, type);
      expect(byType[type]).toEqual({ count, percentage: Math.round((count / lastDay.length) * 10_000) / 100 });
    }
  });

  test("by type tells the statuses of each", async () => {
    const { timeRange, byType } = (await gateway.get("/api/v1/stats/events/by-type?timeRange=48h&namespace=shop")).json;
    const chosen = all.filter(({ namespace, lastSeen }) => namespace === "shop" && lastSeen >= NOW - 48 * HOUR);
    expect(timeRange).toEqual({ start: formatInstant(NOW - 48 * HOUR), end: formatInstant(NOW) });
    expect(byType["oom-kill"].count).toBe(countOf(chosen, "oom-kill"));
    const { firing, duplicate, resolved, count } = byType["oom-kill"];
    expect(firing + duplicate + resolved).toBe(count);
  });

  test("a time range given by its ends is the one that is counted", async () => {
    const [start, end] = ["2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z"];
    const { summary } = (await gateway.get(`/api/v1/stats/events/summary?startTime=${start}&endTime=${end}`)).json;
    const chosen = all.filter(({ lastSeen }) => lastSeen >= instant(start) && lastSeen < instant(end));
    expect(summary).toMatchObject({ totalEvents: chosen.length, timeRange: { start, end } });
  });

  test("trends are buckets that touch, beside the period before", async () => {
    const { json } = await gateway.get("/api/v1/stats/trends?timeRange=6h&interval=2h");
    const counts = [0, 1, 2].map((index) => {
      const start = NOW - 6 * HOUR + index * 2 * HOUR;
      return all.filter(({ lastSeen }) => lastSeen >= start && lastSeen < start + 2 * HOUR).length;
    });
    expect(json.interval).toBe("2h");
    expect(json.buckets.map(({ total }: { readonly total: number }) => total)).toEqual(counts);
    expect(json.buckets[0].end).toBe(json.buckets[1].start);
    expect(Object.keys(json.buckets[0])).toEqual([
      "start",
      "end",
      "total",
      "firing",
      "duplicate",
      "resolved",
      "byType",
    ]);
    const before = all.filter(({ lastSeen }) => lastSeen >= NOW - 12 * HOUR && lastSeen < NOW - 6 * HOUR).length;
    expect(json.previous.total).toBe(before);
  });

  test("a hook's metrics tell its events and what the controller said of its dispatches", async () => {
    const { json } = await gateway.get("/api/v1/stats/hooks/shop/restarts/metrics?timeRange=7d");
    const matched = all.filter(({ hooks }) =>
      hooks.some(({ namespace, name }) => namespace === "shop" && name === "restarts"),
    );
    expect(json).toMatchObject({
      hook: { namespace: "shop", name: "restarts" },
      timeRange: { start: formatInstant(NOW - 7 * 24 * HOUR), end: formatInstant(NOW) },
      summary: { totalEvents: matched.length },
      dispatches: {
        fired: 3,
        succeeded: 2,
        failed: 1,
        duplicatesIgnored: 1,
        successRate: 66.67,
        completeness: "lowerBound",
      },
      lastEventAt: formatInstant(newestFirst(matched)[0]?.lastSeen ?? 0),
    });
  });
});

describe("hooks", () => {
  test("a hook is told with its status, its labels as an object", async () => {
    const { json } = await gateway.get("/api/v1/hooks/shop/restarts");
    const [hook] = HOOKS;
    expect(json).toEqual({
      namespace: "shop",
      name: "restarts",
      uid: hook?.uid,
      labels: { team: "checkout" },
      annotations: hook?.annotations,
      generation: 2,
      createdAt: formatInstant(hook?.createdAt ?? 0),
      deletedAt: null,
      eventConfigurations: hook?.eventConfigurations,
      status: {
        activeEvents: [
          {
            eventType: "pod-restart",
            resourceName: "web-1",
            firstSeen: formatInstant(NOW - HOUR),
            lastSeen: formatInstant(NOW - 60_000),
            status: "firing",
          },
        ],
        lastUpdated: formatInstant(NOW - 30_000),
      },
    });
  });

  test("a hook without a status says so", async () => {
    expect((await gateway.get("/api/v1/hooks/shop/pending")).json.status).toBeNull();
  });

  test.each([
    ["/api/v1/hooks?namespace=shop", ["pending", "restarts"]],
    ["/api/v1/hooks?labelSelector=team", ["everything", "restarts"]],
    ["/api/v1/hooks?labelSelector=team%3Dcheckout", ["restarts"]],
  ])("%s lists %j", async (path, names) => {
    const { json } = await gateway.get(path);
    expect(json.hooks.map(({ name }: { readonly name: string }) => name)).toEqual(names);
    expect(json.pagination).toMatchObject({ total: names.length, limit: 50, offset: 0, hasMore: false });
  });
});
