// How long the gateway takes from its start until it has stored what a busy cluster holds, and what memory that takes.
// Its store is empty at each start, so it has everything to do.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ADMIN_TOKEN } from "../../../src/demo/server/access.ts";
import { ROOT, scratch } from "../cache.ts";
import { Child } from "../child.ts";
import { Connection } from "../client.ts";
import type { FillOrder } from "../cluster.ts";
import { figure, ratios, under } from "../figures.ts";
import { launchGateway, portOf } from "../gatewayProcess.ts";
import { type Findings, pause, type SectionContext } from "./section.ts";
import { storedInTime } from "./stored.ts";

const START_EVENTS = 50_000;
const MEGABYTE = 1e6;

export async function start({ form, say }: SectionContext): Promise<Findings> {
  const cluster = new Child({ script: join(ROOT, "test/bench/cluster.ts"), core: "load" });
  const { port: apiPort } = await cluster.next<{ port: number }>("port");
  const url = `http://127.0.0.1:${apiPort}`;
  const now = Date.now();
  const order: FillOrder = { events: START_EVENTS, start: now - 55 * 60_000, end: now };
  say(`starting the gateway in a cluster with ${START_EVENTS.toLocaleString("en")} Events`);
  const { filled } = await cluster.ask<{ filled: number }>({ fill: order }, "filled", 120_000);
  const faults = filled === START_EVENTS ? [] : [`the cluster has only ${filled} Events`];
  const seconds: number[] = [];
  const bareSeconds: number[] = [];
  const peaks: number[] = [];
  const after: number[] = [];
  for (let round = 0; round < form.startRounds; round += 1) {
    const bare = performance.now();
    const lister = new Child({
      script: join(ROOT, "test/bench/servers/bareList.mjs"),
      args: [url],
      core: "server",
      env: { BENCH_TOKEN: ADMIN_TOKEN },
    });
    const { listed } = await lister.next<{ listed: number }>("listed");
    bareSeconds.push((performance.now() - bare) / 1000);
    await lister.end();
    if (listed !== START_EVENTS) faults.push(`a bare list found ${listed} Events`);

    const directory = scratch();
    const began = performance.now();
    const gateway = launchGateway({ dataDir: directory, scratch: directory, cluster: url });
    const probe = await Connection.open(await portOf(gateway));
    if (!(await storedInTime(probe, 0, START_EVENTS))) faults.push("the gateway was not ready in 30 s");
    seconds.push((performance.now() - began) / 1000);
    const { peak } = gateway.memory();
    await pause(2_000);
    peaks.push(Math.max(peak, gateway.memory().peak) / MEGABYTE);
    after.push(gateway.memory().now / MEGABYTE);
    probe.close();
    await gateway.end();
    rmSync(directory, { recursive: true });
  }
  await cluster.end();
  const path = "start with 50,000 Events in the cluster";
  const alone = { section: "start", path, faults };
  const figures = [
    figure({ ...alone, path: `${path}, until stored`, against: "seconds", values: seconds, target: under(10) }),
    figure({ ...alone, path: `${path}, peak RSS`, against: "MB", values: peaks, target: under(250) }),
    figure({ ...alone, path: `${path}, RSS 2 s later`, against: "MB", values: after }),
    figure({
      ...alone,
      path: `${path}, until stored`,
      against: "a bare list + JSON.parse",
      values: ratios(seconds, bareSeconds),
    }),
  ];
  return { figures, speeds: [] };
}
