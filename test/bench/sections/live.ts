// The list at a fixed rate, while nothing comes in and while events do, through a real watch of an embedded cluster.
// All that the cluster sent must have been stored, and soon; otherwise the figures do not count.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Filled, ROOT, writableCopy } from "../cache.ts";
import { Child } from "../child.ts";
import { Connection } from "../client.ts";
import type { StreamOrder } from "../cluster.ts";
import { onItsCore, ordered, speed, type Turn } from "../contest.ts";
import { END } from "../dataset.ts";
import { figure, ratios, under } from "../figures.ts";
import { startGateway } from "../gatewayProcess.ts";
import { type Findings, pause, type SectionContext } from "./section.ts";
import { storedInTime } from "./stored.ts";

const LIVE_RATE = 2_000;
const LIST_RATE = 200;
/** The stream begins this long before what is measured, and ends as long after it. */
const LEAD = 700;

export async function live({ form, load, say }: SectionContext, data: Filled): Promise<Findings> {
  const copy = writableCopy(data);
  // Both live in the time right behind the dataset, so that what comes in is the newest.
  const clockAhead = END - Date.now() + 60_000;
  const cluster = new Child({
    script: join(ROOT, "test/bench/cluster.ts"),
    core: "load",
    env: { BENCH_CLOCK_AHEAD: String(clockAhead) },
  });
  const { port: apiPort } = await cluster.next<{ port: number }>("port");
  const gateway = await startGateway({
    dataDir: copy,
    scratch: copy,
    cluster: `http://127.0.0.1:${apiPort}`,
    clockAhead,
    // A minute of a pod's life in a second: so what fires also repeats and is resolved within the bench.
    flags: ["--dedup-window", "5s"],
  });
  const probe = await Connection.open(gateway.port);
  const listing = { port: gateway.port, kind: "list", rows: data.rows, connections: 32 } as const;
  const faults: string[] = [];
  let sent = 0;

  const stream = (millis: number): Promise<void> => {
    const order: StreamOrder = { rate: LIVE_RATE, millis, apart: 1_300, seed: 5_000 + sent };
    return cluster.ask<{ sent: number }>({ stream: order }, "sent", millis + 60_000).then((told) => {
      sent += told.sent;
    });
  };
  const measured = async (): Promise<{ readonly load: Turn; readonly delay: number }> => {
    await gateway.child.ask({ delays: "start" }, "measuring");
    const result = await onItsCore(gateway.child, () =>
      ordered(load, { ...listing, rate: LIST_RATE, millis: form.liveMillis }),
    );
    const { delay } = await gateway.child.ask<{ delay: { p99: number } }>({ delays: "stop" }, "delay");
    return { load: result, delay: delay.p99 };
  };

  say(`live: ${LIST_RATE} list requests/s, without and with ${LIVE_RATE} events/s, ${form.liveRounds} rounds`);
  await ordered(load, { ...listing, rate: LIST_RATE, millis: form.warmMillis });
  await stream(1_000);
  if (!(await storedInTime(probe, END, sent))) faults.push(`the gateway did not store ${sent} events in 30 s`);
  const quiet: Turn[] = [];
  const busy: Turn[] = [];
  const delays: number[] = [];
  for (let round = 0; round < form.liveRounds && faults.length === 0; round += 1) {
    quiet.push((await measured()).load);
    const streaming = stream(form.liveMillis + 2 * LEAD);
    await pause(LEAD);
    const { load: result, delay } = await measured();
    busy.push(result);
    delays.push(delay);
    await streaming;
    const began = performance.now();
    if (!(await storedInTime(probe, END, sent))) faults.push(`the gateway did not store ${sent} events in 30 s`);
    const behind = performance.now() - began;
    if (behind > 3_000) faults.push(`the gateway was ${Math.round(behind)} ms behind the cluster`);
  }
  probe.close();
  await gateway.child.end();
  await cluster.end();
  rmSync(copy, { recursive: true });
  faults.push(...[...quiet, ...busy].flatMap((result) => result.faults));
  const p99 = (results: readonly Turn[]): readonly number[] => results.map((result) => result.p99);
  const figures = [
    figure({
      section: "live",
      path: `p99 of the list while ${LIVE_RATE} events/s come in`,
      against: "p99 without ingest",
      values: ratios(p99(busy), p99(quiet)),
      target: under(2),
      faults,
    }),
    figure({
      section: "live",
      path: "event-loop delay p99 meanwhile",
      against: "ms",
      values: delays,
      target: under(15),
      faults,
    }),
  ];
  const speeds = [speed("list at 200/s, quiet", quiet), speed(`list at 200/s, ${LIVE_RATE} events/s`, busy)];
  return { figures, speeds };
}
