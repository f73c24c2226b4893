// client-go's EventCorrelator (tools/record/events_cache.go): what becomes of an occurrence before it is sent.
// Promises its order: aggregate similar ones, count repeats, only then drop what is too much. So a dropped repeat is
// still counted, and the next one sent makes the count jump.
import type { EventLevel, EventSource, ObjectReference } from "./eventDraft.ts";
import { eventName, eventNamespace } from "./eventDraft.ts";
import { MINUTE } from "./kubeTime.ts";
import { Lru } from "./lru.ts";

export const AGGREGATED_PREFIX = "(combined from similar events): ";

/** An occurrence on its way: times in milliseconds. */
export interface Occurrence {
  readonly name: string;
  readonly namespace: string;
  readonly about: ObjectReference;
  readonly type: EventLevel;
  readonly reason: string;
  readonly message: string;
  readonly source: EventSource;
  /** Empty on an aggregate: client-go does not copy them. */
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

export interface CorrelatorLimits {
  /** How many entries each of the three caches holds. */
  readonly cacheSize: number;
  /** From this many different messages on, similar occurrences become one aggregate. */
  readonly similar: number;
  /** A pause longer than this (milliseconds) between similar occurrences starts their count anew. */
  readonly similarWithin: number;
  /** How many occurrences a source may send about an object at once, and how long (milliseconds) one more takes. */
  readonly burst: number;
  readonly refill: number;
}

export const CLIENT_GO_LIMITS: CorrelatorLimits = {
  cacheSize: 4096,
  similar: 10,
  similarWithin: 10 * MINUTE,
  burst: 25,
  refill: 5 * MINUTE,
};

interface SimilarMessages {
  readonly messages: Set<string>;
  readonly last: number;
}

interface Observed {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export class Correlator {
  private readonly limits: CorrelatorLimits;
  private readonly similar: Lru<string, SimilarMessages>;
  private readonly observed: Lru<string, Observed>;
  private readonly buckets: Lru<string, Bucket>;

  constructor(limits: CorrelatorLimits = CLIENT_GO_LIMITS) {
    this.limits = limits;
    this.similar = new Lru(limits.cacheSize);
    this.observed = new Lru(limits.cacheSize);
    this.buckets = new Lru(limits.cacheSize);
  }

  /** What is to be sent: a repeat (`count` over 1) as a patch of the Event of that name. Undefined: nothing. */
  correlate(occurrence: Occurrence, nanos: number): Occurrence | undefined {
    const [event, key] = this.aggregate(occurrence, nanos);
    const counted = this.count(event, key);
    return this.allows(counted) ? counted : undefined;
  }

  /**
   * The tenth different message makes an aggregate; the set then gives one message back, so that each further new
   * message is aggregated too, while a repeat of one still in the set goes its own way.
   */
  private aggregate(occurrence: Occurrence, nanos: number): [Occurrence, string] {
    const similarKey = keyOf(occurrence, [
      occurrence.type,
      occurrence.reason,
      occurrence.reportingComponent,
      occurrence.reportingInstance,
    ]);
    const known = this.similar.get(similarKey);
    const stale = known === undefined || occurrence.last - known.last > this.limits.similarWithin;
    const messages = stale ? new Set<string>() : known.messages;
    messages.add(occurrence.message);
    this.similar.set(similarKey, { messages, last: occurrence.last });
    if (messages.size < this.limits.similar) {
      const { fieldPath = "" } = occurrence.about;
      return [occurrence, keyOf(occurrence, [fieldPath, occurrence.type, occurrence.reason, occurrence.message])];
    }
    const [oldest] = messages;
    if (oldest !== undefined) messages.delete(oldest);
    const aggregate: Occurrence = {
      ...occurrence,
      name: eventName(occurrence.about, occurrence.last, nanos),
      message: AGGREGATED_PREFIX + occurrence.message,
      reportingComponent: "",
      reportingInstance: "",
      first: occurrence.last,
      count: 1,
    };
    return [aggregate, similarKey];
  }

  private count(event: Occurrence, key: string): Occurrence {
    const before = this.observed.get(key);
    const counted =
      before === undefined ? event : { ...event, name: before.name, first: before.first, count: before.count + 1 };
    this.observed.set(key, { name: counted.name, first: counted.first, count: counted.count });
    return counted;
  }

  private allows(event: Occurrence): boolean {
    const key = keyOf(event, []);
    const { tokens, at } = this.buckets.get(key) ?? { tokens: this.limits.burst, at: event.last };
    const filled = Math.min(this.limits.burst, tokens + (event.last - at) / this.limits.refill);
    const allowed = filled >= 1;
    this.buckets.set(key, { tokens: allowed ? filled - 1 : filled, at: event.last });
    return allowed;
  }
}

function keyOf({ source, about }: Occurrence, more: readonly string[]): string {
  const { kind, name, uid = "", apiVersion = "" } = about;
  return [source.component, source.host ?? "", kind, eventNamespace(about), name, uid, apiVersion, ...more].join("\n");
}
