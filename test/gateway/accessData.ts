// Three namespaces that can be told apart in any answer: by names, by words and by how many of everything each has.
// alder has 1 of each thing, birch 2 and cedar 4, so that any total says which of them were counted.
import { join } from "node:path";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { temporaryDirectory } from "./gateway.ts";
import type { GuardedStage } from "./guarded.ts";

export const NAMESPACES = ["alder", "birch", "cedar"] as const;
const COUNTS = { alder: 1, birch: 2, cedar: 4 } as const;

const MINUTE = 60_000;
const TYPE = "pod-restart";

/** What tells of a namespace, by letters: its bare name, events, hooks, prompts, and what khook told of it. */
const KINDS = {
  n: (namespace: string) => new RegExp(`"${namespace}"|namespace: ${namespace}\\b`),
  e: (namespace: string) => new RegExp(`${namespace}-pod`),
  h: (namespace: string) => new RegExp(`${namespace}-hook`),
  p: (namespace: string) => new RegExp(`${namespace}-prompt`),
  d: (namespace: string) => new RegExp(`${namespace}-told`),
} as const satisfies Readonly<Record<string, (namespace: string) => RegExp>>;

/** `nAB eAB hA`: names and events of alder and birch, hooks of alder. */
export function seenIn(text: string): string {
  return Object.entries(KINDS)
    .map(([kind, of]) => [kind, NAMESPACES.filter((namespace) => of(namespace).test(text))] as const)
    .filter(([, seen]) => seen.length > 0)
    .map(([kind, seen]) => kind + seen.map((namespace) => namespace[0]?.toUpperCase()).join(""))
    .join(" ");
}

/** A data directory with events, and what khook told of them; the hooks are in the cluster. */
export async function stored({ stage }: GuardedStage): Promise<string> {
  const dataDir = await temporaryDirectory();
  const now = stage.clock.now();
  const store = await openStore({
    path: join(dataDir, "events.sqlite"),
    now: stage.clock.now,
    dedupWindow: 10 * MINUTE,
    retention: { maxAge: 30 * 24 * 60 * MINUTE, maxBytes: 1 << 30 },
  });
  const all = NAMESPACES.flatMap((namespace) => numbers(namespace).map((number) => ({ namespace, number })));
  await store.append(
    all.map(({ namespace, number }) => event(namespace, number, now - 20 * MINUTE)),
    now,
  );
  await store.appendDispatches(all.map(({ namespace, number }) => dispatch(namespace, number, now - 19 * MINUTE)));
  await store.close();
  for (const { namespace, number } of all) stage.cluster.storage.create("hooks", hook(namespace, number));
  return dataDir;
}

function numbers(namespace: (typeof NAMESPACES)[number]): readonly number[] {
  return Array.from({ length: COUNTS[namespace] }, (_, index) => index + 1);
}

function event(namespace: string, number: number, at: number): MatchedObservation {
  const name = `${namespace}-pod-${number}`;
  return {
    uid: `${name}-uid`,
    count: 1,
    cluster: "test",
    source: "kubernetes",
    eventType: TYPE,
    severity: "HIGH",
    namespace,
    resource: { apiVersion: "v1", kind: "Pod", name, namespace, uid: null },
    reason: "BackOff",
    message: `Back-off restarting ${name}`,
    tags: {},
    firstSeen: at,
    lastSeen: at,
    ignoredByController: null,
    hooks: [{ namespace, name: `${namespace}-hook-${number}` }],
  };
}

function dispatch(namespace: string, number: number, at: number): Dispatch {
  const uid = `${namespace}-told-${number}`;
  return {
    id: `${uid}.1`,
    uid,
    count: 1,
    hook: { namespace, name: `${namespace}-hook-${number}` },
    outcome: "FIRED",
    eventType: TYPE,
    resourceName: `${namespace}-pod-${number}`,
    agent: "agent",
    requestId: null,
    error: null,
    message: `${uid} and no more`,
    timestamp: at,
  };
}

function hook(namespace: string, number: number) {
  const prompt = `${namespace}-prompt-${number}`;
  return {
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: {
      name: `${namespace}-hook-${number}`,
      namespace,
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": prompt },
    },
    spec: { eventConfigurations: [{ eventType: TYPE, agentRef: { name: "agent" }, prompt }] },
  };
}

/** A manifest of a hook that is not there yet. */
export function newHook(namespace: string): string {
  const manifest = {
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: { name: "new", namespace },
    spec: { eventConfigurations: [{ eventType: TYPE, agentRef: { name: "agent" }, prompt: "Look." }] },
  };
  return JSON.stringify(manifest);
}
