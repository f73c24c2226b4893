// A second, simplest way of doing what a store does: lists and loops. What tests compare a store with.
// Slow on purpose: no index, no sum, nothing remembered.
import { type Dispatch } from "../../src/events/dispatch.ts";
import {
  deduplicationKey,
  type EventId,
  eventId,
  type HookEvent,
  type MatchedObservation,
} from "../../src/events/event.ts";
import type { EventSort } from "../../src/events/page.ts";
import type { StatusCounts } from "../../src/events/statistics.ts";

export type ModelEvent = Omit<HookEvent, "cursor"> & { readonly seq: number };

export class ModelStore {
  readonly #window: number;
  events: ModelEvent[] = [];
  head: number;

  constructor(window: number, head = 0) {
    this.head = head;
    this.#window = window;
  }

  append(observations: readonly MatchedObservation[], now: number): void {
    for (const raw of observations) {
      const observation = storable(raw);
      const { uid, count, lastSeen: at } = observation;
      const highest = Math.max(0, ...this.events.filter((event) => event.uid === uid).map((event) => event.count));
      if (count <= highest) continue;
      const key = deduplicationKey(observation);
      const heads = this.events.filter((event) => event.duplicateOf === null && deduplicationKey(event) === key);
      const before = heads.filter((head) => head.timestamp <= at).sort((a, b) => b.timestamp - a.timestamp)[0];
      const after = heads.filter((head) => head.timestamp > at).sort((a, b) => a.timestamp - b.timestamp)[0];
      const isDuplicate = before !== undefined && at - before.timestamp < this.#window;
      const endsAt = Math.min(at + this.#window, after?.timestamp ?? Number.POSITIVE_INFINITY);
      this.events.push({
        ...observation,
        id: eventId(uid, count),
        seq: ++this.head,
        status: isDuplicate ? "DUPLICATE" : endsAt <= now ? "RESOLVED" : "FIRING",
        occurrences: count - highest,
        timestamp: at,
        resolvedAt: isDuplicate || endsAt > now ? null : endsAt,
        duplicateOf: isDuplicate ? before.id : null,
      });
    }
  }
}

export function countOf(events: readonly Pick<HookEvent, "status">[]): StatusCounts {
  const of = (status: string): number => events.filter((event) => event.status === status).length;
  return { total: events.length, firing: of("FIRING"), duplicate: of("DUPLICATE"), resolved: of("RESOLVED") };
}

/** Counts of parts, put together. */
export function sumOf(parts: readonly StatusCounts[]): StatusCounts {
  const of = (key: keyof StatusCounts): number => parts.reduce((sum, part) => sum + part[key], 0);
  return { total: of("total"), firing: of("firing"), duplicate: of("duplicate"), resolved: of("resolved") };
}

/** Sorted as page.ts says, ids and names by their UTF-8 bytes. */
export function sorted<T extends Pick<HookEvent, "id" | "timestamp" | "eventType" | "resource">>(
  events: readonly T[],
  sort: EventSort,
): T[] {
  const key = (event: T): string =>
    sort.startsWith("EVENT_TYPE") ? event.eventType : sort.startsWith("RESOURCE_NAME") ? event.resource.name : "";
  const ascending = [...events].sort(
    (a, b) => bytewise(key(a), key(b)) || a.timestamp - b.timestamp || bytewise(a.id, b.id),
  );
  return sort.endsWith("_DESC") ? ascending.reverse() : ascending;
}

/** The ids of the events that a dispatch belongs to: at most one. */
export function eventOf(dispatch: Dispatch, events: readonly HookEvent[], farthest: number): EventId | undefined {
  const distance = (event: HookEvent): number => Math.abs(event.timestamp - dispatch.timestamp);
  const candidates = events.filter(
    (event) =>
      event.eventType === dispatch.eventType &&
      event.resource.name === dispatch.resourceName &&
      event.hooks.some((hook) => hook.namespace === dispatch.hook.namespace && hook.name === dispatch.hook.name) &&
      distance(event) <= farthest,
  );
  return candidates.sort((a, b) => distance(a) - distance(b) || a.timestamp - b.timestamp || bytewise(a.id, b.id))[0]
    ?.id;
}

export function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Text as a store keeps it: no U+0000, no half of a surrogate pair. */
export function storable<T>(value: T): T {
  const replaced: unknown = JSON.parse(
    JSON.stringify(value).replace(/\\(u0000|ud[89a-f][0-9a-f]{2}|.)/g, (spelled, code: string) =>
      code.startsWith("u0000") || code.startsWith("ud") ? "\uFFFD" : spelled,
    ),
  );
  return replaced as T; // the shape stays
}
