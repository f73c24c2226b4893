// The way from the cluster into the store goes wrong, and health, readiness and liveness tell it, and that it is over.
import { expect, test } from "vitest";
import { checkup, eventsWatch, isHealthy, podFails, untilHealth } from "./checkup.ts";
import { Stage } from "./gateway.ts";
import { until } from "./storedEvents.ts";
import { EVENTS, WATCH_EVENTS } from "./troubledCluster.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test("a gateway that is in sync is healthy everywhere, and says how late events are stored", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(20);
  const gateway = await stage.gateway();
  await untilHealth(gateway, isHealthy, "health");
  podFails(stage.cluster, "shop", stage.clock.now());
  const { health } = await untilHealth(gateway, (seen) => seen.health.pipeline.lag !== null, "a lag");
  expect(health.pipeline.lag?.events).toBe(1);
  expect(health.pipeline.lag?.medianSeconds).toBeLessThan(60);
  expect(health.message).toBe("all is well");
  expect(health.kagent.status).toBe("disabled");
  expect(health.controller.status).toBe("unknown");
  expect(health.store.records).toBeGreaterThan(0);
});

test("an API server that is down is told at once, is unhealthy and not ready after five minutes, and that ends", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  const gateway = await stage.gateway();
  const { health } = await untilHealth(gateway, isHealthy, "health");

  const downAt = clock.now();
  await cluster.faults.down();
  const degraded = await untilHealth(gateway, (seen) => seen.health.status === "degraded", "a degraded pipeline");
  expect(degraded.health.pipeline.status).toBe("degraded");
  expect(degraded.readyz).toBe(200);
  const since = Date.parse(degraded.health.pipeline.since);
  expect(since).toBeGreaterThanOrEqual(downAt);
  expect(since).toBeGreaterThan(Date.parse(health.pipeline.since));
  // It stays so while it tries again and again.
  for (let tries = 0; tries < 10; tries++) {
    clock.advance(20 * SECOND);
    expect((await checkup(gateway)).health.pipeline).toMatchObject({
      status: "degraded",
      since: degraded.health.pipeline.since,
    });
  }

  clock.advance(2 * MINUTE);
  const unhealthy = await untilHealth(gateway, ({ code }) => code === 503, "ill health");
  expect(unhealthy.readyz).toBe(503);
  expect(unhealthy.ready).toContain("[-]sync failed: stale: not in sync");
  expect(unhealthy.health.message).toMatch(/^pipeline: .*not in sync for \d+m/);
  expect(unhealthy.health.server.status).toBe("healthy");
  expect(unhealthy.health.store.status).toBe("healthy");

  await cluster.faults.up();
  const upAt = clock.now();
  const recovered = await untilHealth(gateway, isHealthy, "recovery");
  expect(Date.parse(recovered.health.since)).toBeGreaterThan(upAt);
  expect(eventsWatch(recovered).lastError).not.toBeNull(); // it stays
});

test("a watch that falls silent is noticed when it should have ended; a server that hangs is stale, also between tries", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  const gateway = await stage.gateway();
  clock.advance(5 * SECOND);
  const silence = cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "silence" }, times: 1 });
  cluster.faults.closeWatches(EVENTS);
  await until(() => silence.hits === 1, "a silent watch");
  await untilHealth(gateway, isHealthy, "nothing to be seen of it yet");

  const hanging = cluster.faults.add({ match: EVENTS, effect: { do: "stall" } });
  clock.advance(11 * MINUTE);
  const degraded = await untilHealth(gateway, (seen) => eventsWatch(seen).status === "degraded", "a watch in trouble");
  expect(eventsWatch(degraded)).toMatchObject({ message: "the watch fell silent" });
  await until(() => hanging.hits > 0, "another try");
  const statuses = new Set<string>();
  for (let tries = 0; tries < 8; tries++) {
    clock.advance(75 * SECOND);
    await clock.sleep(2 * SECOND, new AbortController().signal);
    statuses.add(eventsWatch(await checkup(gateway)).status);
  }
  expect([...statuses]).toEqual(["degraded", "unhealthy"]);
  expect((await checkup(gateway)).readyz).toBe(503);

  cluster.faults.clear();
  clock.advance(75 * SECOND);
  const recovered = await untilHealth(gateway, isHealthy, "recovery");
  expect(eventsWatch(recovered).restarts.silent).toBeGreaterThan(0);
});

test("without the Hook CRD it is degraded and ready, for as long as that is, and healthy once it is installed", async () => {
  const stage = await Stage.set({ crd: false });
  const { cluster, clock } = stage;
  const gateway = await stage.gateway();
  const missing = await untilHealth(gateway, (seen) => seen.readyz === 200, "readiness");
  for (let tries = 0; tries < 20; tries++) {
    clock.advance(30 * SECOND);
    const { code, readyz, health } = await checkup(gateway);
    expect([code, readyz, health.status]).toEqual([200, 200, "degraded"]);
    expect(health.pipeline.since).toBe(missing.health.pipeline.since);
    expect(health.pipeline.message).toContain("its CRD is not installed");
  }
  cluster.installCrd();
  clock.advance(30 * SECOND);
  await untilHealth(gateway, isHealthy, "recovery");
});

test("who may not read Events is not ready and says so, until it may", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(20);
  const fault = cluster.faults.add({ match: EVENTS, effect: { do: "answer", code: 403 } });
  const gateway = await stage.startGateway();
  const degraded = await untilHealth(gateway, (seen) => eventsWatch(seen).phase === "FORBIDDEN", "a refusal");
  expect([degraded.code, degraded.readyz]).toEqual([200, 503]);
  expect(degraded.ready).toContain("[-]sync failed: the first list is not done");
  expect(degraded.health.pipeline.message).toContain("forbidden");
  clock.advance(5 * MINUTE);
  await untilHealth(gateway, ({ code }) => code === 503, "ill health");
  fault.remove();
  clock.advance(30 * SECOND);
  await untilHealth(gateway, isHealthy, "recovery");
});

test("without a cluster it is degraded at first, and unhealthy when none has come", async () => {
  const stage = await Stage.set();
  const gateway = await stage.startGateway({ kubeconfig: "/nowhere/kubeconfig" });
  const first = await untilHealth(gateway, (seen) => eventsWatch(seen).phase === "UNCONFIGURED", "no cluster");
  expect([first.health.status, first.readyz]).toEqual(["degraded", 503]);
  stage.clock.advance(5 * MINUTE);
  const { health } = await untilHealth(gateway, ({ code }) => code === 503, "ill health");
  expect(health.pipeline.message).toContain("kubeconfig");
});
