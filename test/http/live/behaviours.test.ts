// One list of behaviours, held against every edge: order, no gap, no repeat, filters, beginning in the past, resuming, gaps.
// What a subscriber must be told is worked out from what the store was told.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventChange } from "../../../src/events/change.ts";
import { Cursors } from "../../../src/events/cursor.ts";
import { type MatchedObservation, SEVERITIES } from "../../../src/events/event.ts";
import { type EventFilter, matchesFilter } from "../../../src/events/filter.ts";
import { DAY, HOUR, NOON, WINDOW } from "../../generators.ts";
import { observation } from "../../store/storeSuite.ts";
import { type Asked, type AskedFilter, lastCursor, type Stream, told } from "./edge.ts";
import { EDGES } from "./edges.ts";
import { LiveServer, until } from "./liveServer.ts";

const MINUTE = 60_000;

function added(changes: readonly EventChange[], status = "FIRING"): string[] {
  return changes.map(({ record: { event } }) => `ADDED ${event.id} ${status}`);
}

function modified(changes: readonly EventChange[], status = "RESOLVED"): string[] {
  return changes.map(({ record: { event } }) => `MODIFIED ${event.id} ${status}`);
}

/** Waits until so much is told, and a little longer than that: until what happens then is told as the next. */
async function toldNoMore(stream: Stream, count: number, server: LiveServer): Promise<readonly string[]> {
  await until(() => stream.heard.length >= count, `${count} messages`);
  const [last] = await server.happen();
  const id = last?.record.event.id;
  await until(() => stream.heard.at(-1)?.event?.id === id, "the message after that");
  return told(stream).slice(0, -1);
}

