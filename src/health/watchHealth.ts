// What the state of a list+watch loop means. A quiet watch is a healthy one: the loop itself notices when silence is death.
// A loop in trouble is degraded, and unhealthy once the store may have been behind the cluster for longer than is left unsaid.
import type { LoopStatus, LoopTrouble } from "../cluster/loopStatus.ts";
import { isInTrouble } from "../cluster/loopTrouble.ts";
import { formatDuration, type Millis } from "../events/duration.ts";
import type { Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

/** A loop that has been behind for so long is stale. */
export const STALE_AFTER: Millis = 300_000;

/**
 * For how long what the store holds may have been behind the cluster; 0 while the loop is in order. Not from the last time
 * all was known to be there: in a quiet cluster that is long ago. A resource that does not exist leaves nothing behind.
 */
export function behindFor(loop: LoopStatus, startedAt: Instant, now: Instant): Millis {
  const { trouble, syncedAt, synced, path } = loop;
  if (!isInTrouble(loop, now)) return 0;
  if (trouble?.reason === "missing" && synced && isOptional(path)) return 0;
  return Math.max(0, now - Math.max(trouble?.since ?? startedAt, syncedAt ?? Number.NEGATIVE_INFINITY));
}

/** `behind` as behindFor has it. */
export function watchVerdict(loop: LoopStatus, behind: Millis, now: Instant): Verdict {
  const { phase, synced, trouble, path } = loop;
  if (phase === "STOPPED") return { status: "DEGRADED", message: "stopped" };
  if (!isInTrouble(loop, now)) {
    return synced
      ? { status: "HEALTHY", message: "in sync" }
      : { status: "DEGRADED", message: "the first list is under way" };
  }
  const why = reasonOf(path, trouble);
  if (behind < STALE_AFTER) return { status: "DEGRADED", message: why };
  const length = formatDuration(Math.floor(behind / 1_000) * 1_000);
  return { status: "UNHEALTHY", message: `not in sync for ${length}: ${why}` };
}

function reasonOf(path: string, trouble: LoopTrouble | null): string {
  if (!trouble) return "not begun";
  if (trouble.reason !== "missing") return trouble.message;
  return isOptional(path)
    ? "the cluster has no such resource: its CRD is not installed"
    : "there is no such resource: this may be no Kubernetes API server";
}

/** Hooks are a custom resource and may come later; Events every cluster has. */
function isOptional(path: string): boolean {
  return path.endsWith("/hooks");
}
