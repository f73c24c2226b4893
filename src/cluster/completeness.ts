// Whether a list proves that nothing was missed, or leaves a gap.
// The cluster forgets each Event a fixed time (its TTL) after the last write to it, so Events vanish in the order written.
import { formatDuration, type Millis } from "../events/duration.ts";
import { formatInstant, type Instant } from "../events/time.ts";

export interface MissedSpan {
  readonly from: Instant;
  readonly to: Instant;
  readonly reason: string;
}

export interface Evidence {
  /** Everything up to here was seen; undefined when nothing was ever seen, which misses nothing. */
  readonly syncedAt: Instant | undefined;
  /** When the list was begun. */
  readonly listedAt: Instant;
  /** The earliest last write among all objects of the list, by the server's clock; undefined of an empty list. */
  readonly oldestWrite: Instant | undefined;
  /** The server's clock less ours. */
  readonly skew: Millis;
  /** How long the cluster is taken to keep an Event after its last write. */
  readonly ttl: Millis;
}

/**
 * What the cluster may have forgotten between two times we looked.
 *
 * Nothing when less than the TTL has passed: whatever was written since is still there. Nothing either when the list
 * holds an Event last written before we looked away: had any later one expired, this one would have gone before it
 * (so a cluster with a longer TTL than we think makes no false gaps). Otherwise what was written since, and not within
 * the TTL of now, may be gone. Events deleted by hand or with their namespace cannot be known of, and are not claimed.
 */
export function missedBetween({ syncedAt, listedAt, oldestWrite, skew, ttl }: Evidence): MissedSpan | undefined {
  if (syncedAt === undefined || listedAt - syncedAt <= ttl) return undefined;
  if (oldestWrite !== undefined && oldestWrite - skew <= syncedAt) return undefined;
  const away = formatDuration(listedAt - syncedAt);
  return {
    from: syncedAt,
    to: listedAt - ttl,
    reason: `not in sync for ${away}, from ${formatInstant(syncedAt)}, and the cluster keeps Events for ${formatDuration(ttl)}`,
  };
}

/** After the cluster's storage went back in time, everything since we last looked is unproven. */
export function missedByReset(syncedAt: Instant | undefined, listedAt: Instant): MissedSpan | undefined {
  if (syncedAt === undefined) return undefined;
  const reason = "the cluster's resource versions went back: its storage was restored or replaced";
  return { from: syncedAt, to: listedAt, reason };
}
