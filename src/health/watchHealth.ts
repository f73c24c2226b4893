// What the state of a list+watch loop means. A quiet watch is a healthy one: the loop itself notices when silence is death.
// A loop in trouble is degraded, and unhealthy once that has gone on for longer than is left unsaid.
import type { LoopStatus } from "../cluster/loopStatus.ts";
import { formatDuration, type Millis } from "../events/duration.ts";
import type { Verdict } from "../events/health.ts";

/** A loop in trouble for so long is stale: what the store holds may be behind the cluster by as much. */
export const STALE_AFTER: Millis = 300_000;

export function isInTrouble({ phase, synced }: LoopStatus): boolean {
  return phase === "WAITING" || phase === "FORBIDDEN" || phase === "UNCONFIGURED" || (phase === "STARTING" && !synced);
}

/** `troubledFor` is how long the loop has been in trouble, 0 when it is not. */
export function watchVerdict(loop: LoopStatus, troubledFor: Millis): Verdict {
  const { phase, synced, lastError } = loop;
  if (phase === "STOPPED") return { status: "DEGRADED", message: "stopped" };
  if (phase === "ABSENT")
    return { status: "DEGRADED", message: "the cluster has no such resource: its CRD is not installed" };
  if (!isInTrouble(loop)) {
    return synced
      ? { status: "HEALTHY", message: "in sync" }
      : { status: "DEGRADED", message: "the first list is under way" };
  }
  const why = phase === "STARTING" ? "not begun" : (lastError?.message ?? "waiting to try again");
  if (troubledFor < STALE_AFTER) return { status: "DEGRADED", message: why };
  const length = formatDuration(Math.floor(troubledFor / 1_000) * 1_000);
  return { status: "UNHEALTHY", message: `not in sync for ${length}: ${why}` };
}
