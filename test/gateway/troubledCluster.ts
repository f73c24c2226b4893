// A cluster to be in trouble with: the embedded API server, Events of both recorders, and a memory of every state given.
// Events are written into its storage, so they happen also while nobody can reach it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CoreEvent, EventPatch, NewEvent } from "../../src/demo/scenario/eventDraft.ts";
import { kubeTime, microTime } from "../../src/demo/scenario/kubeTime.ts";
import { Random } from "../../src/demo/scenario/random.ts";
import { patchedEvent, storedEvent } from "../../src/demo/scenario/storedEvent.ts";
import { bootstrap } from "../../src/demo/server/bootstrap.ts";
import type { Faults } from "../../src/demo/server/faults.ts";
import { writeKubeconfig } from "../../src/demo/server/kubeconfig.ts";
import type { RecordedRequest } from "../../src/demo/server/requestLog.ts";
import { type ApiServer, startApiServer } from "../../src/demo/server/server.ts";
import { Storage } from "../../src/demo/server/storage.ts";
import type { GivenState } from "./expectedEvents.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const EVENTS = { resource: "events" } as const;
export const WATCH_EVENTS = { verb: "watch", resource: "events" } as const;
export const LIST_EVENTS = { verb: "list", resource: "events" } as const;

interface Trouble {
  readonly recorder: "core" | "new";
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  /** Of the pod. Texts of many scripts, as containers and probes print what they like. */
  readonly text: (pod: string) => string;
  /** What it is to khook, by its table; undefined for nothing. */
  readonly eventType: string | undefined;
  readonly kind?: "Node";
}

const TROUBLES: readonly Trouble[] = [
  {
    recorder: "core",
    type: "Warning",
    reason: "BackOff",
    text: (pod) => `Back-off restarting failed container café in pod ${pod}`,
    eventType: "pod-restart",
  },
  {
    recorder: "core",
    type: "Warning",
    reason: "Failed",
    text: (pod) => `Error: container "漢字" of ${pod} has runAsNonRoot and image will run as root 🚫`,
    eventType: "pod-restart",
  },
  {
    recorder: "core",
    type: "Warning",
    reason: "OOMKilling",
    text: (pod) => `Memory cgroup out of memory: Killed process 4711 (${pod}) 💥`,
    eventType: "oom-kill",
  },
  {
    recorder: "core",
    type: "Warning",
    reason: "Unhealthy",
    text: (pod) => `Readiness probe failed: “${pod}” répond 503 🩺`,
    eventType: "probe-failed",
  },
  {
    recorder: "new",
    type: "Warning",
    reason: "FailedScheduling",
    text: (pod) => `0/3 nodes are available for ${pod}: 3 Insufficient cpu (不足).`,
    eventType: "pod-pending",
  },
  {
    recorder: "core",
    type: "Warning",
    reason: "FailedMount",
    text: (pod) => `MountVolume.SetUp failed for volume "data" of ${pod}`,
    eventType: undefined,
  },
  {
    recorder: "new",
    type: "Normal",
    reason: "Scheduled",
    text: (pod) => `Successfully assigned ${pod} to node-1`,
    eventType: undefined,
  },
  {
    recorder: "core",
    type: "Warning",
    reason: "BackOff",
    text: (pod) => `Back-off restarting whatever stands for ${pod}`,
    eventType: undefined,
    kind: "Node",
  },
];

/** An Event that exists, and what its next repeat builds on. */
interface Ongoing {
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: number;
  readonly clockAhead: number;
  readonly trouble: Trouble;
  readonly pod: string;
  state: GivenState;
}

export interface TroubledClusterOptions {
  readonly now: () => number;
  readonly seed: string;
  readonly namespaces?: readonly string[];
  readonly podsPerNamespace?: number;
  /** How long Events live after their last write. */
  readonly eventTtl?: number;
  /** Whether the Hook CRD is installed from the start. */
  readonly crd?: boolean;
  /** By how much the clock of the API server is ahead of `now`. */
  readonly serverAhead?: number;
  /** Clocks of the nodes against that of the API server, in turn. */
  readonly nodesAhead?: readonly number[];
  /** How far back the first Events happen. */
  readonly past?: number;
  /** Whether texts are plain ASCII, as most clusters' are, rather than of all scripts. */
  readonly ascii?: boolean;
}

export interface Happening {
  /** Mean time from one to the next. */
  readonly every?: number;
  /** How likely it is that an Event that exists is repeated, rather than a new one made. */
  readonly repeats?: number;
  /** How likely a repeat is to raise the count by many at once, as a recorder does that flushes rarely. */
  readonly jumps?: number;
}

