// The end of a gateway that is in full use: nobody's request fails, every stream is told, nothing that was told is lost.
import { expect, test } from "vitest";
import type { Stream } from "../http/live/edge.ts";
import { EDGES } from "../http/live/edges.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { type Asked, Load } from "./load.ts";
import { storedEvents, until } from "./storedEvents.ts";

const STREAMS = 100;

test.each(["0s", "1s"])(
  "SIGTERM during 200 requests a second and 100 streams, with a delay of %s",
  async (delay) => {
    const stage = await Stage.set({ pace: 1 });
    const { cluster } = stage;
    cluster.happen(100);
    const flags = processFlags(cluster.kubeconfigPath, await temporaryDirectory());
    const gateway = await GatewayProcess.start([...flags, "--shutdown-delay", delay, "--shutdown-grace", "10s"]);
    const url = await gateway.url();
    const probePort = () => /"port":(\d+),"msg":"probes"/.exec(gateway.stderr)?.[1];
    await until(() => probePort() !== undefined, "probes");
    const probe = `http://127.0.0.1:${probePort()}/readyz`;
    await until(async () => (await fetch(probe)).status === 200, "readiness");

    const streams: Stream[] = [];
    for (let each = 0; each < STREAMS; each++) {
      const edge = EDGES[each % EDGES.length];
      if (edge) streams.push(await edge.open(url));
    }
    cluster.toPresent();
    const load = new Load(`${url}/api/v1/events?limit=20`, 200);
    const happening = setInterval(() => cluster.happen(1, { every: 20, repeats: 0 }), 20);
    await until(() => load.count("served") > 200 && streams.every(({ heard }) => heard.length > 3), "full use");

    const probed: { readonly at: number; readonly status: number }[] = [];
    const probing = poll(async () => {
      const { status } = await fetch(probe, { headers: { connection: "close" } });
      probed.push({ at: performance.now(), status });
    });
    const stoppedAt = performance.now();
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    const took = performance.now() - stoppedAt;
    await probing;
    await load.stop();
    clearInterval(happening);

    const failed = load.asked.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ at, detail }) => `${detail} after ${Math.round(at - stoppedAt)} ms`)).toEqual([]);
    const idle = load.asked.filter(({ outcome }) => outcome === "idle");
    expect(idle.length).toBeLessThan(10);
    const untaken = load.asked.filter(({ outcome }) => outcome === "untaken");
    expect(untaken.length).toBeLessThan(2); // a request comes every 5 ms, and listening ends once
    expect(untaken.filter(({ at }) => at < stoppedAt)).toEqual([]);
    expect(new Set(await Promise.all(streams.map(({ ending }) => ending)))).toEqual(new Set(["shutdown"]));
    expect(took).toBeLessThan(5_000);

    // Readiness is the first to go, and is answered for as long as anything is.
    const isAnswer = ({ outcome, detail }: Asked) => outcome === "served" || detail === "503";
    const lastAnswer = load.asked.findLast(isAnswer)?.at ?? Number.NaN;
    const unready = probed.filter(({ status }) => status === 503);
    expect(unready.length).toBeGreaterThan(0);
    expect(unready.at(-1)?.at).toBeGreaterThan(lastAnswer - 100);
    if (delay === "1s") {
      const firstRefusal = load.asked.find(({ detail }) => detail === "503")?.at ?? Number.POSITIVE_INFINITY;
      const firstUnready = unready[0]?.at ?? Number.NaN;
      expect(firstUnready).toBeLessThan(firstRefusal - 700);
      const late = load.asked.filter(({ at, outcome }) => outcome === "served" && at > firstUnready + 100);
      expect(late.length).toBeGreaterThan(100);
      expect(late.filter(({ isLast }) => !isLast)).toEqual([]); // callers are sent elsewhere
    }

    // What was told is there when it starts again, without a cluster to hear it from anew.
    const told = new Set([
      ...load.asked.filter(({ outcome }) => outcome === "served").flatMap(({ body }) => idsOf(body)),
      ...streams.flatMap(({ heard }) => heard.flatMap(({ event }) => event?.id ?? [])),
    ]);
    await cluster.faults.down();
    const again = await GatewayProcess.start(flags);
    const stored = new Set((await storedEvents(await again.url())).map(({ id }) => id));
    expect(told.size).toBeGreaterThan(20);
    expect([...told].filter((id) => !stored.has(id))).toEqual([]);
  },
  30_000,
);

function idsOf(body: string): readonly string[] {
  const { events } = JSON.parse(body) as { readonly events: readonly { readonly id: string }[] }; // the contract of the route
  return events.map(({ id }) => id);
}

/** Again and again, until it fails. */
async function poll(ask: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await ask();
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
