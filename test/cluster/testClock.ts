// A clock that a test owns: short waits pass at once and move the time on, long ones wait until the test moves it.
// Backoffs are at most 30 s and time-outs at least 60 s, so the border between them is what a test wants to tell apart.
import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../src/cluster/clock.ts";

interface Sleeper {
  readonly dueAt: number;
  wake(): void;
}

export class TestClock implements Clock {
  /** The waits that passed by themselves, in order. */
  readonly waits: number[] = [];
  readonly #patience: number;
  readonly #sleepers = new Set<Sleeper>();
  #now: number;

  constructor({ now = Date.parse("2026-11-23T08:00:00Z"), patience = 30_000 } = {}) {
    this.#now = now;
    this.#patience = patience;
  }

  now = (): number => this.#now;

  random = (): number => 0.5;

  /** How many wait until the test moves the time. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** The waits between tries: not the few milliseconds in which a batch fills. */
  get backoffs(): readonly number[] {
    return this.waits.filter((wait) => wait >= 800);
  }

  async sleep(millis: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (millis <= this.#patience) {
      this.waits.push(millis);
      this.#now += millis;
      await pause(1); // never none: a loop that only waits must not keep the test from running
      return;
    }
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = {
        dueAt: this.#now + millis,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  advance(millis: number): void {
    this.#now += millis;
    for (const sleeper of [...this.#sleepers]) if (sleeper.dueAt <= this.#now) sleeper.wake();
  }
}
