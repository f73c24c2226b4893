// Whether khook still acts: it goes blind silently when its watch ends, and then events keep matching hooks while no audit Event
// of khook follows. What khook rightly leaves alone is not held against it: what happened before its hook was made, what it is
// too late for, and what its limit on audit Events may have swallowed (one per five minutes and hook after a burst).
import type { Dispatch } from "../events/dispatch.ts";
import type { Millis } from "../events/duration.ts";
import type { MatchedObservation } from "../events/event.ts";
import { type Hook, type HookKey, hookPath } from "../events/hook.ts";
import type { Instant } from "../events/time.ts";

/** What khook's rate limit may swallow behind an audit Event, and a little for clocks of one second. */
export const SWALLOWED: Millis = 305_000;
/** What is seen later than this after it happened, khook leaves alone as well. */
export const TOO_LATE: Millis = 900_000;
/** When nothing more has gone unanswered for so long, the last of it is forgotten. */
export const FORGIVEN_AFTER: Millis = 86_400_000;

/** By the watched time: what passes while Events are watched. What khook says meanwhile cannot be heard otherwise. */
interface Unanswered {
  readonly first: Millis;
  readonly last: Millis;
}

interface NamespaceState {
  /** By the cluster's clocks. */
  lastDispatchAt: Instant;
  unanswered: Unanswered | undefined;
}

interface KnownHook {
  readonly uid: string;
  readonly generation: number;
  /** Since when it has been as it is. */
  readonly since: Instant;
}

export interface ControllerWatchOptions {
  readonly now: () => Instant;
  /** Name of the source whose events khook sees as well. */
  readonly source: string;
}

export class ControllerWatch {
  readonly #options: ControllerWatchOptions;
  readonly #namespaces = new Map<string, NamespaceState>();
  readonly #hooks = new Map<string, KnownHook>();
  #lastDispatchAt: Instant | null = null;
  #watched: Millis = 0;
  #watchedUntil: Instant | undefined;

  constructor(options: ControllerWatchOptions) {
    this.#options = options;
  }

  get lastDispatchAt(): Instant | null {
    return this.#lastDispatchAt;
  }

  /** Told again and again whether Events are being watched. */
  watching(isWatching: boolean): void {
    const now = this.#options.now();
    if (isWatching && this.#watchedUntil !== undefined) this.#watched += Math.max(0, now - this.#watchedUntil);
    this.#watchedUntil = isWatching ? now : undefined;
  }

  matched({ namespace, hooks, lastSeen, source, ignoredByController }: MatchedObservation): void {
    const { now, source: watched } = this.#options;
    if (source !== watched || ignoredByController !== null || now() - lastSeen > TOO_LATE) return;
    if (!hooks.some((hook) => (this.#hooks.get(hookPath(hook))?.since ?? Number.NEGATIVE_INFINITY) <= lastSeen)) return;
    const state = this.#stateOf(namespace);
    if (lastSeen <= state.lastDispatchAt + SWALLOWED) return;
    const { first } = this.#unforgivenOf(state) ?? { first: this.#watched };
    state.unanswered = { first, last: this.#watched };
  }

  /** Whatever it says about a namespace, late or not, shows that it sees that namespace. */
  dispatched({ hook, timestamp }: Dispatch): void {
    const state = this.#stateOf(hook.namespace);
    this.#lastDispatchAt = Math.max(this.#lastDispatchAt ?? timestamp, timestamp);
    if (timestamp <= state.lastDispatchAt) return; // told again, as a list does
    state.lastDispatchAt = timestamp;
    state.unanswered = undefined;
  }

  /** khook watches a namespace anew when a hook in it changes; that it writes a hook's status is no change. */
  hookSeen({ uid, generation, createdAt, ...key }: Hook): void {
    const known = this.#hooks.get(hookPath(key));
    if (known?.uid === uid && known.generation === generation) return;
    const since = known?.uid === uid ? this.#options.now() : createdAt;
    this.#hooks.set(hookPath(key), { uid, generation, since });
    this.#forgive(key.namespace);
  }

  hookGone(key: HookKey): void {
    this.#hooks.delete(hookPath(key));
    this.#forgive(key.namespace);
  }

  /** Another one leads, and watches everything afresh. */
  takenOver(): void {
    for (const namespace of this.#namespaces.keys()) this.#forgive(namespace);
  }

  /** Namespaces that have gone without an answer for so long, in order of name. */
  stalled(after: Millis): readonly string[] {
    return [...this.#namespaces]
      .filter(([, state]) => this.#watched - (this.#unforgivenOf(state)?.first ?? Number.POSITIVE_INFINITY) >= after)
      .map(([namespace]) => namespace)
      .sort();
  }

  #unforgivenOf({ unanswered }: NamespaceState): Unanswered | undefined {
    return unanswered && this.#watched - unanswered.last < FORGIVEN_AFTER ? unanswered : undefined;
  }

  #forgive(namespace: string): void {
    const state = this.#namespaces.get(namespace);
    if (state) state.unanswered = undefined;
  }

  #stateOf(namespace: string): NamespaceState {
    const known = this.#namespaces.get(namespace) ?? {
      lastDispatchAt: Number.NEGATIVE_INFINITY,
      unanswered: undefined,
    };
    this.#namespaces.set(namespace, known);
    return known;
  }
}
