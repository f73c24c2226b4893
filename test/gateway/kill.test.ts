// The gateway killed with no chance to say goodbye, again and again, and what its store holds in the end.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { Random } from "../../src/demo/scenario/random.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { until } from "./storedEvents.ts";

const DAY = 24 * 3_600_000;

test("killed at random moments while it takes in a cluster, it goes on where it was: nothing twice, nothing lost", async () => {
  const stage = await Stage.set({ pace: 1, podsPerNamespace: 250 });
  const { cluster } = stage;
  const dataDir = await temporaryDirectory();
  const random = new Random("kills");
  cluster.happen(6_000, { every: 400, repeats: 0.3 });
  let living = true;
  // Things keep happening, whoever is there to see them.
  const life = (async () => {
    while (living) {
      cluster.toPresent();
      cluster.happen(3, { every: 2, repeats: 0.5 });
      await pause(10);
    }
  })();

  const totals: number[] = [];
  for (let round = 0; round < 6; round++) {
    const gateway = await GatewayProcess.start(processFlags(cluster.kubeconfigPath, dataDir));
    const url = await gateway.url();
    // Some in the middle of what it lists: as soon as a little more is stored than before; some later, while it watches.
    const enough = (totals.at(-1) ?? 0) + random.integer(1, 400);
    await until(async () => (await total(url)) >= enough, "events that are stored", 30);
    if (round >= 3) await pause(random.integer(100, 700));
    gateway.kill("SIGKILL");
    expect(await gateway.exited).toEqual({ code: null, signal: "SIGKILL" });
    totals.push(await rowsOf(dataDir));
  }
  living = false;
  await life;
  expect(totals).toEqual(totals.toSorted((a, b) => a - b));

  const watches = cluster.asked("watch").length;
  const gateway = await GatewayProcess.start(processFlags(cluster.kubeconfigPath, dataDir));
  const url = await gateway.url();
  await until(() => cluster.asked("watch").length > watches, "a watch of Events", 30);
  cluster.back();
  cluster.happen(20, { every: 100 });
  const stored = await stage.agreement({ url });
  expect(stored.length).toBeGreaterThan(4_000);
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
}, 90_000);

async function total(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/events?limit=1`);
  const { pagination } = (await answer.json()) as { readonly pagination: { readonly total: number } }; // as the route says
  return pagination.total;
}

/** Opened as the next start does: a store that was left in the middle of a write is sound, or this throws. */
async function rowsOf(dataDir: string): Promise<number> {
  const retention = { maxAge: 30 * DAY, maxBytes: 2 ** 30 };
  const path = join(dataDir, "events.sqlite");
  const store = await openStore({ path, now: Date.now, dedupWindow: 600_000, retention });
  try {
    return (await store.describe()).records;
  } finally {
    await store.close();
  }
}
