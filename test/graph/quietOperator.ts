// An operator with nothing to report: its values are made up, of every type once.
import type { Diagnostics } from "../../src/events/diagnostics.ts";
import type { Health, HealthStatus } from "../../src/events/health.ts";
import type { Operator } from "../../src/graph/context.ts";
import { NOW } from "./seededStore.ts";

const part = (status: HealthStatus = "HEALTHY") => ({ status, since: NOW - 60_000, message: "as it should be" });

const WATCH: Health["pipeline"]["watches"][number] = {
  ...part(),
  path: "/apis/events.k8s.io/v1/events",
  phase: "WATCHING",
  synced: true,
  lastActivityAt: NOW,
  resourceVersion: "17",
  resourceVersionAgeSeconds: 1.5,
  listsDone: 1,
  watchesOpened: 2,
  restarts: [{ reason: "ended", count: 1 }],
  lastError: null,
  lastErrorAt: null,
};

export function quietHealth(status: HealthStatus = "HEALTHY"): Health {
  return {
    ...part(status),
    server: { ...part(), version: "0.0.0", startedAt: NOW - 60_000, uptimeSeconds: 60 },
    pipeline: { ...part(), watches: [WATCH], lag: { events: 3, medianSeconds: 0.5, p99Seconds: 1.25 } },
    controller: {
      ...part("UNKNOWN"),
      lease: { namespace: "kagent", name: "khook", holder: "khook-0", renewedAt: NOW, durationSeconds: 15 },
      stalledNamespaces: [],
      lastDispatchAt: null,
    },
    kagent: {
      ...part("DISABLED"),
      url: null,
      checkedAt: null,
      latencySeconds: null,
      lastError: null,
      lastErrorAt: null,
    },
    sources: [
      { ...part(), name: "kubernetes", version: "v1", eventTypes: ["pod-restart"], observed: 3, lastObservedAt: NOW },
    ],
    store: {
      ...part(),
      records: 3,
      bytes: 4096,
      oldest: NOW,
      newest: NOW,
      retentionAgeSeconds: 60,
      retentionBytes: 2 ** 30,
      pruned: 0,
      lastPrunedAt: null,
      writable: true,
    },
    process: {
      ...part(),
      residentBytes: 2 ** 27,
      heapUsedBytes: 2 ** 25,
      heapLimitBytes: 2 ** 31,
      memoryLimitBytes: null,
      cpuCores: 0.01,
      loopDelayMedianSeconds: 0,
      loopDelayP99Seconds: 0.001,
    },
  };
}

export const QUIET_DIAGNOSTICS: Diagnostics = {
  at: NOW,
  versions: { gateway: "0.0.0", node: "24.0.0", sqlite: "3.53.0", platform: "linux x64" },
  settings: [{ flag: "--port", value: "8082", origin: "default" }],
  cluster: {
    context: null,
    serverVersion: null,
    hookVersions: [{ name: "v1alpha2", storage: true, eventTypes: ["pod-restart"] }],
    unknown: ["version: there is no cluster"],
  },
  watches: [WATCH],
  gaps: [{ from: NOW - 1, to: NOW, reason: "away", source: "kubernetes" }],
  store: {
    epoch: "e",
    head: 3,
    floor: 0,
    revision: 4,
    records: 3,
    bytes: 4096,
    prunedByAge: 0,
    prunedBySize: 0,
    tooOld: 0,
    writeFailure: null,
  },
  streams: {
    transports: [{ transport: "sse", open: 1, opened: 2, resumed: 1 }],
    channels: 1,
    refused: [{ name: "streams", count: 0 }],
    stalled: 0,
    dead: 0,
  },
  caches: [{ name: "rest", entries: 1, hits: 2, misses: 3 }],
  slowestOperations: [{ operation: "ListEvents", route: "/api/v1/events", seconds: 0.5, at: NOW, requestId: "r" }],
  recentWarnings: [{ at: NOW, level: "warn", message: "away", details: { path: "/events", status: 503 } }],
};

export const QUIET_OPERATOR: Operator = {
  health: async () => quietHealth(),
  diagnostics: async () => QUIET_DIAGNOSTICS,
};