export class TroubledCluster implements AsyncDisposable {
  readonly storage: Storage;
  readonly server: ApiServer;
  readonly kubeconfigPath: string;
  /** Every state that any Event ever had, in the order written. */
  readonly given: GivenState[] = [];
  readonly #options: TroubledClusterOptions;
  readonly #directory: string;
  readonly #random: Random;
  readonly #pods: readonly { readonly namespace: string; readonly name: string; readonly node: number }[];
  readonly #ongoing = new Map<string, Ongoing>();
  readonly #lastOf = new Map<string, number>();
  /** States written since the gateway was last known to look. */
  #unseen: Set<GivenState> | undefined = new Set();
  #time: number;

  private constructor(options: TroubledClusterOptions, storage: Storage, server: ApiServer, directory: string) {
    const { namespaces = ["shop", "billing", "search"], podsPerNamespace = 4, past = 50 * MINUTE } = options;
    this.#options = options;
    this.storage = storage;
    this.server = server;
    this.#directory = directory;
    this.kubeconfigPath = join(directory, "kubeconfig");
    this.#random = new Random(options.seed);
    this.#time = this.#now() - past;
    let node = 0;
    this.#pods = namespaces.flatMap((namespace) =>
      Array.from({ length: podsPerNamespace }, (_, index) => ({
        namespace,
        name: `${namespace}-${index}`,
        node: node++,
      })),
    );
  }

  static async start(options: TroubledClusterOptions): Promise<TroubledCluster> {
    const { seed, now, eventTtl = 24 * HOUR, crd = true, serverAhead = 0 } = options;
    const uids = new Random(`${seed}/uids`);
    const clock = (): Date => new Date(now() + serverAhead);
    const storage = new Storage({ now: clock, eventTtlMs: eventTtl, uid: () => uids.uuid() });
    bootstrap(storage, { crd });
    const { signal } = new AbortController();
    const server = await startApiServer({ storage, signal, now: clock, bootstrap: false, expiryEveryMs: 10 });
    const directory = await mkdtemp(join(tmpdir(), "khook-gateway-cluster-"));
    const cluster = new TroubledCluster(options, storage, server, directory);
    await writeKubeconfig(cluster.kubeconfigPath, { url: server.url });
    return cluster;
  }

  get faults(): Faults {
    return this.server.faults;
  }

  /** Requests for Events so far, or those of one verb. */
  asked(verb?: string): readonly RecordedRequest[] {
    return [...this.server.requests].filter(
      (request) => request.resource === "events" && (verb === undefined || request.verb === verb),
    );
  }

  /** From here on the gateway may not see what is overwritten or deleted. So it is from the start. */
  away(): void {
    this.#unseen ??= new Set();
  }

  /** The gateway has seen all that there is now, and misses nothing that comes. */
  back(): void {
    this.#unseen = undefined;
  }

  /** Lets that many things happen, each later than the one before, at the earliest where the last ones ended. */
  happen(times: number, { every = 6_000, repeats = 0.6, jumps = 0.1 }: Happening = {}): void {
    for (let i = 0; i < times; i++) {
      this.#time += this.#random.integer(every / 2, (every * 3) / 2);
      const trouble = this.#random.pick(TROUBLES);
      const { namespace, name, node } = this.#random.pick(this.#pods);
      const key = `${namespace}/${name}/${TROUBLES.indexOf(trouble)}`;
      // Two of one kind and pod within one second would have no order in time.
      const at = Math.max(this.#time, (this.#lastOf.get(`${namespace}/${name}/${trouble.eventType}`) ?? 0) + 1_001);
      const ongoing = this.#ongoing.get(key);
      if (ongoing && this.#random.chance(repeats) && this.#exists(ongoing)) {
        this.#repeat(ongoing, at, this.#random.chance(jumps) ? this.#random.integer(2, 40) : 1);
      } else {
        this.#ongoing.set(key, this.#create(trouble, namespace, name, node, at));
      }
    }
  }

  /** What happens next happens now. */
  toPresent(): void {
    this.#time = Math.max(this.#time, this.#now());
  }

  /** Raises the count of every Event by so much at once, as when series are flushed. */
  repeatAll(by: number): void {
    for (const ongoing of this.#ongoing.values()) {
      if (!this.#exists(ongoing)) continue;
      this.#time += 1_001;
      this.#repeat(ongoing, this.#time, by);
    }
  }

  /** Writes every Event again with an annotation more, which changes its resource version and nothing that counts. */
  touchAll(): void {
    for (const event of this.storage.list("events")) {
      const annotations = { ...event.metadata.annotations, touched: String(this.storage.revision) };
      this.storage.replace("events", { ...event, metadata: { ...event.metadata, annotations } });
    }
  }

  /** Deletes every Event, as the end of their time does. */
  deleteAll(): void {
    for (const { metadata } of this.storage.list("events")) {
      this.storage.delete("events", metadata.namespace, metadata.name ?? "");
    }
    this.forgetExpired();
  }

  /** What has run out of time while the gateway was away may have been missed. */
  forgetExpired(): void {
    const left = new Set(this.storage.list("events").map(({ metadata }) => metadata.uid));
    for (const state of this.#unseen ?? []) if (!left.has(state.uid)) state.isCertain = false;
  }

  hook(namespace: string, name: string, eventTypes: readonly string[]): void {
    this.storage.create("hooks", {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { name, namespace },
      spec: {
        eventConfigurations: eventTypes.map((eventType) => ({
          eventType,
          agentRef: { name: "agent" },
          prompt: "Look.",
        })),
      },
    });
  }

  installCrd(): void {
    bootstrap(this.storage);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #now(): number {
    return this.#options.now() + (this.#options.serverAhead ?? 0);
  }

  #exists({ namespace, name, state }: Ongoing): boolean {
    return this.storage.get("events", namespace, name)?.metadata.uid === state.uid;
  }

  #create(trouble: Trouble, namespace: string, pod: string, node: number, at: number): Ongoing {
    const { nodesAhead = [0] } = this.#options;
    const clockAhead = nodesAhead[node % nodesAhead.length] ?? 0;
    const { recorder, type, reason, text, kind = "Pod" } = trouble;
    const saidAt = at + clockAhead;
    const name = `${pod}.${this.#random.hex(16)}`;
    const about = { kind, namespace, name: pod, apiVersion: "v1", uid: `${namespace}-${pod}` };
    const message = this.#said(text(pod));
    const event: CoreEvent | NewEvent =
      recorder === "core"
        ? {
            kind: "Event",
            apiVersion: "v1",
            metadata: { name, namespace },
            involvedObject: about,
            reason,
            message,
            source: { component: "kubelet", host: `node-${node}` },
            firstTimestamp: kubeTime(saidAt),
            lastTimestamp: kubeTime(saidAt),
            count: 1,
            type,
            eventTime: null,
            reportingComponent: "kubelet",
            reportingInstance: `node-${node}`,
          }
        : {
            kind: "Event",
            apiVersion: "events.k8s.io/v1",
            metadata: { name, namespace },
            eventTime: microTime(saidAt),
            reportingController: "default-scheduler",
            reportingInstance: "default-scheduler-0",
            action: "Scheduling",
            reason,
            regarding: about,
            note: message,
            type,
          };
    const stored = this.storage.create("events", storedEvent(event, this.#random.uuid(), at), { at: new Date(at) });
    const createdAt = wholeSecond(at);
    const told = recorder === "core" ? wholeSecond(saidAt) : saidAt;
    const state: GivenState = {
      uid: stored.metadata.uid ?? "",
      count: 1,
      at: Math.max(createdAt, told),
      firstAt: Math.min(createdAt, told),
      eventType: trouble.eventType,
      namespace,
      pod,
      reason,
      message,
      isCertain: true,
    };
    this.#give(state);
    this.#lastOf.set(`${namespace}/${pod}/${trouble.eventType}`, at);
    return { namespace, name, createdAt, clockAhead, trouble, pod, state };
  }

  #repeat(ongoing: Ongoing, at: number, by: number): void {
    const { namespace, name, trouble, clockAhead, createdAt } = ongoing;
    const stored = this.storage.get("events", namespace, name);
    if (!stored) throw new Error(`there is no Event ${name}`);
    const saidAt = at + clockAhead;
    const count = ongoing.state.count + by;
    const isCore = trouble.recorder === "core";
    // A core recorder adds to its text once it aggregates; every state keeps its own.
    const message = isCore ? `${this.#said(trouble.text(ongoing.pod))} (${count})` : ongoing.state.message;
    const patch: EventPatch = isCore
      ? { count, lastTimestamp: kubeTime(saidAt), message }
      : { series: { count, lastObservedTime: microTime(saidAt) } };
    this.storage.replace("events", patchedEvent(stored, patch, at), { at: new Date(at) });
    this.#lastOf.set(`${namespace}/${ongoing.pod}/${trouble.eventType}`, at);
    const told = isCore ? wholeSecond(saidAt) : saidAt;
    const before = ongoing.state;
    ongoing.state = {
      ...before,
      count,
      // A clock that is behind never says more than the API server's own time of creation.
      at: Math.max(createdAt, told),
      message,
      isCertain: true,
    };
    this.#lost(before);
    this.#give(ongoing.state);
  }

  #said(text: string): string {
    return this.#options.ascii ? text.replace(/[^ -~]/g, "?") : text;
  }

  #give(state: GivenState): void {
    this.given.push(state);
    this.#unseen?.add(state);
  }

  #lost(state: GivenState): void {
    if (this.#unseen?.has(state)) state.isCertain = false;
  }
}

function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000;
}
