// What a caller has left: full at first, gone when used, back with time, and nobody else's.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { Allowance } from "../../../src/http/limits/allowance.ts";

/** So slow that nothing comes back while a test runs. */
const SLOW = { perSecond: 0.01, burst: 3 };

test("a caller begins with all of it, and is refused when it is used up, with the seconds until there is more", () => {
  const allowance = new Allowance(SLOW);
  const taken = [1, 2, 3, 4].map(() => allowance.take("ann", 1));
  expect(taken.map(({ isRefused, remaining }) => [isRefused, remaining])).toEqual([
    [false, 2],
    [false, 1],
    [false, 0],
    [true, 0],
  ]);
  expect(taken[0]).toMatchObject({ limit: 3, reset: 100 });
  expect(taken[2]).toMatchObject({ limit: 3, reset: 300 });
  expect(taken[3]).toMatchObject({ limit: 3, reset: 100 });
  expect(allowance.take("bob", 1).isRefused).toBe(false);
});

test("what was used comes back at its rate", async () => {
  const allowance = new Allowance({ perSecond: 100, burst: 2 });
  allowance.take("ann", 2);
  expect(allowance.take("ann", 2)).toMatchObject({ isRefused: true, reset: 1 });
  await pause(60);
  expect(allowance.take("ann", 2).isRefused).toBe(false);
});

test("what is more than all of it takes all of it, so that nothing is out of reach", () => {
  const allowance = new Allowance(SLOW);
  expect(allowance.take("ann", Number.POSITIVE_INFINITY)).toMatchObject({ isRefused: false, remaining: 0 });
  expect(allowance.take("ann", 100)).toMatchObject({ isRefused: true, reset: 300 });
});

test("what is given back can be taken again, and is never more than there was", () => {
  const allowance = new Allowance({ perSecond: 0.01, burst: 1 });
  allowance.take("ann", 1);
  allowance.giveBack("ann", 1);
  allowance.giveBack("ann", 1);
  expect(allowance.take("ann", 1).isRefused).toBe(false);
  expect(allowance.take("ann", 1)).toMatchObject({ isRefused: true, reset: 100 });
});

test("callers are remembered in a bounded number, and who was away longest begins anew", () => {
  const allowance = new Allowance({ perSecond: 0.01, burst: 1 }, 2);
  for (const caller of ["ann", "bob", "cid"]) allowance.take(caller, 1);
  expect(["bob", "cid", "ann"].map((caller) => allowance.take(caller, 1).isRefused)).toEqual([true, true, false]);
});
