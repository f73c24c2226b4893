// What each trouble of a list+watch loop asks for: to list again or to resume, and how long to wait before.
// A pure table of predicates; the loop only obeys.
import type { Millis } from "../events/duration.ts";
import {
  ClusterError,
  isAheadOfServer,
  isExpired,
  isForbidden,
  isMissing,
  isOverloaded,
  isUnauthorized,
} from "./clusterError.ts";
import type { LoopPhase, RestartReason } from "./loopStatus.ts";

export interface Remedy {
  readonly reason: RestartReason;
  /**
   * - `resume`: the resource version still holds
   * - `confirm`: it holds if the server still knows it; the server may not be the one we knew
   * - `list`: it is worth nothing
   */
  readonly from: "resume" | "confirm" | "list";
  /**
   * - `once`: none after a time without trouble, else as `backoff`
   * - `backoff`: exponential
   * - `calm`: about half a minute, since only a person can change it
   */
  readonly wait: "once" | "backoff" | "calm";
  /** The server asks to wait this long; never more than two minutes is granted. */
  readonly atLeast: Millis;
  /** What the loop is while it waits. */
  readonly phase: LoopPhase;
}

const LONGEST_ASKED: Millis = 120_000;

/** What the handler threw: our own fault, so that what it was given must come again. */
export class HandlerError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "HandlerError";
  }
}

/** How often in a row a refusal may be met with a resume before the resource version itself is suspect. */
const PATIENCE = 3;

export function remedyFor(error: unknown, attempts: number): Remedy {
  const asked = error instanceof ClusterError ? (error.retryAfter ?? 0) : 0;
  return { ...sorted(error, attempts), atLeast: Math.min(asked, LONGEST_ASKED) };
}

function sorted(error: unknown, attempts: number): Remedy {
  if (isExpired(error)) return remedy("expired", "list", "once");
  if (isAheadOfServer(error)) return remedy("reset", "list", "backoff");
  if (isMissing(error)) return remedy("missing", "list", "calm", "ABSENT");
  if (isForbidden(error)) return remedy("forbidden", "list", "calm", "FORBIDDEN");
  if (isUnauthorized(error)) return remedy("unauthorized", "resume", "backoff");
  if (isOverloaded(error)) return remedy("overloaded", "resume", "backoff");
  if (!(error instanceof ClusterError)) return remedy("handler", "list", "backoff");
  switch (error.kind) {
    case "unconfigured":
      return remedy("unconfigured", "confirm", "backoff", "UNCONFIGURED");
    case "unreachable":
    case "silent":
      return remedy(error.kind, "confirm", "backoff");
    case "garbled":
      return remedy("garbled", attempts < PATIENCE ? "confirm" : "list", "backoff");
    case "refused":
      return remedy("refused", attempts < PATIENCE ? "resume" : "list", "backoff");
  }
}

/** A watch that the server ended by itself, without an error. */
export function remedyForEnd(lived: "long" | "short", lines: number): Remedy {
  if (lived === "long") return remedy("ended", "resume", "once");
  return lines > 0 ? remedy("short", "resume", "backoff") : remedy("silentClose", "list", "backoff");
}

function remedy(
  reason: RestartReason,
  from: Remedy["from"],
  wait: Remedy["wait"],
  phase: LoopPhase = "WAITING",
): Remedy {
  return { reason, from, wait, atLeast: 0, phase };
}
