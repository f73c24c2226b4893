// What a source is: a pluggable origin of observations. It runs until its signal aborts and tells a sink what it saw.
// A source may tell the same state any number of times; the store keeps each once.
import type { Dispatch } from "../events/dispatch.ts";
import type { Observation } from "../events/event.ts";
import type { Gap } from "../events/gap.ts";
import type { Instant } from "../events/time.ts";

/**
 * Where a source delivers. Each call resolves when what it was given is stored. Calls are answered in their order, so a source
 * may go on to the next before; observations behind some that could not be stored are not stored either.
 */
export interface SourceSink {
  observed(observations: readonly Observation[]): Promise<void>;
  dispatched(dispatches: readonly Dispatch[]): Promise<void>;
  /** Something may have been missed: the cluster, or whatever is behind the source, no longer knows it. */
  missed(gap: Gap): Promise<void>;
  /** Everything that was known to the source at `at` has been delivered. Told now and then, for the next start. */
  synced(source: string, at: Instant): Promise<void>;
}

export const SOURCE_STATES = ["STARTING", "RUNNING", "DEGRADED", "STOPPED"] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

export interface SourceStatus {
  readonly state: SourceState;
  /** Human readable: why it is in this state. */
  readonly message: string;
  readonly observed: number;
  readonly lastObservedAt: Instant | null;
}

export interface Source {
  readonly name: string;
  readonly version: string;
  /** Event types it can produce. */
  readonly eventTypes: readonly string[];
  status(): SourceStatus;
  /** Resolves once the signal has aborted and everything under way has been delivered or given up. Never rejects. */
  run(sink: SourceSink, signal: AbortSignal): Promise<void>;
}
