// The data of the bench: Kubernetes Events of a cluster on which pods fail, in order of time, the same for equal sizes.
// Thirty days that end in 2036, so that nothing ages out, and what fired in the last ten minutes is still firing.
import type { Hook } from "../../src/events/hook.ts";
import { below, hex, pick, type Random, seeded, uuid } from "./random.ts";

export const SPAN = 30 * 86_400_000;
export const END = Date.parse("2036-01-01T00:00:00.000Z");
export const START = END - SPAN;

export const NAMESPACES = [
  "shop",
  "payments",
  "search",
  "checkout",
  "catalog",
  "identity",
  "billing",
  "shipping",
  "inventory",
  "reviews",
  "recommendations",
  "notifications",
  "analytics",
  "ingestion",
  "reporting",
  "media",
  "frontend",
  "mobile-api",
  "partners",
  "platform",
] as const;

const COMPONENTS = [
  "api",
  "worker",
  "web",
  "cache",
  "consumer",
  "scheduler",
  "proxy",
  "sync",
  "indexer",
  "gateway",
] as const;

/** Two hooks in each of three namespaces out of four: about every event there is matched by one. */
export function hooks(): readonly Hook[] {
  const watched = NAMESPACES.filter((_, index) => index % 4 !== 3);
  return watched.flatMap((namespace) => [
    hook(namespace, "restarts", ["pod-restart", "oom-kill"]),
    hook(namespace, "probes", ["probe-failed", "pod-pending"]),
  ]);
}

function hook(namespace: string, name: string, eventTypes: readonly string[]): Hook {
  const eventConfigurations = eventTypes.map((eventType) => ({
    eventType,
    agentRef: { namespace: "kagent", name: "k8s-agent" },
    prompt: "Pod {{.ResourceName}} in {{.Namespace}} is in trouble: find out why.",
  }));
  return {
    namespace,
    name,
    uid: `${namespace}-${name}`,
    labels: { team: namespace },
    annotations: {},
    generation: 1,
    createdAt: START,
    eventConfigurations,
    status: null,
    manifest: {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { namespace, name, labels: { team: namespace } },
      spec: { eventConfigurations },
    },
    deletedAt: null,
  };
}

/** An `events.k8s.io/v1` Event as a watch brings it. */
export interface KubeEvent {
  readonly kind: "Event";
  readonly apiVersion: "events.k8s.io/v1";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly managedFields: readonly unknown[];
  };
  readonly [field: string]: unknown;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED";
  readonly object: KubeEvent;
}

interface Trouble {
  readonly reason: string;
  readonly note: (pod: string, container: string, random: Random) => string;
  /** Whether the new recorder reports it (eventTime and series) or the core one (deprecated fields). */
  readonly recorder: "new" | "core";
  readonly controller: string;
}

const TROUBLES: readonly [Trouble, ...Trouble[]] = [
  backOff(),
  backOff(),
  unhealthy("Readiness"),
  unhealthy("Liveness"),
  {
    reason: "FailedScheduling",
    note: (_pod, _container, random) => {
      const nodes = 3 + below(random, 40);
      return `0/${nodes} nodes are available: ${nodes - 1} Insufficient cpu, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }. preemption: 0/${nodes} nodes are available: ${nodes} No preemption victims found for incoming pod.`;
    },
    recorder: "new",
    controller: "default-scheduler",
  },
  {
    reason: "OOMKilling",
    note: (_pod, container, random) =>
      `Memory cgroup out of memory: Killed process ${1000 + below(random, 30_000)} (${container}) total-vm:${below(random, 9_000_000)}kB, anon-rss:${below(random, 900_000)}kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:412kB oom_score_adj:994`,
    recorder: "core",
    controller: "kubelet",
  },
];

function backOff(): Trouble {
  return {
    reason: "BackOff",
    note: (pod, container, random) =>
      `Back-off restarting failed container ${container} in pod ${pod}_${hex(random, 8)}(${uuid(random)})`,
    recorder: "core",
    controller: "kubelet",
  };
}

