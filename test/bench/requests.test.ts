// Nobody wins the bench by being wrong: what a server answers is told from what it should have answered.
import { expect, test } from "vitest";
import { seeded } from "./random.ts";
import { REQUESTS } from "./requests.ts";

const ROWS = 1_000_000;

interface Asked {
  readonly namespace: string;
  readonly start: number;
  readonly end: number;
}

/** What a list request asks, read from its text by hand. */
function asked(text: string): Asked {
  const url = new URL(text.split(" ")[1] ?? "", "http://localhost");
  const instant = (name: string): number => Date.parse(url.searchParams.get(name) ?? "");
  return { namespace: url.pathname.split("/").at(-1) ?? "", start: instant("startTime"), end: instant("endTime") };
}

/** The body of an answer, newest first unless `step` goes up. */
function answer({ namespace, end }: Asked, events: number, total: number, step = -1000): string {
  const list = Array.from({ length: events }, (_, index) => ({
    id: `uid-${index}.1`,
    namespace,
    timestamp: new Date(end - 5_000_000 + (index + 1) * step).toISOString(),
    message: "Back-off restarting failed container",
    status: "resolved",
    hooks: [],
  }));
  return JSON.stringify({ events: list, pagination: { total, hasMore: total > 50, nextCursor: null } });
}

const list = REQUESTS.list(seeded(3), { rows: ROWS });
const range = asked(list.text);

test("a page of fifty in order, in range, of the namespace is right", () => {
  expect(list.fault(answer(range, 50, 800))).toBeUndefined();
});

test("a page that is too short, out of order, out of range or of another namespace is wrong", () => {
  expect(list.fault(answer(range, 49, 800))).toMatch("49 events of 800");
  expect(list.fault(answer(range, 50, 800, 1000))).toMatch("out of range or order");
  expect(list.fault(answer({ ...range, end: range.start }, 50, 800))).toMatch("out of range or order");
  expect(list.fault(answer({ ...range, namespace: "elsewhere" }, 50, 800))).toMatch("namespace elsewhere");
});

test("an answer that GraphQL refused is wrong", () => {
  const { fault } = REQUESTS.graphql(seeded(3), { rows: ROWS });
  expect(fault(JSON.stringify({ errors: [{ message: "no" }] }))).toMatch("no data");
});

test("counts that do not add up are wrong", () => {
  const { fault } = REQUESTS.summary(seeded(3));
  const summary = { totalEvents: 5_000, activeEvents: 1_000, duplicateEvents: 3_000, resolvedEvents: 1_000 };
  expect(fault(JSON.stringify({ summary, byType: { "oom-kill": { count: 5_000 } } }))).toBeUndefined();
  expect(fault(JSON.stringify({ summary, byType: { "oom-kill": { count: 4_999 } } }))).toMatch("do not add up");
});

test("requests that are to differ never repeat in a run", () => {
  for (const kind of ["list", "graphql", "summary", "trends", "trendsOfDay", "firing", "deep"] as const) {
    const random = seeded(11);
    const texts = Array.from({ length: 1_000 }, () => REQUESTS[kind](random, { rows: ROWS }).text);
    expect(new Set(texts).size, kind).toBe(1_000);
  }
});

test("repeated requests are the same for every seed", () => {
  const texts = [1, 2].map((seed) => REQUESTS.listRepeated(seeded(seed), { rows: ROWS }).text);
  expect(texts[0]).toBe(texts[1]);
});
