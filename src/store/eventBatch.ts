// Observations on their way to the writing thread: their texts drafted, and beside them what the writer decides by.
// As columns, which cost less to send than objects, and made on the thread that has the time.
import {
  deduplicationKey,
  type EventId,
  eventId,
  type IgnoredReason,
  type MatchedObservation,
  SEVERITIES,
} from "../events/event.ts";
import type { Instant } from "../events/time.ts";
import { draftOf, partsOf } from "./eventText.ts";
import { isMaybeOdd, storable } from "./observationText.ts";
import { hashOf, tieOf } from "./textKey.ts";

/** One entry of every column for each observation, in order. */
export interface EventBatch {
  readonly ids: EventId[];
  readonly uids: string[];
  readonly uidHashes: number[];
  readonly ties: number[];
  readonly counts: number[];
  readonly timestamps: Instant[];
  /** Deduplication keys. */
  readonly keys: string[];
  readonly reasons: string[];
  readonly sources: string[];
  /** Places in SEVERITIES. */
  readonly severities: number[];
  readonly ignored: (IgnoredReason | null)[];
  readonly drafts: string[];
  /** Of the drafts (eventText.ts). */
  readonly occurrencesAt: number[];
  readonly endingAt: number[];
  readonly hooks: string[];
}

export function batchOf(observations: readonly MatchedObservation[]): EventBatch {
  const batch: EventBatch = {
    ids: [],
    uids: [],
    uidHashes: [],
    ties: [],
    counts: [],
    timestamps: [],
    keys: [],
    reasons: [],
    sources: [],
    severities: [],
    ignored: [],
    drafts: [],
    occurrencesAt: [],
    endingAt: [],
    hooks: [],
  };
  for (const observation of observations) add(batch, observation);
  return batch;
}

function add(batch: EventBatch, observation: MatchedObservation): void {
  const id = eventId(observation.uid, observation.count);
  const draft = draftOf(observation, id);
  // The draft holds every text of the observation, so what is not odd in it is odd nowhere.
  if (!isMaybeOdd(draft)) {
    push(batch, observation, id, draft);
    return;
  }
  const sound = storable(observation);
  const soundId = eventId(sound.uid, sound.count);
  push(batch, sound, soundId, draftOf(sound, soundId));
}

function push(batch: EventBatch, observation: MatchedObservation, id: EventId, draft: string): void {
  const { occurrencesAt, endingAt, hooks } = partsOf(draft);
  batch.ids.push(id);
  batch.uids.push(observation.uid);
  batch.uidHashes.push(hashOf(observation.uid));
  batch.ties.push(tieOf(id));
  batch.counts.push(observation.count);
  batch.timestamps.push(observation.lastSeen);
  batch.keys.push(deduplicationKey(observation));
  batch.reasons.push(observation.reason);
  batch.sources.push(observation.source);
  batch.severities.push(SEVERITIES.indexOf(observation.severity));
  batch.ignored.push(observation.ignoredByController);
  batch.drafts.push(draft);
  batch.occurrencesAt.push(occurrencesAt);
  batch.endingAt.push(endingAt);
  batch.hooks.push(hooks);
}
