// Time and chance as one argument, so that a test can own both.
// sleep never rejects: it ends when the time has passed or the signal has aborted, whichever is first.
import { setTimeout as timeout } from "node:timers/promises";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";

export interface Clock {
  now(): Instant;
  /** At least 0, below 1. */
  random(): number;
  sleep(millis: Millis, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(millis, signal) {
    await timeout(millis, undefined, { signal }).catch(() => undefined); // an abort only ends it early
  },
};