function unhealthy(probe: string): Trouble {
  return {
    reason: "Unhealthy",
    note: (_pod, _container, random) =>
      `${probe} probe failed: Get "http://10.${below(random, 256)}.${below(random, 256)}.${below(random, 256)}:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    recorder: "core",
    controller: "kubelet",
  };
}

/** One pod in trouble: its Events repeat until its run is over. */
interface Episode {
  readonly trouble: Trouble;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly node: string;
  left: number;
  current: { uid: string; name: string; note: string; count: number; firstSeen: number } | undefined;
}

export interface StreamOptions {
  readonly rows: number;
  readonly seed?: number;
  readonly start?: number;
  readonly end?: number;
  /** Mean time between two Events of one failing pod, in ms: with the rate it says how many pods fail at once. */
  readonly apart?: number;
}

/**
 * Watch events evenly over [start, end): seven in ten raise the count of an Event that is there, the others are new ones.
 * How many pods fail at once grows with the rate, so each pod's Events come about two and a half minutes apart.
 */
export function* watchEvents(options: StreamOptions): Generator<WatchEvent> {
  const { rows, seed = 1, start = START, end = END, apart = 155_000 } = options;
  const random = seeded(seed);
  const between = (end - start) / rows;
  const failing: Episode[] = Array.from({ length: Math.max(6, Math.round(apart / between)) }, () => episode(random));
  for (let index = 0; index < rows; index += 1) {
    const at = Math.floor(start + (index + random()) * between);
    const slot = below(random, failing.length);
    let pod = failing[slot];
    if (pod === undefined || pod.left === 0) {
      pod = episode(random);
      failing[slot] = pod;
    }
    pod.left -= 1;
    const repeats = pod.current !== undefined && random() < 0.8;
    if (pod.current !== undefined && repeats) {
      pod.current.count += random() < 0.05 ? 1 + below(random, 6) : 1;
    } else {
      pod.current = {
        uid: uuid(random),
        name: `${pod.pod}.${hex(random, 16)}`,
        note: pod.trouble.note(pod.pod, pod.container, random),
        count: 1,
        firstSeen: at,
      };
    }
    yield {
      type: repeats ? "MODIFIED" : "ADDED",
      object: kubeEvent(pod, pod.current, at, `${seed}${1_000_000 + index}`),
    };
  }
}

function episode(random: Random): Episode {
  const container = pick(random, COMPONENTS);
  return {
    trouble: pick(random, TROUBLES),
    namespace: pick(random, NAMESPACES),
    pod: `${container}-${below(random, 5)}-${hex(random, 9)}-${hex(random, 5)}`,
    podUid: uuid(random),
    container,
    node: `ip-10-0-${below(random, 16)}-${below(random, 256)}.eu-central-1.compute.internal`,
    left: 4 + below(random, 16),
    current: undefined,
  };
}

function kubeEvent(
  pod: Episode,
  { uid, name, note, count, firstSeen }: NonNullable<Episode["current"]>,
  at: number,
  resourceVersion: string,
): KubeEvent {
  const { trouble, namespace, node } = pod;
  const core = trouble.recorder === "core";
  return {
    kind: "Event",
    apiVersion: "events.k8s.io/v1",
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp: seconds(firstSeen),
      managedFields: [core ? coreFields(at) : newFields(at)],
    },
    eventTime: core ? null : micros(firstSeen),
    ...(core || count === 1 ? {} : { series: { count, lastObservedTime: micros(at) } }),
    reportingController: trouble.controller,
    reportingInstance: node,
    ...(core ? {} : { action: "Scheduling" }),
    reason: trouble.reason,
    regarding: {
      kind: "Pod",
      namespace,
      name: pod.pod,
      uid: pod.podUid,
      apiVersion: "v1",
      resourceVersion: "48213377",
      fieldPath: `spec.containers{${pod.container}}`,
    },
    note,
    type: "Warning",
    deprecatedSource: core ? { component: "kubelet", host: node } : {},
    deprecatedFirstTimestamp: core ? seconds(firstSeen) : null,
    deprecatedLastTimestamp: core ? seconds(at) : null,
    ...(core ? { deprecatedCount: count } : {}),
  };
}

function coreFields(at: number): unknown {
  return {
    manager: "kubelet",
    operation: "Update",
    apiVersion: "v1",
    time: seconds(at),
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:count": {},
      "f:firstTimestamp": {},
      "f:involvedObject": {},
      "f:lastTimestamp": {},
      "f:message": {},
      "f:reason": {},
      "f:reportingComponent": {},
      "f:reportingInstance": {},
      "f:source": { "f:component": {}, "f:host": {} },
      "f:type": {},
    },
  };
}

function newFields(at: number): unknown {
  return {
    manager: "kube-scheduler",
    operation: "Update",
    apiVersion: "events.k8s.io/v1",
    time: seconds(at),
    fieldsType: "FieldsV1",
    fieldsV1: {
      "f:action": {},
      "f:eventTime": {},
      "f:note": {},
      "f:reason": {},
      "f:regarding": {},
      "f:reportingController": {},
      "f:reportingInstance": {},
      "f:series": { ".": {}, "f:count": {}, "f:lastObservedTime": {} },
      "f:type": {},
    },
  };
}

function seconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

function micros(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 23)}000Z`;
}
