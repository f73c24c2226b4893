// Since when each part has been as it is. A part that only changes its words stays as it was.
import type { PartHealth, Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

export class HealthLedger {
  readonly #parts = new Map<string, PartHealth>();

  enter(part: string, { status, message }: Verdict, now: Instant): PartHealth {
    const known = this.#parts.get(part);
    const entry = { status, message, since: known?.status === status ? known.since : now };
    this.#parts.set(part, entry);
    return entry;
  }

  /** Since when the part has not been healthy; undefined while it is. */
  troubledSince(part: string): Instant | undefined {
    const known = this.#parts.get(`${part} trouble`);
    return known?.status === "DEGRADED" ? known.since : undefined;
  }

  /** Remembers whether the part is in trouble, whatever is made of that. */
  note(part: string, isTroubled: boolean, now: Instant): void {
    this.enter(`${part} trouble`, { status: isTroubled ? "DEGRADED" : "HEALTHY", message: "" }, now);
  }
}
