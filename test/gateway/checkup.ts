// How a gateway says it is doing, on every way on which it can be asked, and what a cluster is given to judge it by.
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { kubeTime, microTime } from "../../src/demo/scenario/kubeTime.ts";
import { storedEvent } from "../../src/demo/scenario/storedEvent.ts";
import type { TestGateway } from "./gateway.ts";
import { until } from "./storedEvents.ts";
import type { TroubledCluster } from "./troubledCluster.ts";

interface Part {
  readonly status: string;
  readonly since: string;
  readonly message: string;
}

interface Health extends Part {
  readonly server: Part & { readonly uptimeSeconds: number };
  readonly pipeline: Part & {
    readonly watches: readonly (Part & {
      readonly path: string;
      readonly phase: string;
      readonly lastError: string | null;
      readonly restarts: Readonly<Record<string, number>>;
    })[];
    readonly lag: { readonly events: number; readonly medianSeconds: number } | null;
  };
  readonly controller: Part & {
    readonly stalledNamespaces: readonly string[];
    readonly lease: { readonly holder: string | null } | null;
    readonly lastDispatchAt: string | null;
  };
  readonly kagent: Part & { readonly url: string | null; readonly lastError: string | null };
  readonly sources: readonly Part[];
  readonly store: Part & { readonly writable: boolean; readonly records: number };
  readonly process: Part & { readonly memoryLimitBytes: number | null };
}

/** The parts by one word each, with the code of REST, and those of the probes. */
export interface Checkup {
  readonly code: number;
  readonly health: Health;
  readonly readyz: number;
  readonly ready: string;
}

const PARTS = "server pipeline controller kagent store process".split(" ");
const QUERY = `{ health { status since message ${PARTS.map((part) => `${part} { status since message }`).join(" ")} } }`;

/** Asks everywhere. That REST and GraphQL say the same, and that it is alive, is always so. */
export async function checkup({ url, gateway }: TestGateway): Promise<Checkup> {
  for (let tries = 0; ; tries++) {
    const graph = await graphql(url);
    const after = await rest(url);
    // It may just have changed, and GraphQL repeats an answer for a second.
    if (words(graph) !== words(after.health) && tries < 100) {
      await pause(tries);
      continue;
    }
    expect(words(graph)).toBe(words(after.health));
    expect(after.code).toBe(after.health.status === "unhealthy" ? 503 : 200);
    const [readyz, livez, healthz] = await Promise.all(
      ["readyz", "livez", "healthz"].map(async (name) => {
        const answer = await fetch(`http://127.0.0.1:${gateway.probePort}/${name}`);
        return { status: answer.status, text: await answer.text() };
      }),
    );
    expect([livez?.status, healthz?.status]).toEqual([200, 200]);
    return { ...after, readyz: readyz?.status ?? 0, ready: readyz?.text ?? "" };
  }
}

/** Waits until it looks as it should; returns the look. */
export async function untilHealth(
  gateway: TestGateway,
  holds: (checkup: Checkup) => boolean,
  what: string,
): Promise<Checkup> {
  let last: Checkup | undefined;
  const seen = async () => {
    last = await checkup(gateway);
    return holds(last);
  };
  await until(seen, what, 8).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${JSON.stringify(last, null, 1)}`);
  });
  return last as Checkup; // it was seen
}

export const isHealthy = ({ code, health, readyz }: Checkup): boolean =>
  code === 200 && readyz === 200 && health.status === "healthy";

export const eventsWatch = ({ health }: Checkup) => {
  const watch = health.pipeline.watches.find(({ path }) => path.endsWith("/events"));
  if (!watch) throw new Error("no watch of Events");
  return watch;
};

function words(health: Health): string {
  const part = (name: string) => (name === "" ? health : (health as unknown as Record<string, Part>)[name]); // of PARTS
  return ["", ...PARTS].map((name) => `${name}: ${part(name)?.status.toLowerCase()} ${part(name)?.since}`).join("\n");
}

async function rest(url: string): Promise<{ readonly code: number; readonly health: Health }> {
  const answer = await fetch(`${url}/api/v1/health`);
  expect(answer.headers.get("content-type")).toContain("application/json");
  return { code: answer.status, health: (await answer.json()) as Health }; // the contract of the route
}

async function graphql(url: string): Promise<Health> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY }),
  });
  const { data } = (await answer.json()) as { readonly data: { readonly health: Health } }; // as asked
  return data.health;
}

let made = 0;

/** A pod fails, at a time; what matches a hook for `pod-restart`. */
export function podFails(cluster: TroubledCluster, namespace: string, at: number): void {
  write(cluster, { namespace, kind: "Pod", component: "kubelet", reason: "BackOff", type: "Warning" }, at, at);
}

/** A pod goes on failing in a way that khook takes for stale. */
export function podFailsOn(cluster: TroubledCluster, namespace: string, at: number): void {
  const since = at - 30 * 60_000;
  write(cluster, { namespace, kind: "Pod", component: "kubelet", reason: "BackOff", type: "Warning" }, since, at);
}

/** khook says that it has acted for a hook. */
export function khookActs(cluster: TroubledCluster, namespace: string, at: number): void {
  write(cluster, { namespace, kind: "Hook", component: "khook", reason: "EventFiring", type: "Normal" }, at, at);
}

interface Said {
  readonly namespace: string;
  readonly kind: "Pod" | "Hook";
  readonly component: string;
  readonly reason: string;
  readonly type: "Normal" | "Warning";
}

function write(
  cluster: TroubledCluster,
  { namespace, kind, component, reason, type }: Said,
  since: number,
  at: number,
) {
  const name = kind === "Hook" ? "hook" : `pod-${++made}`;
  const message =
    kind === "Hook"
      ? "Event pod-restart fired for resource pod-1, calling agent kagent/agent"
      : "Back-off restarting failed container";
  const event = storedEvent(
    {
      kind: "Event",
      apiVersion: "v1",
      metadata: { name: `${name}.${++made}`, namespace },
      involvedObject: { kind, namespace, name, apiVersion: kind === "Hook" ? "kagent.dev/v1alpha2" : "v1", uid: name },
      reason,
      message,
      source: { component, host: "node-1" },
      firstTimestamp: kubeTime(since),
      lastTimestamp: kubeTime(at),
      count: since === at ? 1 : 9,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: "node-1",
    },
    `made-${made}`,
    since,
  );
  cluster.storage.create("events", event, { at: new Date(since) });
}

/** khook's Lease as it is now. */
export function renewLease(cluster: TroubledCluster, holder: string, at: number): void {
  const spec = { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: microTime(at), leaseTransitions: 1 };
  const lease = cluster.storage.get("leases", "kagent", "khook");
  if (lease) cluster.storage.replace("leases", { ...lease, spec });
  else
    cluster.storage.create("leases", {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { namespace: "kagent", name: "khook" },
      spec,
    });
}
