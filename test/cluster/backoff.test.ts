import fc from "fast-check";
import { expect, test } from "vitest";
import { Backoff } from "../../src/cluster/backoff.ts";

test("without jitter the waits double from 0.8 s and end at 30 s", () => {
  const backoff = new Backoff(() => 0);
  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
    800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
  ]);
});

test("whatever chance says, a wait is between 0.8 s and 30 s", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(40), (chance, tries) => {
      const backoff = new Backoff(() => chance);
      for (let i = 0; i < tries; i++) backoff.next();
      const wait = backoff.next();
      return wait >= 800 && wait <= 30_000;
    }),
  );
});

test("what the server asks for is the least, even past 30 s", () => {
  const backoff = new Backoff(() => 0);
  expect(backoff.next(7_000)).toBe(7_000);
  expect(backoff.next(45_000)).toBe(45_000);
  expect(backoff.next(1)).toBe(3_200);
});

test("after a reset it begins small", () => {
  const backoff = new Backoff(() => 0);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect([backoff.attempts, backoff.next()]).toEqual([0, 800]);
});