describe.each(EDGES)("$name", (edge) => {
  let server: LiveServer;
  const streams: Stream[] = [];

  beforeAll(async () => {
    server = await LiveServer.start({ store: { ring: { changes: 64, bytes: 100_000 } } });
  });
  afterAll(async () => {
    await Promise.all(streams.map((stream) => stream.leave()));
    await server.close();
  });

  async function open(asked: Asked = {}, at = server): Promise<Stream> {
    const stream = await edge.open(at.url, asked);
    streams.push(stream);
    return stream;
  }

  test("tells what happens from now on, in the order in which it was stored, each once", async () => {
    await server.happen(5);
    const stream = await open();
    const first = await server.happen();
    await until(() => stream.heard.length === 1, "the first");
    const batches = await Promise.all([2, 1, 40, 1, 120, 3].map((size) => server.happen(size)));
    expect(await toldNoMore(stream, 168, server)).toEqual(added([...first, ...batches.flat()]));
    const { cursors: names, head } = server.store;
    const cursors = Array.from({ length: 169 }, (_, index) => names.encode(head - 168 + index));
    expect(stream.heard.map(({ cursor }) => cursor)).toEqual(cursors);
    const before = server.store.head;
    await server.resolve();
    await until(() => stream.heard.length === 169 + server.store.head - before, "all that is over");
    const modifications = stream.heard.slice(169);
    expect(new Set(modifications.map(({ type, event }) => `${type} ${event?.status}`))).toEqual(
      new Set(["MODIFIED RESOLVED"]),
    );
    expect(new Set(modifications.map(({ event }) => event?.id)).size).toBe(server.store.head - before);
    await stream.leave();
  });

  test("resumes behind a cursor: what has changed since, once and as it is now, then what comes", async () => {
    await server.resolve();
    const stream = await open();
    const known = await server.happen(3);
    await until(() => stream.heard.length === 3, "three");
    await stream.leave();
    const missed = await server.happen(4);
    await server.resolve();
    const { resumed: before } = server.counts;
    const resumed = await open({ after: lastCursor(stream) });
    expect(server.counts.resumed[edge.transport]).toBe(before[edge.transport] + 1);
    // What this reader was not told of before is new to it, though it is over already.
    const expected = [...modified(known), ...added(missed, "RESOLVED")];
    expect(await toldNoMore(resumed, 7, server)).toEqual(expected);
    await resumed.leave();
  });

  test("resumes in the middle of a catch-up that was longer than the memory of changes", async () => {
    const from = server.store.cursors.encode(server.store.head);
    const happened = await server.happen(1_000);
    const stream = await open({ after: from });
    await until(() => stream.heard.length > 0, "some");
    await stream.leave();
    const heard = told(stream);
    const resumed = await open({ after: lastCursor(stream) });
    await until(() => resumed.heard.length >= 1_000 - heard.length, "the rest");
    expect([...heard, ...told(resumed)]).toEqual(added(happened));
    await resumed.leave();
  });

  test("begins in the past: what has happened or has ended since, in the order stored, then what comes", async () => {
    await server.resolve();
    const now = NOON + 3 * DAY;
    server.clock.now = now;
    const [longAgo, over, recent, older] = await Promise.all([
      server.happen(1, { lastSeen: now - HOUR }),
      server.happen(1, { lastSeen: now - WINDOW - 3 * MINUTE }),
      server.happen(1, { lastSeen: now - 2 * MINUTE }),
      server.happen(1, { lastSeen: now - 30 * MINUTE }),
    ]);
    await server.store.resolveDue(now);
    const stream = await open({ since: "5m" });
    await until(() => stream.heard.length >= 2, "what has happened since");
    const changes = await server.happen(2, { lastSeen: now - HOUR });
    await until(() => stream.heard.length >= 4, "what comes");
    expect(told(stream)).toEqual([...added(recent), ...added(over, "RESOLVED"), ...added(changes)]);
    expect([longAgo.length, older.length]).toEqual([1, 1]);
    await stream.leave();
    server.clock.now = NOON;
  });

  const FILTERS: Readonly<Record<string, AskedFilter>> = {
    nothing: {},
    "one namespace": { namespaces: ["shop"] },
    "several namespaces": { namespaces: ["shop", "default", "nowhere"] },
    "an event type": { eventTypes: ["oom-kill"] },
    "a status": { statuses: ["DUPLICATE"] },
    "several statuses": { statuses: ["FIRING", "RESOLVED"] },
    severities: { severities: ["LOW", "CRITICAL"] },
    sources: { sources: ["demo"] },
    "an exact name": { resourceName: "web-1" },
    "a name with a wildcard": { resourceName: "*-1" },
    "a kind": { resourceKind: "Node" },
    "a reason": { reason: "OOMKilling" },
    "a text in another case": { text: "bACK-oFF" },
    "a text beyond ASCII": { text: "é" },
    "a start": { startTime: new Date(NOON + 3 * MINUTE).toISOString() },
    "an end": { endTime: new Date(NOON + 3 * MINUTE).toISOString() },
    "a hook": { hook: { namespace: "shop", name: "on-call" } },
    "several parts": { namespaces: ["shop"], severities: ["HIGH", "LOW"], resourceName: "web-*", text: "back" },
    "what nothing is": { namespaces: ["nowhere"] },
  };

  test("lets through what the filter's predicate does: of what it catches up with and of what comes", async () => {
    const { store } = server;
    const from = store.head;
    await store.append(variety("past"), NOON);
    const asked = Object.entries(FILTERS).filter(([, filter]) => edge.takes(filter));
    const after = store.cursors.encode(from);
    const opened = await Promise.all(
      asked.map(async ([name, filter]) => ({ name, filter, stream: await open({ filter, after }) })),
    );
    await store.append(variety("live"), NOON);
    const { changes } = await store.changesSince(from, 1_000);
    expect(changes).toHaveLength(96);
    let some = 0;
    for (const { name, filter, stream } of opened) {
      const wanted = changes.filter(
        (change): change is EventChange => change.kind !== "gap" && matchesFilter(domain(filter), change.record.event),
      );
      some += wanted.length > 0 && wanted.length < changes.length ? 1 : 0;
      const expected = wanted.map(({ record: { event } }) => `ADDED ${event.id} ${event.status}`);
      await until(() => stream.heard.length >= wanted.length, `what ${name} lets through`);
      expect([name, told(stream)]).toEqual([name, expected]);
    }
    expect(some).toBe(asked.length - 2); // each but the one that wants all and the one that wants none
    await Promise.all(opened.map(({ stream }) => stream.leave()));
  });

  test("a filter of statuses is asked of an event as it is when it is told", async () => {
    await server.resolve();
    const stream = await open({ filter: { statuses: ["RESOLVED"] } });
    const happened = await server.happen(3);
    await server.resolve();
    await until(() => stream.heard.length >= 3, "what is over");
    // Told late of what began while it listened: new to it, or not, as it has passed its beginning.
    expect(stream.heard.map(({ event }) => `${event?.id} ${event?.status}`)).toEqual(
      happened.map(({ record: { event } }) => `${event.id} RESOLVED`),
    );
    await stream.leave();
  });

  test("tells a gap of a source in its place: while the stream is open, and when it is resumed", async () => {
    const gap = { from: NOON - HOUR, to: NOON, reason: "the watch was away for too long", source: "kubernetes" };
    const stream = await open();
    const before = await server.happen();
    await server.store.recordGap(gap);
    const behind = await server.happen();
    const expected = [...added(before), "GAP SOURCE", ...added(behind)];
    expect(await toldNoMore(stream, 3, server)).toEqual(expected);
    expect(stream.heard[1]).toMatchObject({
      event: null,
      gap: {
        cause: "SOURCE",
        from: "2026-11-22T23:00:00.000Z",
        to: "2026-11-23T00:00:00.000Z",
        reason: "the watch was away for too long",
        source: "kubernetes",
      },
    });
    await stream.leave();
    const again = await open({ after: stream.heard[0]?.cursor ?? "", filter: { namespaces: ["nowhere"] } });
    await until(() => again.heard.length > 0, "the gap");
    expect(told(again)).toEqual(["GAP SOURCE"]); // which no filter keeps back
    await again.leave();
    const behindIt = await open({ after: stream.heard[1]?.cursor ?? "" });
    expect((await toldNoMore(behindIt, 2, server))[0]).toEqual(added(behind)[0]);
    await behindIt.leave();
  });

  test.each([
    ["of another store", () => new Cursors({ epoch: "zzz", key: Buffer.alloc(16) }).encode(1)],
    ["of another store, from before cursors were sealed,", () => "zzz-1"],
    ["of this store that was never given out", () => `${server.store.epoch}-1`],
    ["ahead of the store", () => server.store.cursors.encode(server.store.head + 1)],
  ])("tells a gap for a cursor %s, then goes on with what comes, and can be resumed from there", async (_, cursor) => {
    const stream = await open({ after: cursor() });
    await until(() => stream.heard.length === 1, "the gap");
    const happened = await server.happen(2);
    const expected = ["GAP OTHER_STORE", ...added(happened)];
    expect(await toldNoMore(stream, 3, server)).toEqual(expected);
    await stream.leave();
    const resumed = await open({ after: stream.heard[0]?.cursor ?? "" });
    await until(() => resumed.heard.length >= 3, "what came behind the gap");
    expect(told(resumed).slice(0, 2)).toEqual(added(happened));
    await resumed.leave();
  });

  test.each([
    ["a cursor that is none", { after: "no cursor!" }, /no cursor/],
    [
      "a start after the end",
      { filter: { startTime: "2026-11-23T01:00:00Z", endTime: "2026-11-23T00:00:00Z" } },
      /is after/,
    ],
    [
      "a time range beside a start",
      { filter: { startTime: "2026-11-23T01:00:00Z", timeRange: "1h" } },
      /timeRange.*startTime/,
    ],
  ] as const)("refuses %s, naming it, and opens nothing", async (_, asked, message) => {
    await until(() => server.open === 0, "nobody");
    const { opened } = server.counts;
    const stream = await open(asked);
    expect(await stream.ending).toBe("faulty");
    expect(stream.complaints).toEqual([{ code: "BAD_USER_INPUT", detail: expect.stringMatching(message) }]);
    expect(stream.heard).toEqual([]);
    await stream.leave();
    // A GraphQL socket has a place of its own, whatever is asked on it.
    const own = edge.name === "GraphQL" ? 1 : 0;
    expect(server.counts.opened[edge.transport]).toBe(opened[edge.transport] + own);
    await until(() => server.open === 0, "nobody again");
  });

  test("of a subscriber that leaves nothing is left", async () => {
    await until(() => server.open === 0, "nobody");
    const [one, other] = [await open(), await open()];
    expect(server.counts.open[edge.transport]).toBe(2);
    await one.leave();
    await until(() => server.open === 1, "one");
    const happened = await server.happen(2);
    expect(await toldNoMore(other, 2, server)).toEqual(added(happened));
    expect(one.heard).toEqual([]);
    await other.leave();
    await until(() => server.open === 0, "nobody again");
  });
});

