// How late events are stored, measured on those that happened since the start and were stored lately: what a list brings after
// an absence of the cluster is late, and counts; the past that the first list brings is not.
// Bounded: the newest thousand of the last five minutes.
import type { Millis } from "../events/duration.ts";
import type { Lag } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

const KEPT = 1_000;
const LATELY: Millis = 300_000;

export class LagGauge {
  readonly #since: Instant;
  readonly #measured: { readonly at: Instant; readonly lag: Millis }[] = [];
  #next = 0;

  /** Only what happened at or after `since` is measured. */
  constructor(since: Instant) {
    this.#since = since;
  }

  /** Clocks differ: an event from the future is not late. */
  measure(happenedAt: Instant, storedAt: Instant): void {
    if (happenedAt < this.#since) return;
    this.#measured[this.#next] = { at: storedAt, lag: Math.max(0, storedAt - happenedAt) };
    this.#next = (this.#next + 1) % KEPT;
  }

  read(now: Instant): Lag | null {
    const lags = this.#measured.filter(({ at }) => at > now - LATELY).map(({ lag }) => lag);
    if (lags.length === 0) return null;
    lags.sort((a, b) => a - b);
    const rank = (share: number) => lags[Math.min(lags.length - 1, Math.floor(share * lags.length))] ?? 0;
    return { events: lags.length, medianSeconds: rank(0.5) / 1_000, p99Seconds: rank(0.99) / 1_000 };
  }
}
