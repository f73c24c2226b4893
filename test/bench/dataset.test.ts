// The bench's data is what it claims to be: repeatable, in order of time, all of it mapped, most of it repeats.
import { expect, test } from "vitest";
import { END, START, watchEvents } from "./dataset.ts";
import { matched } from "./mapped.ts";

const ROWS = 5_000;
const events = [...watchEvents({ rows: ROWS })];
const observations = events.map(({ object }) => matched(object));

test("equal sizes give equal rows", () => {
  expect([...watchEvents({ rows: ROWS })]).toEqual(events);
});

test("every Event maps, and no state of one occurs twice", () => {
  expect(new Set(observations.map(({ uid, count }) => `${uid}.${count}`)).size).toBe(ROWS);
});

test("Events come in order of time, to the second of their timestamps, inside the span", () => {
  const seconds = observations.map(({ lastSeen }) => Math.floor(lastSeen / 1000));
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(Math.min(...seconds) * 1000).toBeGreaterThanOrEqual(START);
  expect(Math.max(...seconds) * 1000).toBeLessThan(END);
});

test("most are repeats of an Event that is there, as MODIFIED says, with a higher count", () => {
  const counts = new Map<string, number>();
  for (const [index, { type, object }] of events.entries()) {
    const { uid } = object.metadata;
    const before = counts.get(uid);
    const count = observations[index]?.count ?? 0;
    expect(type).toBe(before === undefined ? "ADDED" : "MODIFIED");
    expect(count).toBeGreaterThan(before ?? 0);
    counts.set(uid, count);
  }
  expect(counts.size / ROWS).toBeGreaterThan(0.2);
  expect(counts.size / ROWS).toBeLessThan(0.4);
});

test("both recorders, all four of khook's event types, and events with and without a hook occur", () => {
  expect(new Set(events.map(({ object }) => object.eventTime === null))).toEqual(new Set([true, false]));
  expect(new Set(observations.map(({ eventType }) => eventType))).toEqual(
    new Set(["pod-restart", "oom-kill", "pod-pending", "probe-failed"]),
  );
  expect(new Set(observations.map(({ hooks }) => hooks.length))).toEqual(new Set([0, 1]));
});

test("a watch line is about 1.3 KB", () => {
  const bytes = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0) / ROWS;
  expect(bytes).toBeGreaterThan(1_250);
  expect(bytes).toBeLessThan(1_450);
});
