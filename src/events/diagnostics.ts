// What a maintainer needs to answer a report: versions, settings, and what has happened since the start, on one page.
// Nothing of it is secret: credentials are left out or cut before they get here.
import type { WatchHealth } from "./health.ts";
import type { Instant } from "./time.ts";

export interface Versions {
  readonly gateway: string;
  readonly node: string;
  readonly sqlite: string;
  /** `linux x64` */
  readonly platform: string;
}

export interface EffectiveSetting {
  readonly flag: string;
  /** As it was given, with credentials cut out of URLs; null when it has no value. */
  readonly value: string | null;
  /** `flag`, `environment`, `file` or `default`. */
  readonly origin: string;
}

export interface ToldGap {
  readonly from: Instant;
  readonly to: Instant;
  readonly reason: string;
  readonly source: string;
}

export interface StoreDiagnostics {
  readonly epoch: string;
  readonly head: number;
  readonly floor: number;
  readonly revision: number;
  readonly records: number;
  readonly bytes: number;
  readonly prunedByAge: number;
  readonly prunedBySize: number;
  readonly tooOld: number;
  readonly writeFailure: string | null;
}

export interface TransportDiagnostics {
  readonly transport: string;
  readonly open: number;
  readonly opened: number;
  readonly resumed: number;
}

export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

export interface StreamDiagnostics {
  readonly transports: readonly TransportDiagnostics[];
  /** Things told to one or more subscribers in common. */
  readonly channels: number;
  readonly refused: readonly NamedCount[];
  readonly stalled: number;
  readonly dead: number;
}

export interface CacheDiagnostics {
  readonly name: string;
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
}

/** A version of the Hook resource that the cluster serves. */
export interface HookVersion {
  readonly name: string;
  readonly storage: boolean;
  /** What its schema lets a hook wait for; empty when it does not say. */
  readonly eventTypes: readonly string[];
}

export interface ClusterFeatures {
  readonly context: string | null;
  readonly serverVersion: string | null;
  /** Empty when the CRD is not installed, or cannot be read. */
  readonly hookVersions: readonly HookVersion[];
  /** What of this could not be read, and why. */
  readonly unknown: readonly string[];
}

export interface ToldWarning {
  readonly at: Instant;
  /** `warn` or `error`. */
  readonly level: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** An operation with its slowest run. */
export interface SlowRun {
  readonly operation: string;
  readonly route: string;
  readonly seconds: number;
  readonly at: Instant;
  readonly requestId: string;
}

export interface Diagnostics {
  readonly at: Instant;
  readonly versions: Versions;
  readonly settings: readonly EffectiveSetting[];
  readonly cluster: ClusterFeatures;
  readonly watches: readonly WatchHealth[];
  /** The newest, newest first. */
  readonly gaps: readonly ToldGap[];
  readonly store: StoreDiagnostics;
  readonly streams: StreamDiagnostics;
  readonly caches: readonly CacheDiagnostics[];
  /** Slowest first. */
  readonly slowestOperations: readonly SlowRun[];
  /** Newest first. */
  readonly recentWarnings: readonly ToldWarning[];
}