describe("behind retention", () => {
  let server: LiveServer;
  beforeAll(async () => {
    server = await LiveServer.start({ store: { retention: { maxAge: HOUR, maxBytes: 1e14 } } });
  });
  afterAll(() => server.close());

  test.each(EDGES)("$name tells a gap, then what is kept, then what comes", async (edge) => {
    const { store } = server;
    const now = (store.head + 1) * DAY + NOON;
    const at = { lastSeen: now };
    const stream = await edge.open(server.url);
    await server.happen(1, at);
    await until(() => stream.heard.length === 1, "one");
    await stream.leave();
    await server.happen(3, at);
    const kept = await server.happen(2, { lastSeen: now + 2 * HOUR });
    while ((await store.prune(now + 2 * HOUR)).more);
    expect(await store.count({})).toBe(2);
    const resumed = await edge.open(server.url, { after: lastCursor(stream) });
    const live = await server.happen(1, { lastSeen: now + 2 * HOUR });
    await until(() => resumed.heard.length >= 4, "a gap and three");
    expect(told(resumed)).toEqual(["GAP RETENTION", ...added(kept), ...added(live)]);
    expect(resumed.heard[0]?.gap).toMatchObject({ from: null, to: new Date(now + 2 * HOUR).toISOString() });
    await resumed.leave();
    // Who heard no more than the gap has the same before it still.
    const again = await edge.open(server.url, { after: lastCursor({ heard: resumed.heard.slice(0, 1) }) });
    await until(() => again.heard.length >= 4, "a gap and three");
    expect(told(again)).toEqual(told(resumed));
    await again.leave();
  });

  test.each(EDGES)("$name begins in the past with a gap when some of it is gone", async (edge) => {
    const now = (server.store.head + 1) * DAY + NOON;
    server.clock.now = now;
    await server.happen(1, { lastSeen: now - 2 * HOUR });
    const kept = await server.happen(1, { lastSeen: now });
    while ((await server.store.prune(now)).more);
    const stream = await edge.open(server.url, { since: "3h" });
    await until(() => stream.heard.length >= 2, "a gap and one");
    expect(told(stream)).toEqual(["GAP RETENTION", ...added(kept)]);
    await stream.leave();
    const whole = await edge.open(server.url, { since: "30m" });
    await until(() => whole.heard.length >= 1, "one");
    expect(told(whole)).toEqual(added(kept));
    await whole.leave();
  });
});

