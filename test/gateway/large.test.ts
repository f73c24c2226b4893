// A busy cluster at the start: 50,000 Events at once, in a process whose memory can be measured.
import { expect, test } from "vitest";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { until } from "./storedEvents.ts";

const MIB = 2 ** 20;

test("50,000 Events at start are stored once each, by pages, and never held as whole objects", async () => {
  const stage = await Stage.set({ pace: 1, podsPerNamespace: 1_500, ascii: true });
  const { cluster } = stage;
  while (cluster.storage.count("events") < 50_000) {
    cluster.happen(50_000 - cluster.storage.count("events"), { every: 50, repeats: 0.1 });
  }
  expect(cluster.storage.count("events")).toBe(50_000);
  const gateway = await GatewayProcess.start(
    processFlags(cluster.kubeconfigPath, await temporaryDirectory()).concat("--log-level", "warn"),
  );
  const url = await gateway.url();
  await until(() => cluster.asked("watch").length > 0, "a watch of Events", 60);
  const peak = gateway.peakMemory();
  cluster.back();

  const stored = await stage.agreement({ url });
  expect(stored.length).toBeGreaterThan(30_000);
  expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
  expect(cluster.asked("list").map(({ query }) => query.get("limit"))).toEqual(
    Array.from({ length: 100 }, () => "500"),
  );
  expect(gateway.stderr).toBe("");
  // Whole, they would take over 100 MB more. What they do take, to the megabyte, is for the bench to say.
  if (process.platform === "linux") expect((peak ?? Number.POSITIVE_INFINITY) / MIB).toBeLessThan(300);
}, 120_000);
