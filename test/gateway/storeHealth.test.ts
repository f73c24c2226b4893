// The store and the process go wrong, and health tells it, and that it is over.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, renameSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type Checkup, checkup, isHealthy, podFails, untilHealth } from "./checkup.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const SECOND = 1_000;

const isUnhealthy = ({ code, health }: Checkup) => code === 503 && health.store.status === "unhealthy";

async function stored() {
  const stage = await Stage.set();
  stage.cluster.happen(20);
  const dataDir = await temporaryDirectory();
  const gateway = await stage.gateway({ dataDir });
  await untilHealth(gateway, isHealthy, "health");
  return { stage, gateway, path: join(dataDir, "events.sqlite") };
}

test("a full disk is told, what is stored is still read, and all is stored when there is room again", async () => {
  const { stage, gateway, path } = await stored();
  const { cluster, clock } = stage;
  const before = await gateway.gateway.store.count({});
  onTestFinished(() => limitFiles("unlimited"));
  limitFiles(String(statSync(`${path}-wal`).size));
  const pods = 30;
  for (let pod = 0; pod < pods; pod++) podFails(cluster, "shop", clock.now());
  const full = await untilHealth(gateway, isUnhealthy, "a store that is not written");
  expect(full.health.store).toMatchObject({ writable: false, records: before });
  expect(full.health.message).toContain("store: ");
  expect(full.readyz).toBe(200); // it answers from what it has
  expect((await fetch(`${gateway.url}/api/v1/events`)).status).toBe(200);

  limitFiles("unlimited");
  const recovered = await untilHealth(
    gateway,
    (seen) => {
      clock.advance(5 * SECOND);
      return isHealthy(seen);
    },
    "recovery",
  );
  expect(recovered.health.store.writable).toBe(true);
  await until(async () => (await gateway.gateway.store.count({})) === before + pods, "all of it");
});

test("a store file that is removed, or replaced by another, is told until it is back", async () => {
  const { gateway, path } = await stored();
  renameSync(path, `${path}.away`);
  const removed = await untilHealth(gateway, isUnhealthy, "a removed file");
  expect(removed.health.store.message).toBe(`${path} was removed: what is stored now is lost at the next start`);
  copyFileSync(`${path}.away`, path);
  const replaced = await untilHealth(gateway, (seen) => seen.health.store.message.includes("not the file"), "another");
  expect(replaced.health.store.since).toBe(removed.health.store.since);
  rmSync(path);
  renameSync(`${path}.away`, path);
  await untilHealth(gateway, isHealthy, "recovery");
});

test("a database that cannot be read is told with the reason, and the process lives", async () => {
  const { stage, gateway, path } = await stored();
  truncateSync(path, 0);
  if (existsSync(`${path}-wal`)) truncateSync(`${path}-wal`, 0);
  podFails(stage.cluster, "shop", stage.clock.now());
  const { health } = await untilHealth(gateway, isUnhealthy, "a store that cannot be read");
  expect(health.store.message).toMatch(/could not be (read|written)|malformed|disk/);
});

test("memory near its limit is degraded, and healthy again with room", async () => {
  let limit: number | null = null;
  const stage = await Stage.set();
  const gateway = await stage.gateway({ memoryLimit: () => limit });
  expect((await untilHealth(gateway, isHealthy, "health")).health.process.memoryLimitBytes).toBeNull();
  limit = process.memoryUsage().rss;
  const near = await untilHealth(gateway, ({ health }) => health.process.status === "degraded", "too little memory");
  expect([near.code, near.readyz, near.health.status]).toEqual([200, 200, "degraded"]);
  expect(near.health.process.message).toMatch(/^memory: \d+ of \d+ MiB$/);
  limit *= 4;
  await untilHealth(gateway, isHealthy, "recovery");
});

test("an event loop that is held up is degraded, and healthy when it turns again", async () => {
  const stage = await Stage.set({ pace: 1 });
  const gateway = await stage.gateway();
  await untilHealth(gateway, isHealthy, "health");
  const statuses = new Set<string>();
  for (let round = 0; round < 6 && !statuses.has("degraded"); round++) {
    for (const end = performance.now() + 700; performance.now() < end; );
    await pause(250);
    const { process } = (await checkup(gateway)).health;
    statuses.add(process.status);
  }
  expect([...statuses]).toEqual(["healthy", "degraded"]);
  await untilHealth(gateway, isHealthy, "recovery");
});

/** Bytes beyond which this process can write no file: to it, a disk that is full. */
function limitFiles(bytes: string): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}
