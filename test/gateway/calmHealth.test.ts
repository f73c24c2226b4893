// No false alarms: a quiet cluster and a busy one are healthy at every look.
import { expect, test } from "vitest";
import { type Checkup, checkup, isHealthy, khookActs, podFails, renewLease, untilHealth } from "./checkup.ts";
import { Stage, startTestGateway, type TestGateway } from "./gateway.ts";
import { HurriedClock } from "./hurriedClock.ts";
import { until } from "./storedEvents.ts";
import { EVENTS, WATCH_EVENTS } from "./troubledCluster.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function expectCalm(seen: Checkup, since: Checkup): void {
  expect(seen.health.message).toBe("all is well");
  expect(isHealthy(seen)).toBe(true);
  for (const part of ["pipeline", "store", "process"] as const) {
    expect([part, seen.health[part].since]).toEqual([part, since.health[part].since]);
  }
  expect(seen.health.since).toBe(since.health.since);
}

test("a quiet cluster is healthy for an hour at every look, while watches are closed, Events and versions expire", async () => {
  const stage = await Stage.set({ eventTtl: HOUR, past: 55 * MINUTE });
  const { cluster, clock } = stage;
  cluster.hook("shop", "hook", ["pod-restart"]);
  cluster.happen(40);
  khookActs(cluster, "shop", clock.now());
  const gateway = await stage.gateway();
  renewLease(cluster, "khook-0", clock.now());
  clock.advance(30 * SECOND);
  const first = await untilHealth(
    gateway,
    (seen) => isHealthy(seen) && seen.health.controller.status === "healthy",
    "health",
  );
  const opened = gateway.events.watchesOpened;
  for (let minute = 1; minute <= 61; minute++) {
    for (const at of [20, 40, 60]) {
      renewLease(cluster, "khook-0", clock.now());
      clock.advance(20 * SECOND);
      if (at === 40) expectCalm(await checkup(gateway), first);
    }
    if (minute % 4 > 0) continue;
    // As every API server does; and by now the version of a quiet watch is forgotten.
    if (minute % 8 === 0) stage.expireVersions();
    const { watchesOpened } = gateway.events;
    const isClosedAtOnce = minute % 12 === 0;
    if (isClosedAtOnce) cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "close" }, times: 1 });
    cluster.faults.closeWatches();
    expectCalm(await checkup(gateway), first);
    const next = watchesOpened + (isClosedAtOnce ? 2 : 1);
    await until(() => gateway.events.watchesOpened >= next, "the next watch");
    expectCalm(await checkup(gateway), first);
  }
  expect(gateway.events.watchesOpened - opened).toBeGreaterThan(14);
  expect(gateway.events.restarts.expired).toBeGreaterThan(3);
  expect(gateway.events.restarts.silentClose).toBeGreaterThan(3);
  expect(gateway.warnings).toEqual([]);
});

test("hooks in namespaces in which nothing happens are no alarm, nor is one in which khook always answers", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  for (const namespace of ["shop", "billing", "search"]) cluster.hook(namespace, "hook", ["pod-restart"]);
  const gateway = await stage.gateway();
  await untilHealth(gateway, isHealthy, "health");
  for (let round = 0; round < 10; round++) {
    podFails(cluster, "shop", clock.now());
    khookActs(cluster, "shop", clock.now());
    await stage.letPass(gateway, 6 * MINUTE);
    expect(isHealthy(await checkup(gateway))).toBe(true);
  }
});

test("a busy demo is healthy from when it is in sync, with khook and its Lease", async () => {
  const clock = new HurriedClock({ pace: 1 });
  const gateway: TestGateway = await startTestGateway({ kubeconfig: "unused", clock, flags: ["--demo"] });
  await gateway.gateway.ready;
  const first = await untilHealth(
    gateway,
    (seen) => isHealthy(seen) && seen.health.controller.status === "healthy",
    "health",
  );
  expect(first.health.controller.message).toMatch(/^led by khook-/);
  const end = performance.now() + 2_000;
  while (performance.now() < end) {
    expectCalm(await checkup(gateway), first);
    await fetch(`${gateway.url}/api/v1/events?limit=100`);
  }
  expect((await checkup(gateway)).health.store.records).toBeGreaterThan(100);
  expect(gateway.gateway.watches().find(({ path }) => path.endsWith(EVENTS.resource))?.phase).toBe("WATCHING");
});
