// How long clients wait: somewhere up to a bound that doubles and ends, never less than they were told.
import fc from "fast-check";
import { expect, test } from "vitest";
import { backoff } from "../../src/client/backoff.ts";

test("the bound doubles from half a second to half a minute, and anything below it can come", () => {
  const bounds = Array.from({ length: 9 }, (_, failures) => backoff(failures, 1));
  expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(backoff(5, 0)).toBe(0);
  expect(backoff(5, 0.25)).toBe(4_000);
});

test("however often it failed and whatever the dice say, it is bounded, and never below what the gateway asked for", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(100_000), (failures, random, atLeast) => {
      const wait = backoff(failures, random, atLeast);
      expect(wait).toBeGreaterThanOrEqual(atLeast);
      expect(wait).toBeLessThanOrEqual(Math.max(atLeast, 30_000));
    }),
  );
});
