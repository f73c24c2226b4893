// What is read of the store at the start, and what is done about it as time goes on.
// Each is given the signal that ends it.
import type { Clock } from "../cluster/clock.ts";
import type { LoopStatus } from "../cluster/loopStatus.ts";
import type { Hook } from "../events/hook.ts";
import type { EventStore } from "../store/store.ts";

export async function storedHooks(store: EventStore): Promise<readonly Hook[]> {
  const hooks: Hook[] = [];
  for (;;) {
    const last = hooks.at(-1);
    const page = await store.hooks({ first: 1000, ...(last === undefined ? {} : { after: last }) });
    hooks.push(...page.hooks);
    if (!page.hasMore) return hooks;
  }
}

export async function prune(store: EventStore, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { more } = await store.prune(clock.now());
    if (!more) return;
    await clock.sleep(10, signal);
  }
}

/** Polls, as what it waits for is a state of several loops and nobody's event. */
export async function whenSynced(
  watches: () => readonly LoopStatus[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const statuses = watches();
    if (statuses.length > 1 && statuses.every(({ synced }) => synced)) return;
    if (signal.aborted) return new Promise(() => undefined);
    await clock.sleep(20, signal);
  }
}
