// A clock that runs faster than the real one and can be moved on: minutes of back-off and time-outs pass in seconds.
// It never stands still and never goes back, so a whole gateway lives by it as by the real one.
import type { Clock } from "../../src/cluster/clock.ts";

export class HurriedClock implements Clock {
  readonly #pace: number;
  readonly #startedAt = performance.now();
  readonly #origin: number;
  #skipped = 0;
  #moved = new AbortController();

  /** `pace` seconds pass in each real one. */
  constructor({ pace = 40, origin = Date.now() } = {}) {
    this.#pace = pace;
    this.#origin = origin;
  }

  now = (): number => Math.floor(this.#origin + this.#skipped + (performance.now() - this.#startedAt) * this.#pace);

  random = (): number => 0.5;

  async sleep(millis: number, signal: AbortSignal): Promise<void> {
    const dueAt = this.now() + millis;
    while (!signal.aborted && this.now() < dueAt) {
      await pause(Math.ceil((dueAt - this.now()) / this.#pace), [signal, this.#moved.signal]);
    }
  }

  /** Whoever slept until then wakes. */
  advance(millis: number): void {
    this.#skipped += millis;
    const moved = this.#moved;
    this.#moved = new AbortController();
    moved.abort();
  }
}

/** Not AbortSignal.any: the gateway's signals live long, and each would remember every sleep. */
function pause(millis: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  });
}
