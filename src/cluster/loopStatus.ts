// What a list+watch loop tells of itself, for health and diagnostics.
// Words only; loopJournal.ts keeps them up to date.
import type { Instant } from "../events/time.ts";

/**
 * - `STARTING`: not begun
 * - `LISTING`, `WATCHING`: at work
 * - `WAITING`: between tries, after an error
 * - `ABSENT`: the cluster has no such resource (its CRD is not installed); looked for again every half minute
 * - `FORBIDDEN`: we may not read it; tried again every half minute
 * - `UNCONFIGURED`: there is no cluster to talk to, or no credentials
 * - `STOPPED`: done
 */
export const LOOP_PHASES = [
  "STARTING",
  "LISTING",
  "WATCHING",
  "WAITING",
  "ABSENT",
  "FORBIDDEN",
  "UNCONFIGURED",
  "STOPPED",
] as const;
export type LoopPhase = (typeof LOOP_PHASES)[number];

/**
 * Why a watch had to begin again: `ended` is routine, `expired` normal for Events; `short` and `silentClose` are watches
 * that lived under 2 s, with and without a line; `reset` is a server that knows less than we do; `handler` is our fault.
 */
export const RESTART_REASONS = [
  "ended",
  "short",
  "silentClose",
  "expired",
  "reset",
  "missing",
  "forbidden",
  "unauthorized",
  "overloaded",
  "refused",
  "unreachable",
  "silent",
  "garbled",
  "unconfigured",
  "handler",
] as const;
export type RestartReason = (typeof RESTART_REASONS)[number];

export interface LoopError {
  readonly at: Instant;
  readonly reason: RestartReason;
  readonly message: string;
  /** HTTP status, when the server answered. */
  readonly status: number | null;
}

/** What a loop has not got over yet. */
export interface LoopTrouble {
  readonly since: Instant;
  /** Why the last try failed. */
  readonly reason: RestartReason;
  readonly message: string;
}

export interface LoopStatus {
  readonly path: string;
  readonly phase: LoopPhase;
  /** The first list is delivered, or there is nothing to list. */
  readonly synced: boolean;
  /** Everything that the cluster knew by then is delivered; null before the first list ever. */
  readonly syncedAt: Instant | null;
  /** When the server last sent anything that was not a refusal. */
  readonly lastActivityAt: Instant | null;
  readonly resourceVersion: string | null;
  /** When this resource version was told to us. */
  readonly resourceVersionAt: Instant | null;
  readonly listsDone: number;
  readonly watchesOpened: number;
  readonly restarts: Readonly<Record<RestartReason, number>>;
  /** The last one; it stays after recovery. */
  readonly lastError: LoopError | null;
  /** Also while it tries again; null once a watch has lasted for two seconds or told anything. */
  readonly trouble: LoopTrouble | null;
  /** When the next try is due, while waiting for it. */
  readonly retryAt: Instant | null;
}
