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

export interface IngestOptions {
  readonly store: EventStore;
  readonly now: () => Instant;
  /** Whether to store events that no hook matches, so that a new hook can be tried against history. */
  readonly keepUnmatched: boolean;
  /** Hooks known from an earlier run: they match until the cluster has said what there is now. */
  readonly hooks: readonly Hook[];
  readonly witness?: IngestWitness;
}

/** Is told what has been stored, or was before. */
export interface IngestWitness {
  /** `isNew` when none of them was stored before. */
  stored(observations: readonly MatchedObservation[], isNew: boolean): void;
  dispatched(dispatches: readonly Dispatch[]): void;
  /** A hook exists as it is told; it may have been told so before. */
  hookSeen(hook: Hook): void;
  hookGone(hook: HookKey): void;
}

export function createIngest({ store, now, keepUnmatched, hooks, witness }: IngestOptions): Ingest {
  const known = new Map(hooks.map((hook) => [hookPath(hook), hook]));

  return {
    async observed(observations) {
      const matched = observations.map(withHooks);
      const kept = keepUnmatched ? matched : matched.filter((observation) => observation.hooks.length > 0);
      const changes = await store.append(kept, now());
      witness?.stored(kept, changes.filter(({ kind }) => kind === "added").length === kept.length);
    },

    async dispatched(dispatches) {
      await store.appendDispatches(dispatches);
      witness?.dispatched(dispatches);
    },

    async missed(gap) {
      await store.recordGap(gap);
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
      for (const hook of gone) witness?.hookGone(hook);
      for (const hook of listed) witness?.hookSeen(hook);
    },

    async hookChanged(hook) {
      await store.putHooks([hook]);
      known.set(hookPath(hook), hook);
      witness?.hookSeen(hook);
    },

    async hookDeleted(hook) {
      await store.deleteHooks([hook], now());
      known.delete(hookPath(hook));
      witness?.hookGone(hook);
    },
  };

  function withHooks(observation: Observation) {
    return { ...observation, hooks: matchingHooks(known.values(), observation) };
  }
}
