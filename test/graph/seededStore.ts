// A real store in a directory of its own, with two hooks, events of theirs and of nobody's, and dispatches.
// What it holds is said here in plain figures, so that tests can say what to expect.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import type { Hook } from "../../src/events/hook.ts";
import type { Instant } from "../../src/events/time.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** The tests' now: 2026-11-23T12:00:00Z. */
export const NOW: Instant = Date.UTC(2026, 10, 23, 12);

export const WEB_HOOK = hook("shop", "web-hook", ["pod-restart", "oom-kill"], { team: "web" });
export const PAY_HOOK = hook("pay", "pay-hook", ["probe-failed"], { team: "pay", tier: "gold" });

export interface Seeded {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** An empty store. */
export async function emptyStore(): Promise<Seeded> {
  const directory = mkdtempSync(join(tmpdir(), "khook-graph-"));
  const store = await openStore({
    path: join(directory, "events.db"),
    now: () => NOW,
    dedupWindow: 10 * MINUTE,
    retention: { maxAge: 365 * 24 * HOUR, maxBytes: 1 << 30 },
    newEpoch: () => "graph",
  });
  return {
    store,
    async close() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/**
 * 120 events: one a minute, the newest a minute ago. Every third is of shop/web-hook, the next of pay/pay-hook, the third
 * matches none. Each is of a resource of its own, so all head incidents: those of the last ten minutes are FIRING.
 */
export async function seededStore(): Promise<Seeded> {
  const seeded = await emptyStore();
  await seeded.store.putHooks([WEB_HOOK, PAY_HOOK]);
  await seeded.store.append(
    Array.from({ length: 120 }, (_, index) => observation(index)),
    NOW,
  );
  await seeded.store.appendDispatches(
    Array.from({ length: 120 }, (_, index) => index)
      .filter((index) => index % 3 === 0)
      .flatMap((index) => [dispatch(index, "FIRED"), dispatch(index, index % 2 === 0 ? "SUCCEEDED" : "FAILED")]),
  );
  return seeded;
}

/** The event of so many minutes (and one) ago. */
export function observation(index: number): MatchedObservation {
  const kinds = [
    { namespace: "shop", eventType: "pod-restart", severity: "HIGH", hooks: [WEB_HOOK] },
    { namespace: "pay", eventType: "probe-failed", severity: "MEDIUM", hooks: [PAY_HOOK] },
    { namespace: "idle", eventType: "pod-pending", severity: "LOW", hooks: [] },
  ] as const;
  const { namespace, eventType, severity, hooks } = kinds[index % 3] ?? kinds[0];
  const at = NOW - (index + 1) * MINUTE;
  return {
    uid: `uid-${index}`,
    count: 1,
    cluster: "test",
    source: "kubernetes",
    eventType,
    severity,
    namespace,
    resource: { apiVersion: "v1", kind: "Pod", name: `pod-${index}`, namespace, uid: `pod-uid-${index}` },
    reason: "BackOff",
    message: `Back-off restarting failed container of pod-${index}`,
    tags: { node: `node-${index % 2}`, app: namespace },
    firstSeen: at - MINUTE,
    lastSeen: at,
    ignoredByController: null,
    hooks: hooks.map((each) => ({ namespace: each.namespace, name: each.name })),
  };
}

function dispatch(index: number, outcome: Dispatch["outcome"]): Dispatch {
  const uid = `audit-${index}-${outcome.toLowerCase()}`;
  return {
    id: `${uid}.1`,
    uid,
    count: 1,
    hook: { namespace: "shop", name: "web-hook" },
    outcome,
    eventType: "pod-restart",
    resourceName: `pod-${index}`,
    agent: "k8s-agent",
    requestId: outcome === "SUCCEEDED" ? `request-${index}` : null,
    error: outcome === "FAILED" ? "agent unreachable" : null,
    message: `${outcome} for pod-${index}`,
    timestamp: NOW - (index + 1) * MINUTE + 1000,
  };
}

function hook(namespace: string, name: string, eventTypes: readonly string[], labels: Record<string, string>): Hook {
  const eventConfigurations = eventTypes.map((eventType) => ({
    eventType,
    agentRef: { namespace, name: "k8s-agent" },
    prompt: `Look at {{.ResourceName}}.\nThen say: on\n`,
  }));
  return {
    namespace,
    name,
    uid: `${name}-uid`,
    labels,
    annotations: { note: "kept" },
    generation: 3,
    createdAt: NOW - 24 * HOUR,
    eventConfigurations,
    status: {
      activeEvents: [
        {
          eventType: "pod-restart",
          resourceName: "pod-0",
          firstSeen: NOW - HOUR,
          lastSeen: NOW - MINUTE,
          status: "firing",
        },
      ],
      lastUpdated: NOW - MINUTE,
    },
    manifest: {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { name, namespace, labels, annotations: { note: "kept" } },
      spec: { eventConfigurations: eventConfigurations.map((each) => ({ ...each, agentRef: { name: "k8s-agent" } })) },
    },
    deletedAt: null,
  };
}
