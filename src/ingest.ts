// The spine: an observation, the hooks that match it, its status, the store, the telling. In this order, in one call.
// What is stored twice is stored once; what is told was stored before.
import type { Dispatch } from "./events/dispatch.ts";
import type { MatchedObservation, Observation } from "./events/event.ts";
import { type Hook, hookPath, matchingHooks } from "./events/hook.ts";
import type { Instant } from "./events/time.ts";
import type { SourceSink } from "./sources/source.ts";
import type { EventStore } from "./store/store.ts";

export interface Ingest extends SourceSink {
  /** Hooks as a whole, as a list of the cluster gives them: those that are not in it are gone. */
  hooksListed(hooks: readonly Hook[]): Promise<void>;
  hookChanged(hook: Hook): Promise<void>;
  hookDeleted(hook: Hook): Promise<void>;
}

/** Hears of what was delivered, when it is stored. `ms` is how long the store took, with its queue. */
export interface IngestObserver {
  /** `unmatched` were left out because no hook matches them; of those kept, `stored` were not stored before. */
  observed(batch: ObservedBatch): void;
  /** `stored` of them were not stored before. */
  dispatched(batch: DispatchedBatch): void;
  missed(): void;
}

export interface ObservedBatch {
  readonly kept: readonly MatchedObservation[];
  readonly unmatched: number;
  readonly stored: number;
  readonly ms: number;
}

export interface DispatchedBatch {
  readonly dispatches: readonly Dispatch[];
  readonly stored: number;
  readonly ms: number;
}

export interface IngestOptions {
  readonly store: EventStore;
  readonly now: () => Instant;
  /** Whether to store events that no hook matches, so that a new hook can be tried against history. */
  readonly keepUnmatched: boolean;
  /** Hooks known from an earlier run: they match until the cluster has said what there is now. */
  readonly hooks: readonly Hook[];
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  readonly observers: readonly IngestObserver[];
}

export function createIngest({ store, now, keepUnmatched, hooks, elapsed, observers }: IngestOptions): Ingest {
  const known = new Map(hooks.map((hook) => [hookPath(hook), hook]));

  return {
    async observed(observations) {
      const matched = observations.map(withHooks);
      const kept = keepUnmatched ? matched : matched.filter((observation) => observation.hooks.length > 0);
      const startedAt = elapsed();
      const changes = await store.append(kept, now());
      const stored = changes.filter(({ kind }) => kind === "added").length;
      const told = { kept, unmatched: matched.length - kept.length, stored, ms: elapsed() - startedAt };
      for (const observer of observers) observer.observed(told);
    },

    async dispatched(dispatches) {
      const startedAt = elapsed();
      const stored = await store.appendDispatches(dispatches);
      const told = { dispatches, stored, ms: elapsed() - startedAt };
      for (const observer of observers) observer.dispatched(told);
    },

    async missed(gap) {
      await store.recordGap(gap);
      for (const observer of observers) observer.missed();
    },

    async synced(source, at) {
      await store.markSynced(source, at);
    },

    async hooksListed(listed) {
      const still = new Set(listed.map(hookPath));
      const gone = [...known.values()].filter((hook) => !still.has(hookPath(hook)));
      await store.putHooks(listed);
      await store.deleteHooks(gone, now());
      known.clear();
      for (const hook of listed) known.set(hookPath(hook), hook);
    },

    async hookChanged(hook) {
      await store.putHooks([hook]);
      known.set(hookPath(hook), hook);
    },

    async hookDeleted(hook) {
      await store.deleteHooks([hook], now());
      known.delete(hookPath(hook));
    },
  };

  function withHooks(observation: Observation) {
    return { ...observation, hooks: matchingHooks(known.values(), observation) };
  }
}
