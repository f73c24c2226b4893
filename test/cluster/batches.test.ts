import { expect, test } from "vitest";
import { Batches } from "../../src/cluster/batches.ts";
import { systemClock } from "../../src/cluster/clock.ts";
import { TestClock } from "./testClock.ts";

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

const counted = async (): Promise<void> => undefined;

test("what arrives within the delay is delivered together, in order", async () => {
  const delivered: number[][] = [];
  const batches = new Batches<number>({
    clock: systemClock,
    size: 10,
    abreast: 1,
    delay: 15,
    delivered: counted,
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
    abreast: 1,
    delay: 1_000_000,
    delivered: counted,
    deliver: async (items) => void delivered.push(items.length),
    failed: () => undefined,
  });
  for (let i = 0; i < 3; i++) await batches.add(i);
  expect(delivered).toEqual([3]);
  for (let i = 0; i < 10; i++) await batches.add(i);
  await batches.flush();
  expect([Math.max(...delivered), delivered.reduce((a, b) => a + b)]).toEqual([3, 13]);
});

test("while one delivery is under way the next one gathers, and whoever brings too much waits", async () => {
  const slow = gate();
  const delivered: number[][] = [];
  const batches = new Batches<number>({
    clock: new TestClock(),
    size: 2,
    abreast: 1,
    delay: 10,
    delivered: counted,
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
    abreast: 1,
    delay: 10,
    delivered: counted,
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

test("full batches are begun abreast, in order, and count in that order whichever ends first", async () => {
  const gates = [gate(), gate(), gate()];
  const begun: number[][] = [];
  let counting = 0;
  const batches = new Batches<number>({
    clock: new TestClock({ patience: 0 }),
    size: 2,
    abreast: 2,
    delay: 1_000_000,
    deliver: async (items) => {
      begun.push([...items]);
      await gates[begun.length - 1]?.promise;
    },
    delivered: async () => void counting++,
    failed: () => undefined,
  });
  for (const item of [1, 2, 3, 4, 5]) await batches.add(item);
  expect(begun).toEqual([
    [1, 2],
    [3, 4],
  ]);
  let added = false;
  const adding = batches.add(6).then(() => {
    added = true;
  });
  gates[1]?.open();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([begun.length, counting, added]).toEqual([2, 0, false]);
  gates[0]?.open();
  await adding;
  expect([begun.at(-1), batches.idle]).toEqual([[5, 6], false]);
  gates[2]?.open();
  await batches.flush();
  expect([counting, batches.idle]).toEqual([3, true]);
});

test("what was begun behind a delivery that fails does not count, and the failure waits for its end", async () => {
  const second = gate();
  const failures: unknown[] = [];
  let begun = 0;
  let counting = 0;
  const batches = new Batches<number>({
    clock: new TestClock({ patience: 0 }),
    size: 1,
    abreast: 2,
    delay: 1_000_000,
    deliver: async () => {
      begun++;
      if (begun === 1) throw new Error("disk full");
      await second.promise;
    },
    delivered: async () => void counting++,
    failed: (error) => failures.push(error),
  });
  await Promise.all([batches.add(1), batches.add(2)]);
  let flushed = false;
  const flushing = batches.flush().catch((error: unknown) => {
    flushed = true;
    return error;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([begun, failures.length, flushed]).toEqual([2, 1, false]);
  second.open();
  expect(await flushing).toMatchObject({ message: "disk full" });
  expect([counting, begun]).toEqual([0, 2]);
});
