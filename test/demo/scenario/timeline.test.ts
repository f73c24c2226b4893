// Checks virtual time: order, scripts, and that the size of steps does not matter.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lru } from "../../../src/demo/scenario/lru.ts";
import { type Script, Timeline } from "../../../src/demo/scenario/timeline.ts";

describe("the timeline", () => {
  it("lets things happen in order of time, and of asking when the time is the same", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const timeline = new Timeline(0);
        const seen: [number, number][] = [];
        for (const [index, at] of times.entries()) timeline.schedule(at, () => seen.push([timeline.now, index]));
        timeline.runUntil(20);
        const expected = times
          .map((at, index): [number, number] => [at, index])
          .sort(([one, first], [other, second]) => one - other || first - second);
        expect(seen).toEqual(expected);
      }),
    );
  });

  it("plays a script to its end and says so", () => {
    const timeline = new Timeline(1000);
    const seen: string[] = [];
    function* script(): Script {
      seen.push(`start at ${timeline.now}`);
      yield 500;
      seen.push(`middle at ${timeline.now}`);
      yield 250;
    }
    timeline.play(script(), () => seen.push(`end at ${timeline.now}`));
    timeline.runUntil(1600);
    expect(seen).toEqual(["start at 1000", "middle at 1500"]);
    expect(timeline.next).toBe(1750);
    timeline.runUntil(5000);
    expect(seen.at(-1)).toBe("end at 1750");
    expect(timeline.now).toBe(5000);
    expect(timeline.pending).toBe(0);
  });

  it("never goes back, and does late what was asked for the past", () => {
    const timeline = new Timeline(1000);
    let at = 0;
    timeline.schedule(10, () => {
      at = timeline.now;
    });
    timeline.runUntil(500);
    expect(timeline.now).toBe(1000);
    timeline.runUntil(1000);
    expect(at).toBe(1000);
  });
});

describe("the bounded cache", () => {
  it("forgets what was used longest ago, reading being a use", () => {
    const lru = new Lru<string, number>(2);
    lru.set("a", 1);
    lru.set("b", 2);
    expect(lru.get("a")).toBe(1);
    lru.set("c", 3);
    expect([lru.get("a"), lru.get("b"), lru.get("c"), lru.size]).toEqual([1, undefined, 3, 2]);
  });
});
