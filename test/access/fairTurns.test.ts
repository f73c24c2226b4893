// Work in turns: so much at a time, in order, and of those who wait one of each caller after the other.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { FairTurns } from "../../src/access/fairTurns.ts";
import { Turns } from "../../src/http/limits/turns.ts";

test("a caller with much to do waits for itself; the work of others comes between", async () => {
  const turns = new FairTurns({ atOnce: 1, perCaller: 10 });
  const done: string[] = [];
  const work = (caller: string, name: string) =>
    turns.run(caller, async () => {
      done.push(name);
    });
  const all = [work("ann", "a1"), work("ann", "a2"), work("ann", "a3"), work("ann", "a4")];
  all.push(work("bob", "b1"), work("cid", "c1"), work("bob", "b2"));
  await Promise.all(all);
  expect(done).toEqual(["a1", "a2", "b1", "c1", "a3", "b2", "a4"]);
});

test("so much is worked on at a time, work that fails among it, and then there is room as before", async () => {
  const turns = new FairTurns({ atOnce: 2, perCaller: 10 });
  let working = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++working);
    await pause(2);
    working--;
    throw new Error("it failed");
  };
  for (let round = 0; round < 2; round++) {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => turns.run("ann", work)));
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => "rejected"));
  }
  expect(most).toBe(2);
});

test("of one caller's only so much may wait, and of the others' as well", async () => {
  const turns = new FairTurns({ atOnce: 1, perCaller: 2 });
  const work = async () => "done";
  const taken = [1, 2, 3, 4].map(() => turns.run("ann", work));
  expect(taken.map((each) => each !== undefined)).toEqual([true, true, true, false]);
  const other = turns.run("bob", work);
  expect(await Promise.all([...taken.slice(0, 3), other])).toEqual(["done", "done", "done", "done"]);
});

test("whoever waits for the event loop is heard between two pieces of work", async () => {
  const turns = new FairTurns({ atOnce: 1, perCaller: 10 });
  let begun = 0;
  const all = Array.from({ length: 5 }, () =>
    turns.run("ann", async () => {
      begun++;
      for (const end = performance.now() + 6; performance.now() < end; ); // work that never waits
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBeLessThan(5);
  await Promise.all(all);
  expect(begun).toBe(5);
});

test("turns of one socket are taken in order, so many at a time", async () => {
  const turns = new Turns(2);
  const began: number[] = [];
  let working = 0;
  const all = [1, 2, 3, 4, 5].map((index) =>
    turns.run(async () => {
      began.push(index);
      expect(++working).toBeLessThan(3);
      await pause(1);
      working--;
      return index;
    }),
  );
  expect(turns.isBusy).toBe(true);
  expect(await Promise.all(all)).toEqual([1, 2, 3, 4, 5]);
  expect(began).toEqual([1, 2, 3, 4, 5]);
  expect(turns.isBusy).toBe(false);
});
