// What goes wrong with a watch, and what the store holds afterwards: the same as if nothing had.
import { expect, test } from "vitest";
import { Stage } from "./gateway.ts";
import { until } from "./storedEvents.ts";
import { EVENTS, LIST_EVENTS, WATCH_EVENTS } from "./troubledCluster.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test("undisturbed, it stores each state that counts once, with the status that event time gives it", async () => {
  const stage = await Stage.set({ past: 55 * MINUTE });
  const { cluster } = stage;
  cluster.happen(150);
  const gateway = await stage.gateway();
  cluster.happen(150);
  cluster.toPresent();
  cluster.happen(20, { every: 100, repeats: 0.2 });
  const stored = await stage.lastingAgreement(gateway);

  // The comparison compares something: all statuses, both recorders, repeats, and jumps.
  expect(new Set(stored.map(({ status }) => status))).toEqual(new Set(["firing", "duplicate", "resolved"]));
  expect(new Set(stored.map(({ eventType }) => eventType)).size).toBe(4);
  expect(stored.filter(({ count }) => count > 1).length).toBeGreaterThan(50);
  expect(stored.filter(({ occurrences }) => occurrences > 1).length).toBeGreaterThan(10);
  expect(stored.length).toBeLessThan(cluster.given.length);
  expect(gateway.warnings).toEqual([]);

  // What fires is over ten minutes after it began, by event time, however late that is noticed.
  await stage.letPass(gateway, 12 * MINUTE);
  const later = await stage.agreement(gateway);
  expect(later.filter(({ status }) => status === "firing")).toEqual([]);
  expect(later.length).toBe(stored.length);
});

test("a version that has expired while the watch was closed costs a list and nothing else", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  for (let round = 1; round <= 4; round++) {
    clock.advance(5 * SECOND);
    // The next watch is kept waiting, so that the cluster moves on and forgets before it is answered.
    const held = cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "delay", ms: 100 }, times: 1 });
    cluster.away();
    cluster.faults.closeWatches(EVENTS);
    await until(() => held.hits === 1, "the next watch");
    cluster.happen(30);
    stage.expireVersions();
    await gateway.restarted("expired", round);
    await until(() => gateway.events.listsDone === 1 + round, "the next list");
    await gateway.watching();
    cluster.back();
    cluster.happen(10);
    await stage.agreement(gateway);
  }
  expect(gateway.events.restarts.expired).toBe(4);
  expect(gateway.warnings).toEqual([]); // it is routine
  await stage.lastingAgreement(gateway);
});

test("a list that fails for a while is asked for until it works", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  clock.advance(5 * SECOND);
  const faults = [500, 504, 429, 503, 500].map((code) =>
    cluster.faults.add({ match: LIST_EVENTS, effect: { do: "answer", code }, times: 1 }),
  );
  cluster.away();
  cluster.happen(20);
  stage.expireVersions();
  const asked = cluster.asked("list").length;
  cluster.faults.closeWatches(EVENTS);
  await until(() => gateway.events.listsDone === 2, "the next list");
  await gateway.watching();
  cluster.back();
  cluster.happen(20);
  await stage.agreement(gateway);
  // A rule later in the row is hit by the requests that an earlier one spoils as well.
  expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1, 1, 1]);
  expect(cluster.asked("list").length - asked).toBeLessThan(10);
  await stage.lastingAgreement(gateway);
});

test("a list that fails in the middle of its pages is begun again and stored once", async () => {
  const stage = await Stage.set({ podsPerNamespace: 100 });
  const { cluster } = stage;
  cluster.happen(1800, { every: 1_000 });
  const second = { ...LIST_EVENTS, query: { continue: /./ } };
  cluster.faults.add({ match: second, effect: { do: "answer", code: 500 }, times: 1 });
  cluster.faults.add({ match: second, effect: { do: "answer", code: 410 }, times: 1, skip: 2 });
  cluster.faults.add({ match: second, effect: { do: "drop" }, times: 1, skip: 3 });
  const gateway = await stage.gateway();
  expect(cluster.storage.count("events")).toBeGreaterThan(1000);
  expect(cluster.asked("list").length).toBeGreaterThan(6);
  await stage.lastingAgreement(gateway);
});

test("watches that end cleanly without a line, again and again, lead to lists and not to a hot loop", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  clock.advance(5 * SECOND);
  const closes = cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "close" } });
  const before = cluster.asked().length;
  cluster.away();
  cluster.faults.closeWatches(EVENTS);
  for (let i = 0; i < 12; i++) {
    cluster.happen(5);
    await clock.sleep(5 * SECOND, new AbortController().signal);
  }
  // Waits double from 0.8 s on, so in a minute there is room for six, each with a list and a watch.
  expect(closes.hits).toBeGreaterThan(2);
  expect(closes.hits).toBeLessThan(9);
  expect(cluster.asked().length - before).toBeLessThan(18);
  // It has listed again and again, so what happened is there although no watch ever said it.
  await stage.agreement(gateway);
  const asked = cluster.asked("watch").length;
  closes.remove();
  await until(() => cluster.asked("watch").length > asked, "a watch that lasts");
  await gateway.watching();
  expect(gateway.events.restarts.silentClose).toBeGreaterThan(2);
  cluster.back();
  cluster.happen(20);
  await stage.lastingAgreement(gateway);
});
