// A watchdog: it bites once, when the moment it watches for has come and nobody put it off.
// Being put off costs nothing: the moment is asked for again only when the last known one has come.
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";

export interface Watchdog {
  /** After this it never bites. */
  stop(): void;
}

export function watchdog(clock: Clock, dueAt: () => Instant, bite: () => void): Watchdog {
  const stopping = new AbortController();
  void guard();
  return { stop: () => stopping.abort() };

  async function guard(): Promise<void> {
    while (!stopping.signal.aborted) {
      const wait = dueAt() - clock.now();
      if (wait <= 0) return bite();
      await clock.sleep(wait, stopping.signal);
    }
  }
}
