import { expect, test } from "vitest";
import { Batches } from "../../src/cluster/batches.ts";
import { systemClock } from "../../src/cluster/clock.ts";
import { TestClock } from "./testClock.ts";

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

test("what arrives within the delay is delivered together, in order", async () => {
  const delivered: number[][] = [];
  const batches = new Batches<number>({
    clock: systemClock,
    size: 10,
    delay: 15,
    deliver: async (items) => void delivered.push([...items]),
    failed: () => undefined,
  });
  await batches.add(1);
  await batches.add(2);
  expect(delivered).toEqual([]);
  expect(batches.idle).toBe(false);
  await systemClock.sleep(60, new AbortController().signal);
  expect(delivered).toEqual([[1, 2]]);
  expect(batches.idle).toBe(true);
});

test("a full batch waits for nobody, and no batch is larger", async () => {
  const delivered: number[] = [];
  const batches = new Batches<number>({
    clock: new TestClock({ patience: 0 }),
    size: 3,
    delay: 1_000_000,
    deliver: async (items) => void delivered.push(items.length),
    failed: () => undefined,
  });
  for (let i = 0; i < 7; i++) await batches.add(i);
  expect(delivered).toEqual([3, 3]);
  await batches.flush();
  expect(delivered).toEqual([3, 3, 1]);
});

test("while one delivery is under way the next one gathers, and whoever brings too much waits", async () => {
  const slow = gate();
  const delivered: number[][] = [];
  const batches = new Batches<number>({
    clock: new TestClock(),
    size: 2,
    delay: 10,
    deliver: async (items) => {
      delivered.push([...items]);
      await slow.promise;
    },
    failed: () => undefined,
  });
  await batches.add(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await batches.add(2);
  let added = false;
  const adding = batches.add(3).then(() => {
    added = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([delivered, added]).toEqual([[[1]], false]);
  slow.open();
  await adding;
  expect(delivered).toEqual([[1], [2, 3]]);
});

test("a delivery that fails is told once, ends the deliveries, and reaches whoever waits", async () => {
  const failures: unknown[] = [];
  let deliveries = 0;
  const batches = new Batches<number>({
    clock: new TestClock(),
    size: 10,
    delay: 10,
    deliver: async () => {
      deliveries++;
      throw new Error("disk full");
    },
    failed: (error) => failures.push(error),
  });
  await batches.add(1);
  await expect(batches.flush()).rejects.toThrow("disk full");
  await batches.add(2);
  await expect(batches.flush()).rejects.toThrow("disk full");
  expect([failures.length, deliveries]).toEqual([1, 1]);
});
