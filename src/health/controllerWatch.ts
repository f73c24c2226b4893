// Whether khook still acts: it goes blind silently when its watch ends, and then events keep matching hooks while no audit Event
// of khook follows. It limits its audit Events to one per five minutes and hook after a burst, so one event without an answer
// right behind an answer proves nothing.
import type { Dispatch } from "../events/dispatch.ts";
import { formatDuration, type Millis } from "../events/duration.ts";
import type { MatchedObservation } from "../events/event.ts";
import type { LeaseInfo, Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

/** What khook's rate limit may swallow behind an audit Event, and a little for clocks of one second. */
const SWALLOWED: Millis = 305_000;
/** Further back nothing is held against it: it may not have been there. */
const FORGIVEN_AFTER: Millis = 86_400_000;
/** A Lease is renewed several times in its duration. */
const LEASE_PATIENCE = 2;

interface NamespaceState {
  lastDispatchAt: Instant;
  /** The earliest event that matched a hook and that nothing has answered; undefined when there is none. */
  unansweredSince: Instant | undefined;
}

export class ControllerWatch {
  readonly #namespaces = new Map<string, NamespaceState>();
  #lastDispatchAt: Instant | null = null;

  get lastDispatchAt(): Instant | null {
    return this.#lastDispatchAt;
  }

  matched({ namespace, hooks, lastSeen, ignoredByController }: MatchedObservation): void {
    if (hooks.length === 0 || ignoredByController !== null) return;
    const state = this.#stateOf(namespace);
    if (lastSeen <= state.lastDispatchAt + SWALLOWED) return;
    state.unansweredSince = Math.min(lastSeen, state.unansweredSince ?? lastSeen);
  }

  dispatched({ hook, timestamp }: Dispatch): void {
    const state = this.#stateOf(hook.namespace);
    state.lastDispatchAt = Math.max(state.lastDispatchAt, timestamp);
    this.#lastDispatchAt = Math.max(this.#lastDispatchAt ?? timestamp, timestamp);
    if (state.unansweredSince !== undefined && timestamp >= state.unansweredSince - SWALLOWED)
      state.unansweredSince = undefined;
  }

  /** In order of name. */
  stalled(now: Instant, after: Millis): readonly string[] {
    return [...this.#namespaces]
      .filter(
        ([, { unansweredSince: since }]) => since !== undefined && now - since >= after && now - since < FORGIVEN_AFTER,
      )
      .map(([namespace]) => namespace)
      .sort();
  }

  #stateOf(namespace: string): NamespaceState {
    const known = this.#namespaces.get(namespace) ?? {
      lastDispatchAt: Number.NEGATIVE_INFINITY,
      unansweredSince: undefined,
    };
    this.#namespaces.set(namespace, known);
    return known;
  }
}

export interface ControllerSigns {
  readonly stalled: readonly string[];
  readonly stalledAfter: Millis;
  /** What came of looking for the Lease. */
  readonly lease: LeaseInfo | "none" | "unreadable";
  readonly lastDispatchAt: Instant | null;
}

export function controllerVerdict(
  { stalled, stalledAfter, lease, lastDispatchAt }: ControllerSigns,
  now: Instant,
): Verdict {
  if (stalled.length > 0) {
    const where = stalled.join(", ");
    const message = `stalled: events matched hooks in ${where}, and khook has said nothing about them for ${formatDuration(stalledAfter)} or longer`;
    return { status: "DEGRADED", message };
  }
  if (typeof lease === "object") {
    const { renewedAt, durationSeconds, holder } = lease;
    const age = renewedAt === null ? undefined : Math.floor((now - renewedAt) / 1_000);
    if (age !== undefined && durationSeconds !== null && age > LEASE_PATIENCE * durationSeconds) {
      const message = `its Lease was last renewed ${formatDuration(age * 1_000)} ago by ${holder ?? "nobody"}`;
      return { status: "DEGRADED", message };
    }
    return { status: "HEALTHY", message: `led by ${holder ?? "nobody"}` };
  }
  if (lastDispatchAt !== null) return { status: "HEALTHY", message: "it acts; it holds no Lease that can be read" };
  const why = lease === "none" ? "there is no Lease named khook" : "its Lease cannot be read";
  return { status: "UNKNOWN", message: `${why}, and it has not acted yet` };
}
