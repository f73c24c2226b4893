// How the gateway and what it depends on are doing: the words in which it is told, without where they come from.
// Each part says since when it has been so, and in a sentence for people why.
import type { Instant } from "./time.ts";

/** `DISABLED` was not asked for, `UNKNOWN` cannot be told; neither counts against the whole. */
export const HEALTH_STATUSES = ["HEALTHY", "DEGRADED", "UNHEALTHY", "DISABLED", "UNKNOWN"] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export interface Verdict {
  readonly status: HealthStatus;
  readonly message: string;
}

export interface PartHealth extends Verdict {
  readonly since: Instant;
}

export interface ServerHealth extends PartHealth {
  readonly version: string;
  readonly startedAt: Instant;
  readonly uptimeSeconds: number;
}

export interface RestartCount {
  readonly reason: string;
  readonly count: number;
}

export interface WatchHealth extends PartHealth {
  /** Path at the API server: `/apis/events.k8s.io/v1/events`. */
  readonly path: string;
  readonly phase: string;
  readonly synced: boolean;
  readonly lastActivityAt: Instant | null;
  readonly resourceVersion: string | null;
  /** How long ago that was told to us. */
  readonly resourceVersionAgeSeconds: number | null;
  readonly listsDone: number;
  readonly watchesOpened: number;
  readonly restarts: readonly RestartCount[];
  readonly lastError: string | null;
  readonly lastErrorAt: Instant | null;
}

/** Between an Event's time and its storing, of the events stored lately as they happened. */
export interface Lag {
  readonly events: number;
  readonly medianSeconds: number;
  readonly p99Seconds: number;
}

export interface PipelineHealth extends PartHealth {
  readonly watches: readonly WatchHealth[];
  /** null when nothing was stored lately. */
  readonly lag: Lag | null;
}

export interface LeaseInfo {
  readonly namespace: string;
  readonly name: string;
  readonly holder: string | null;
  readonly renewedAt: Instant | null;
  readonly durationSeconds: number | null;
}

export interface ControllerHealth extends PartHealth {
  /** The controller's Lease; null when there is none, or when it cannot be read. */
  readonly lease: LeaseInfo | null;
  /** Namespaces in which events matched hooks and the controller has said nothing for too long. */
  readonly stalledNamespaces: readonly string[];
  readonly lastDispatchAt: Instant | null;
}

export interface KagentHealth extends PartHealth {
  /** Without credentials; null when none is configured. */
  readonly url: string | null;
  readonly checkedAt: Instant | null;
  /** Of the last answer. */
  readonly latencySeconds: number | null;
  readonly lastError: string | null;
  readonly lastErrorAt: Instant | null;
}

export interface SourceHealth extends PartHealth {
  readonly name: string;
  readonly version: string;
  readonly eventTypes: readonly string[];
  readonly observed: number;
  readonly lastObservedAt: Instant | null;
}

export interface StoreHealth extends PartHealth {
  readonly records: number;
  readonly bytes: number;
  readonly oldest: Instant | null;
  readonly newest: Instant | null;
  readonly retentionAgeSeconds: number;
  readonly retentionBytes: number;
  readonly pruned: number;
  readonly lastPrunedAt: Instant | null;
  readonly writable: boolean;
}

export interface ProcessHealth extends PartHealth {
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** What the process may have in all, where it is bounded. */
  readonly memoryLimitBytes: number | null;
  /** Cores used lately: 1 is one core all the time. */
  readonly cpuCores: number;
  /** How late the event loop came lately. */
  readonly loopDelayMedianSeconds: number;
  readonly loopDelayP99Seconds: number;
}

export interface Health extends PartHealth {
  readonly server: ServerHealth;
  readonly pipeline: PipelineHealth;
  readonly controller: ControllerHealth;
  readonly kagent: KagentHealth;
  readonly sources: readonly SourceHealth[];
  readonly store: StoreHealth;
  readonly process: ProcessHealth;
}

const GRAVITY: readonly HealthStatus[] = ["DISABLED", "UNKNOWN", "HEALTHY", "DEGRADED", "UNHEALTHY"];

/** The gravest of several, each named; healthy when there are none. */
export function gravest(parts: readonly (Verdict & { readonly name: string })[]): Verdict {
  const worst = parts.reduce<HealthStatus>(
    (status, part) => (GRAVITY.indexOf(part.status) > GRAVITY.indexOf(status) ? part.status : status),
    "HEALTHY",
  );
  if (worst === "HEALTHY") return { status: worst, message: "all is well" };
  const culprits = parts.filter(({ status }) => status === worst);
  return { status: worst, message: culprits.map(({ name, message }) => `${name}: ${message}`).join("; ") };
}
