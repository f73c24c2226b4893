// The status rules, held against a second, simpler way of computing them: walk the times in order.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventId } from "../../src/events/event.ts";
import { type IncidentHead, settle } from "../../src/events/incident.ts";

const WINDOW = 600_000;
const head = (startedAt: number): IncidentHead => ({ id: `head-${startedAt}.1` as EventId, startedAt });

describe("an observation at minute 20", () => {
  const at = 20 * 60_000;
  test("fires when nothing of its key is known", () => {
    expect(settle(at, undefined, undefined, WINDOW, at)).toEqual({
      status: "FIRING",
      duplicateOf: null,
      resolvedAt: null,
      endsAt: at + WINDOW,
    });
  });
  test("repeats an incident that began less than ten minutes before", () => {
    expect(settle(at, head(at - WINDOW + 1), undefined, WINDOW, at)).toMatchObject({
      status: "DUPLICATE",
      duplicateOf: `head-${at - WINDOW + 1}.1`,
    });
  });
  test("fires again exactly ten minutes after the incident began", () => {
    expect(settle(at, head(at - WINDOW), undefined, WINDOW, at).status).toBe("FIRING");
  });
  test("is resolved at once when its window has passed before it was seen", () => {
    expect(settle(at, undefined, undefined, WINDOW, at + WINDOW)).toMatchObject({
      status: "RESOLVED",
      resolvedAt: at + WINDOW,
    });
  });
  test("ends early, and never moves it, when a later incident is known already", () => {
    expect(settle(at, undefined, head(at + 1000), WINDOW, at + 2000)).toMatchObject({
      status: "RESOLVED",
      resolvedAt: at + 1000,
    });
  });
  test("still fires when the later incident lies in the future, as a clock that is ahead would have it", () => {
    expect(settle(at, undefined, head(at + 3_600_000), WINDOW, at)).toMatchObject({ status: "FIRING" });
  });
});

test("a replay long after gives every observation the role it had live", () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 100 * 60_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, (unordered) => {
      const ordered = unordered.toSorted((a, b) => a - b);
      expect(heads(ordered, (at) => at)).toEqual(simpleHeads(ordered));
      expect(heads(ordered, () => 1e9)).toEqual(simpleHeads(ordered));
    }),
  );
});

/** The heads that settle makes of times in order, each seen at `now(time)`. */
function heads(times: readonly number[], now: (at: number) => number): readonly number[] {
  const found: number[] = [];
  for (const at of times) {
    const latest = found.at(-1);
    const settled = settle(at, latest === undefined ? undefined : head(latest), undefined, WINDOW, now(at));
    if (settled.duplicateOf === null) found.push(at);
  }
  return found;
}

function simpleHeads(times: readonly number[]): readonly number[] {
  const found: number[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const at of times) {
    if (at < until) continue;
    found.push(at);
    until = at + WINDOW;
  }
  return found;
}
