// Checks the seeded generator against the published sequence and against what the scenario needs of it.
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/demo/scenario/random.ts";

describe("the seeded generator", () => {
  it("gives the sequence of the reference implementation from the state 1, 2, 3, 4", () => {
    // First ten outputs of xoshiro128starstar.c, as the rand_xoshiro crate checks them.
    const reference = [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ];
    const random = new Random("unused", [1, 2, 3, 4]);
    expect(reference.map(() => random.bits())).toEqual(reference);
  });

  it("gives one sequence for one seed and another for another", () => {
    const draw = (seed: string) =>
      Array.from(
        { length: 8 },
        (
          (random) => () =>
            random.bits()
        )(new Random(seed)),
      );
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
  });

  it("forks by name alone, however much was drawn before", () => {
    const fresh = new Random("seed");
    const used = new Random("seed");
    used.uuid();
    expect(used.fork("kubelet").bits()).toBe(fresh.fork("kubelet").bits());
    expect(fresh.fork("kubelet").bits()).not.toBe(fresh.fork("scheduler").bits());
  });

  it("stays within its bounds and reaches both of them", () => {
    const random = new Random("bounds");
    const drawn = new Set(Array.from({ length: 500 }, () => random.integer(3, 7)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6, 7]);
  });

  it("makes version 4 UUIDs that differ", () => {
    const random = new Random("uuid");
    const uuids = Array.from({ length: 1000 }, () => random.uuid());
    expect(new Set(uuids).size).toBe(1000);
    for (const uuid of uuids)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("waits about the mean", () => {
    const random = new Random("waiting");
    const waits = Array.from({ length: 20_000 }, () => random.waiting(100));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    // The cut at four times the mean takes 1.8 % off an exponential distribution.
    expect(mean).toBeGreaterThan(95);
    expect(mean).toBeLessThan(102);
    expect(Math.max(...waits)).toBeLessThanOrEqual(400);
  });
});
