// How long to wait before the next try: exponential from 0.8 s to 30 s, with jitter.
// It only grows until reset is called, so whoever fails in a circle is slow in it.
import type { Millis } from "../events/duration.ts";

export const SHORTEST_WAIT: Millis = 800;
export const LONGEST_WAIT: Millis = 30_000;

export class Backoff {
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Tries since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Counts a try that needs no wait. */
  count(): void {
    this.#attempts++;
  }

  /** Counts a try, and says how long to wait before it: never less than `atLeast`, else 0.8 s to 30 s. */
  next(atLeast: Millis = 0): Millis {
    const steps = Math.min(this.#attempts++, 10); // 0.8 s times 2^6 is past the longest wait already
    const wait = SHORTEST_WAIT * 2 ** steps * (1 + this.#random());
    return Math.max(atLeast, Math.min(LONGEST_WAIT, wait));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
