// Waiting for the hooks of the cluster, so that the first events meet the hooks they match.
// Not for ever: without a cluster there are those of the last run.
import type { Clock } from "../cluster/clock.ts";
import type { Millis } from "../events/duration.ts";

const HOOKS_WAIT: Millis = 10_000;

/** What it returns resolves when `ready` has settled, its signal has aborted, or ten seconds have passed. Never rejects. */
export function waitForHooks(ready: Promise<unknown>, clock: Clock): (signal: AbortSignal) => Promise<void> {
  const settled = ready.catch(() => undefined); // an answer, too: there is nothing more to wait for
  return async (signal) => {
    const known = new AbortController();
    const wait = clock.sleep(HOOKS_WAIT, AbortSignal.any([signal, known.signal]));
    await Promise.race([settled, wait]);
    known.abort();
  };
}