let times = 0;

/** 48 events that differ in all that a filter can ask for. */
function variety(uid: string): readonly MatchedObservation[] {
  const own = `${uid}-${++times}`;
  return Array.from({ length: 48 }, (_, index): MatchedObservation => {
    const namespace = ["shop", "default", "billing"][index % 3] ?? "";
    const kind = index % 5 === 0 ? "Node" : "Pod";
    const base = observation({ uid: `${own}-${index}`, lastSeen: NOON + (index % 8) * MINUTE });
    return {
      ...base,
      namespace,
      source: index % 4 === 0 ? "demo" : "kubernetes",
      eventType: index % 2 === 0 ? "oom-kill" : "pod-restart",
      severity: SEVERITIES[index % 4] ?? "LOW",
      resource: { ...base.resource, kind, name: `web-${index % 7}`, namespace: kind === "Node" ? null : namespace },
      reason: index % 6 === 0 ? "OOMKilling" : "BackOff",
      message: ["Back-off restarting", "killed", "café fermé"][index % 3 === 0 ? index % 2 : 2] ?? "",
      hooks: index % 3 === 0 ? [{ namespace, name: "on-call" }] : [],
    };
  });
}

function domain({ startTime, endTime, timeRange: _, ...rest }: AskedFilter): EventFilter {
  return {
    ...rest,
    ...(startTime === undefined ? {} : { startTime: Date.parse(startTime) }),
    ...(endTime === undefined ? {} : { endTime: Date.parse(endTime) }),
  };
}
