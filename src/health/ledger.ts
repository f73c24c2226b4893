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
}
