// The embedded API server with one namespace, a connection to it, and a loop over its Events that collects what it is told.
// Everything is torn down by close.
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "../../src/cluster/connection.ts";
import type { JsonObject } from "../../src/cluster/json.ts";
import { kubeConfigFor } from "../../src/cluster/kubeconfig.ts";
import { writtenAt } from "../../src/cluster/kubeEvent.ts";
import { type Changed, ListWatch, type ListWatchHandler } from "../../src/cluster/listWatch.ts";
import type { KubeObject } from "../../src/demo/kubeObject.ts";
import type { CoreEvent } from "../../src/demo/scenario/eventDraft.ts";
import { storedEvent } from "../../src/demo/scenario/storedEvent.ts";
import type { Faults } from "../../src/demo/server/faults.ts";
import { type ApiServer, startApiServer } from "../../src/demo/server/server.ts";
import { Storage } from "../../src/demo/server/storage.ts";
import { TestClock } from "./testClock.ts";
import { TestLog } from "./testLog.ts";

export const EVENTS = "/apis/events.k8s.io/v1/events";
const HOUR = 3_600_000;

export class Cluster {
  readonly storage: Storage;
  readonly clock: TestClock;
  readonly log = new TestLog();
  readonly connection: Connection;
  readonly #server: ApiServer;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  private constructor(storage: Storage, server: ApiServer, clock: TestClock) {
    this.storage = storage;
    this.clock = clock;
    this.#server = server;
    this.connection = new Connection({ load: () => kubeConfigFor(server.url), clock });
  }

  static async start({ clock = new TestClock(), port = 0, eventTtlMs = HOUR } = {}): Promise<Cluster> {
    const now = () => new Date(clock.now());
    let uids = 0;
    const storage = new Storage({ now, eventTtlMs, uid: () => `uid-${++uids}` });
    const server = await startApiServer({ storage, now, port, signal: new AbortController().signal, expiryEveryMs: 5 });
    return new Cluster(storage, server, clock);
  }

  get faults(): Faults {
    return this.#server.faults;
  }

  get port(): number {
    return this.#server.port;
  }

  get url(): string {
    return this.#server.url;
  }

  /** Requests so far by what they were: `list`, `watch`. */
  asked(verb: string): number {
    return [...this.#server.requests].filter((request) => request.verb === verb).length;
  }

  /** Writes an Event of the core recorder straight into the storage, so also while the server is down. */
  event(name: string, { note = "Back-off restarting failed container web", count = 1, reason = "BackOff" } = {}): void {
    const regarding = { kind: "Pod", namespace: "default", name: `pod-${name}`, apiVersion: "v1" };
    this.#write(name, { component: "kubelet", type: "Warning", regarding, reason, note, count });
  }

  /** Writes an audit Event of khook about the hook `watch-pods`. */
  audit(name: string, reason: string, note: string): void {
    const regarding = { kind: "Hook", namespace: "default", name: "watch-pods", apiVersion: "kagent.dev/v1alpha2" };
    this.#write(name, { component: "khook", type: "Normal", regarding, reason, note, count: 1 });
  }

  hook(name: string, namespace = "default"): void {
    this.storage.create("hooks", {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { name, namespace },
      spec: { eventConfigurations: [{ eventType: "pod-restart", agentRef: { name: "agent" }, prompt: "p" }] },
    } as KubeObject); // as above
  }

  #write(name: string, { component, type, regarding, reason, note, count }: Written): void {
    const at = this.clock.now();
    const stamp = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    const event: CoreEvent = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: "default" },
      involvedObject: regarding,
      reason,
      message: note,
      source: { component, host: "node-1" },
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: "node-1",
    };
    this.storage.create("events", storedEvent(event, `uid-of-${name}`, at));
  }

  /** Runs until close. */
  run(loop: { run(signal: AbortSignal): Promise<void> }): Promise<void> {
    const running = loop.run(this.#stop.signal);
    this.#running.push(running);
    return running;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    await this.stop();
    this.connection.close();
    await this.#server.close();
  }
}

interface Written {
  readonly component: string;
  readonly type: CoreEvent["type"];
  readonly regarding: CoreEvent["involvedObject"];
  readonly reason: string;
  readonly note: string;
  readonly count: number;
}

export interface Seen {
  readonly name: string;
  readonly count: unknown;
  readonly note: unknown;
}

/** What a loop over Events was told. */
export class Collector {
  readonly lists: (readonly string[])[] = [];
  readonly changes: Changed<Seen>[] = [];
  readonly gaps: { readonly from: number; readonly to: number; readonly reason: string }[] = [];
  readonly synced: number[] = [];
  readonly loop: ListWatch<Seen>;
  /** Every name told of, by list or by watch. */
  readonly names = new Set<string>();

  constructor(cluster: Cluster, more: Partial<ListWatchHandler<Seen>> = {}, syncedAt: number | null = null) {
    const handler: ListWatchHandler<Seen> = {
      map: seen,
      listed: async (items) => {
        this.lists.push(items.map(({ name }) => name));
        for (const { name } of items) this.names.add(name);
      },
      changed: async (changes) => {
        this.changes.push(...changes);
        for (const { item } of changes) this.names.add(item.name);
      },
      synced: async (at) => void this.synced.push(at),
      gaps: { writtenAt, ttl: HOUR, missed: async (span) => void this.gaps.push(span) },
      ...more,
    };
    const { connection, clock, log } = cluster;
    this.loop = new ListWatch({ connection, path: EVENTS, handler, clock, log, syncedAt });
  }
}

function seen(event: JsonObject): Seen {
  const { name } = event.metadata as { readonly name: string }; // every object of the server has one
  return { name, count: event.deprecatedCount, note: event.note };
}

/** Waits, at most 10 s, until what is asked holds. */
export async function until(holds: () => boolean, what = "what was waited for"): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 2000) throw new Error(`${what} did not come`);
    await pause(5);
  }
}
