// Whether khook's Lease is being renewed, told by whether it changes between our looks: clocks differ, and a look is half a minute old.
import { formatDuration, type Millis } from "../events/duration.ts";
import type { LeaseInfo, Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

/** What came of looking for it. */
export type FoundLease = LeaseInfo | "none" | "unreadable";

/** A Lease is renewed several times in its duration. */
const PATIENCE = 2;
/** Clocks do not differ by so much. */
const LONG_AGO: Millis = 300_000;
/** Who has acted so lately is there. */
const LATELY: Millis = 3_600_000;

export class LeaseWatch {
  #found: FoundLease = "unreadable";
  #known: { readonly lease: LeaseInfo; readonly since: Instant } | undefined;
  #lookedAt: Instant | undefined;

  get lease(): LeaseInfo | null {
    return typeof this.#found === "object" ? this.#found : null;
  }

  /** Whether another one holds it than when it was last seen. */
  look(found: FoundLease, now: Instant): boolean {
    this.#found = found;
    this.#lookedAt = now;
    if (typeof found !== "object") return false;
    const known = this.#known;
    if (known?.lease.renewedAt !== found.renewedAt || known.lease.holder !== found.holder) {
      this.#known = { lease: found, since: now };
    }
    return known !== undefined && found.holder !== null && known.lease.holder !== found.holder;
  }

  verdict(lastDispatchAt: Instant | null, now: Instant): Verdict {
    const found = this.#found;
    if (typeof found !== "object") {
      const why = found === "none" ? "there is no Lease named khook" : "its Lease cannot be read";
      if (lastDispatchAt === null) return { status: "UNKNOWN", message: `${why}, and it has not acted yet` };
      const message = `${why}; it acted ${ago(now - lastDispatchAt)} ago`;
      return { status: now - lastDispatchAt < LATELY ? "HEALTHY" : "UNKNOWN", message };
    }
    const { holder, renewedAt, durationSeconds } = found;
    if (holder === null) return { status: "DEGRADED", message: "nobody holds its Lease: no khook is running" };
    // By the look, not by now: what was renewed since cannot be known.
    const lookedAt = this.#lookedAt ?? now;
    const unchanged = lookedAt - (this.#known?.since ?? lookedAt);
    const byClocks = renewedAt === null ? 0 : lookedAt - renewedAt;
    const isOverdue = durationSeconds !== null && unchanged > PATIENCE * durationSeconds * 1_000;
    if (isOverdue || byClocks > LONG_AGO) {
      const age = ago(Math.max(unchanged, byClocks));
      return { status: "DEGRADED", message: `its Lease was last renewed ${age} ago by ${holder}` };
    }
    return { status: "HEALTHY", message: `led by ${holder}` };
  }
}

function ago(millis: Millis): string {
  return formatDuration(Math.max(1_000, Math.floor(millis / 1_000) * 1_000));
}
