// The cluster forgets its Events an hour after their last write; the store does not, and says what it may have missed.
import { expect, test } from "vitest";
import { Stage, type TestGateway, temporaryDirectory } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const noGaps = async ({ gateway }: TestGateway): Promise<void> => expect(await gateway.store.gaps(10)).toEqual([]);

test("Events that run out of time while it watches stay stored, and are no gap", async () => {
  const stage = await Stage.set({ eventTtl: HOUR });
  const { cluster } = stage;
  cluster.happen(150);
  const gateway = await stage.gateway();
  cluster.happen(50);
  const before = await stage.agreement(gateway);
  await stage.letPass(gateway, 75 * MINUTE);
  await until(() => cluster.storage.count("events") === 0, "an empty cluster");
  const after = await stage.lastingAgreement(gateway);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  await noGaps(gateway);
});

test("Events deleted by hand stay stored", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  cluster.happen(20);
  cluster.deleteAll();
  cluster.happen(40);
  const stored = await stage.lastingAgreement(gateway);
  expect(stored.length).toBeGreaterThan(80);
});

test("what ran out of time during a short absence is only what was stored before, so there is no gap", async () => {
  const stage = await Stage.set({ eventTtl: HOUR, past: 55 * MINUTE });
  const { cluster, clock } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(200);
  const first = await stage.gateway({ dataDir });
  const before = await stage.agreement(first);
  await stage.stop(first);
  const count = cluster.storage.count("events");
  clock.advance(40 * MINUTE);
  cluster.toPresent();
  cluster.happen(30, { every: SECOND, repeats: 0 });
  await until(() => cluster.storage.count("events") < count + 30, "Events that run out of time");

  const second = await stage.gateway({ dataDir });
  const after = await stage.lastingAgreement(second);
  expect(after.length).toBeGreaterThan(before.length + 10);
  await noGaps(second);
});

test("a gateway that was down for longer than Events live says from when to when it may have missed something", async () => {
  const stage = await Stage.set({ eventTtl: HOUR });
  const { cluster, clock } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(100);
  const first = await stage.gateway({ dataDir });
  const before = await stage.agreement(first);
  await noGaps(first);
  const stoppedAt = clock.now();
  await stage.stop(first);

  cluster.toPresent();
  cluster.happen(50, { every: SECOND, repeats: 0 });
  clock.advance(2 * HOUR);
  await until(() => cluster.storage.count("events") === 0, "an empty cluster");
  cluster.forgetExpired();
  cluster.toPresent();
  cluster.happen(30, { every: SECOND });

  const startedAt = clock.now();
  const second = await stage.gateway({ dataDir });
  const after = await stage.lastingAgreement(second);
  expect(after.length).toBeGreaterThan(before.length);
  const gaps = await second.gateway.store.gaps(10);
  expect(gaps.map(({ source }) => source)).toEqual(["kubernetes"]);
  // It is remembered every half minute how far all was well.
  const [gap] = gaps;
  expect(gap?.from).toBeGreaterThan(stoppedAt - 5 * MINUTE);
  expect(gap?.from).toBeLessThanOrEqual(stoppedAt);
  expect(gap?.to).toBeGreaterThanOrEqual(startedAt - HOUR - MINUTE);
  expect(gap?.to).toBeLessThanOrEqual(clock.now() - HOUR);
  expect(gap?.reason).toContain("1h");
});

test("an API server that was gone for longer than Events live leaves a gap too, told once", async () => {
  const stage = await Stage.set({ eventTtl: HOUR });
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  cluster.happen(20);
  await stage.agreement(gateway);
  const lostAt = clock.now();
  await cluster.faults.down();
  cluster.away();
  cluster.toPresent();
  cluster.happen(40, { every: SECOND, repeats: 0 });
  clock.advance(3 * HOUR);
  await until(() => cluster.storage.count("events") === 0, "an empty cluster");
  cluster.forgetExpired();
  stage.expireVersions();
  cluster.toPresent();
  cluster.happen(20, { every: SECOND });
  await cluster.faults.up();
  await until(() => gateway.events.listsDone === 2, "another list");
  await gateway.watching();
  cluster.back();
  cluster.happen(20, { every: SECOND });
  await stage.lastingAgreement(gateway);
  const gaps = await gateway.gateway.store.gaps(10);
  expect(gaps).toHaveLength(1);
  expect(gaps[0]?.from).toBeLessThanOrEqual(lostAt);
  expect(gaps[0]?.to).toBeGreaterThan(lostAt);
});

for (const [name, serverAhead] of [
  ["with clocks that agree", 0],
  ["whose clocks are an hour ahead", HOUR],
  ["whose clocks are an hour behind", -HOUR],
] as const) {
  test(`a long absence from a cluster ${name} is no gap when the cluster still has what was written before it`, async () => {
    const stage = await Stage.set({ serverAhead, eventTtl: 24 * HOUR });
    const { cluster, clock } = stage;
    const dataDir = await temporaryDirectory();
    cluster.happen(60);
    const first = await stage.gateway({ dataDir });
    cluster.toPresent();
    cluster.happen(1);
    await stage.agreement(first);
    await stage.stop(first);
    clock.advance(5 * HOUR);
    cluster.toPresent();
    cluster.happen(30, { every: SECOND, repeats: 0 });
    const second = await stage.gateway({ dataDir });
    await stage.lastingAgreement(second);
    await noGaps(second);
  });

  test(`a long absence from a cluster ${name} is a gap when all it has was written since`, async () => {
    const stage = await Stage.set({ serverAhead, eventTtl: HOUR });
    const { cluster, clock } = stage;
    const dataDir = await temporaryDirectory();
    cluster.happen(60);
    const first = await stage.gateway({ dataDir });
    await stage.agreement(first);
    await stage.stop(first);
    clock.advance(80 * MINUTE);
    cluster.toPresent();
    cluster.happen(30, { every: SECOND, repeats: 0 });
    await until(() => cluster.storage.count("events") <= 30, "Events that run out of time");
    cluster.forgetExpired();
    const second = await stage.gateway({ dataDir });
    await stage.lastingAgreement(second);
    expect(await second.gateway.store.gaps(10)).toHaveLength(1);
  });
}
