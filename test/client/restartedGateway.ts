// A gateway in a process of its own to which things keep happening, started again on its data and its port whenever it ends.
// In the end nothing happens any more, and what is stored is what a stream must have told.
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { Stage, temporaryDirectory } from "../gateway/gateway.ts";
import { GatewayProcess, processFlags } from "../gateway/gatewayProcess.ts";
import { cursorsOf } from "../gateway/sealedCursors.ts";
import { storedEvents, until } from "../gateway/storedEvents.ts";
import type { TroubledCluster } from "../gateway/troubledCluster.ts";

/** What a stream has told, as far as it is compared. */
export interface Heard {
  readonly type: string;
  readonly cursor: string;
  readonly event: { readonly id: string; readonly status: string } | null;
}

export class RestartedGateway {
  readonly url: string;
  readonly #cluster: TroubledCluster;
  readonly #flags: readonly string[];
  readonly #dataDir: string;
  #process: GatewayProcess;
  #isQuiet = false;
  readonly #life: Promise<void>;

  private constructor(
    cluster: TroubledCluster,
    flags: readonly string[],
    dataDir: string,
    process: GatewayProcess,
    url: string,
  ) {
    this.#cluster = cluster;
    this.#flags = flags;
    this.#dataDir = dataDir;
    this.#process = process;
    this.url = url;
    this.#life = this.#live();
  }

  static async start(): Promise<RestartedGateway> {
    const { cluster } = await Stage.set({ pace: 1, podsPerNamespace: 250 });
    cluster.happen(200, { every: 5_000, repeats: 0.3 });
    // Events are over soon, so that there are as many changes of status as there are events.
    const dataDir = await temporaryDirectory();
    const flags = [...processFlags(cluster.kubeconfigPath, dataDir), "--dedup-window", "2s"];
    const process = await GatewayProcess.start(flags);
    return new RestartedGateway(cluster, flags.slice(2), dataDir, process, await process.url()); // the first two are of its port
  }

  async restart(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.#process.exited;
    this.#process = await GatewayProcess.start(["--port", new URL(this.url).port, ...this.#flags]);
    await this.#process.url();
  }

  /** Nothing changes any more; then what was heard has to be all that is stored: in order, each change once, and no gaps. */
  async expectToldAll(heardBy: () => Promise<readonly Heard[]>): Promise<void> {
    this.#isQuiet = true;
    await this.#life;
    const { url } = this;
    const cursors = cursorsOf(this.#dataDir);
    const placeOf = (cursor: string | undefined) => Number(cursors.decode(cursor ?? ""));
    await until(async () => (await storedEvents(url)).every(({ status }) => status !== "firing"), "the end of all", 30);
    const stored = (await storedEvents(url))
      .map(({ id, status, cursor }) => ({ id, status: status.toUpperCase(), place: placeOf(cursor) }))
      .sort((a, b) => a.place - b.place);
    const last = stored.at(-1)?.place ?? 0;
    await until(async () => placeOf((await heardBy()).at(-1)?.cursor) >= last, "the last change", 30);

    const heard = await heardBy();
    const places = heard.map(({ cursor }) => placeOf(cursor));
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    const latest = new Map<string, (typeof stored)[number]>();
    for (const { type, event, cursor } of heard) {
      if (!event) throw new Error(`${type} at ${cursor}`);
      // One that was changed while the stream was catching up, and is met by its resumption, is MODIFIED when it is first told.
      if (latest.has(event.id)) expect([event.id, type]).toEqual([event.id, "MODIFIED"]);
      latest.set(event.id, { id: event.id, status: event.status, place: placeOf(cursor) });
    }
    expect([...latest.values()].sort((a, b) => a.place - b.place)).toEqual(stored);
    expect(stored.length).toBeGreaterThan(200);
  }

  async #live(): Promise<void> {
    while (!this.#isQuiet) {
      this.#cluster.toPresent();
      this.#cluster.happen(3, { every: 2, repeats: 0.5 });
      await pause(10);
    }
  }
}
