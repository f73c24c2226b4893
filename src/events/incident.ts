// The status rules: what an observation becomes, given the incidents of its deduplication key around it.
// Measured by event time alone, so a replay of the past gives the statuses of having been there.
import type { EventId, EventStatus } from "./event.ts";
import type { Instant } from "./time.ts";

/** The event that opened an incident; its window is [startedAt, startedAt + window). */
export interface IncidentHead {
  readonly id: EventId;
  readonly startedAt: Instant;
}

export interface Settled {
  readonly status: EventStatus;
  readonly duplicateOf: EventId | null;
  readonly resolvedAt: Instant | null;
  /** Of the head of an incident: when its window ends, which is when it becomes resolved. null for a duplicate. */
  readonly endsAt: Instant | null;
}

/**
 * The status of an observation made at `at`, seen at `now`.
 *
 * `before` is the latest head of its key with startedAt <= at, `after` the earliest with startedAt > at. Inside the
 * window of `before` it is a duplicate; otherwise it heads an incident of its own, which is over when its window has
 * passed, or already when `after` opened. An incident that is known is never moved by an older observation.
 */
export function settle(
  at: Instant,
  before: IncidentHead | undefined,
  after: IncidentHead | undefined,
  window: number,
  now: Instant,
): Settled {
  if (before && at < before.startedAt + window) {
    return { status: "DUPLICATE", duplicateOf: before.id, resolvedAt: null, endsAt: null };
  }
  const endsAt = Math.min(at + window, after?.startedAt ?? Number.POSITIVE_INFINITY);
  return endsAt <= now
    ? { status: "RESOLVED", duplicateOf: null, resolvedAt: endsAt, endsAt }
    : { status: "FIRING", duplicateOf: null, resolvedAt: null, endsAt };
}
