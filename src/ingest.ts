// The spine: an observation, the hooks that match it, its status, the store, the telling. In this order, in one call.
// What is stored twice is stored once; what is told was stored before.
import type { Dispatch } from "./events/dispatch.ts";
import type { MatchedObservation, Observation } from "./events/event.ts";
import { type Hook, type HookKey, hookPath, matchingHooks } from "./events/hook.ts";
import type { Instant } from "./events/time.ts";
import type { SourceSink } from "./sources/source.ts";
import type { EventStore } from "./store/store.ts";

export interface Ingest extends SourceSink {
  /** Hooks as a whole, as a list of the cluster gives them: those that are not in it are gone. */
  hooksListed(hooks: readonly Hook[]): Promise<void>;
  hookChanged(hook: Hook): Promise<void>;
  hookDeleted(hook: Hook): Promise<void>;
}

/** Hears of what was delivered, when it is stored: of as much as it wants to hear. */
export interface IngestObserver {
  observed?(batch: ObservedBatch): void;
  dispatched?(batch: DispatchedBatch): void;
  missed?(): void;
  /** A hook exists as it is told; it may have been told so before. */
  hookSeen?(hook: Hook): void;
  hookGone?(hook: HookKey): void;
}

export interface ObservedBatch {
  readonly kept: readonly MatchedObservation[];
  /** Left out because no hook matches them. */
  readonly unmatched: number;
  /** Of those kept, how many were not stored before. */
  readonly stored: number;
  /** How long the store took, with its queue. */
  readonly ms: number;
}

export interface DispatchedBatch {
  readonly dispatches: readonly Dispatch[];
  /** How many were not stored before. */
  readonly stored: number;
  /** How long the store took, with its queue. */
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
      const batch = { kept, unmatched: matched.length - kept.length, stored, ms: elapsed() - startedAt };
      tell((observer) => observer.observed?.(batch));
    },

    async dispatched(dispatches) {
      const startedAt = elapsed();
      const stored = await store.appendDispatches(dispatches);
      const batch = { dispatches, stored, ms: elapsed() - startedAt };
      tell((observer) => observer.dispatched?.(batch));
    },

    async missed(gap) {
      await store.recordGap(gap);
      tell((observer) => observer.missed?.());
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
      for (const hook of gone) tell((observer) => observer.hookGone?.(hook));
      for (const hook of listed) tell((observer) => observer.hookSeen?.(hook));
    },

    async hookChanged(hook) {
      await store.putHooks([hook]);
      known.set(hookPath(hook), hook);
      tell((observer) => observer.hookSeen?.(hook));
    },

    async hookDeleted(hook) {
      await store.deleteHooks([hook], now());
      known.delete(hookPath(hook));
      tell((observer) => observer.hookGone?.(hook));
    },
  };

  function tell(hear: (observer: IngestObserver) => void): void {
    for (const observer of observers) hear(observer);
  }

  function withHooks(observation: Observation) {
    return { ...observation, hooks: matchingHooks(known.values(), observation) };
  }
}
