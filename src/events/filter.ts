// The one filter: what queries, statistics, subscriptions and REST can ask of events.
// Here is its meaning as a predicate; store/filterSql.ts says the same in SQL, and a property test holds the two together.
import type { EventStatus, HookEvent, Severity } from "./event.ts";
import type { HookKey } from "./hook.ts";
import type { Instant } from "./time.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Every part that is given must hold; an absent part holds always, and an empty list never. */
export interface EventFilter {
  readonly namespaces?: readonly string[];
  readonly eventTypes?: readonly string[];
  readonly statuses?: readonly EventStatus[];
  readonly severities?: readonly Severity[];
  readonly sources?: readonly string[];
  /** Exact, or with `*` for any run of characters; case matters. */
  readonly resourceName?: string;
  /** Exact, case matters: `Pod`, `Node`. */
  readonly resourceKind?: string;
  /** Exact, case matters: `BackOff`. */
  readonly reason?: string;
  /** Events that this hook matched. */
  readonly hook?: HookKey;
  /** Part of the message, the reason or the resource name; ASCII letters match in either case. */
  readonly text?: string;
  /** Earliest timestamp, included. */
  readonly startTime?: Instant;
  /** Latest timestamp, excluded. */
  readonly endTime?: Instant;
}

export function matchesFilter(filter: EventFilter, event: HookEvent): boolean {
  return (
    includes(filter.namespaces, event.namespace) &&
    includes(filter.eventTypes, event.eventType) &&
    includes(filter.statuses, event.status) &&
    includes(filter.severities, event.severity) &&
    includes(filter.sources, event.source) &&
    (filter.resourceName === undefined || matchesWildcard(filter.resourceName, event.resource.name)) &&
    (filter.resourceKind === undefined || filter.resourceKind === event.resource.kind) &&
    (filter.reason === undefined || filter.reason === event.reason) &&
    (filter.hook === undefined || isMatchedBy(event, filter.hook)) &&
    (filter.text === undefined || hasText(event, foldAscii(filter.text))) &&
    (filter.startTime === undefined || event.timestamp >= filter.startTime) &&
    (filter.endTime === undefined || event.timestamp < filter.endTime)
  );
}

/** Lower case for A to Z only, as SQLite's `lower()` and PostgreSQL's in the C collation do. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function includes<T>(wanted: readonly T[] | undefined, value: T): boolean {
  return wanted === undefined || wanted.includes(value);
}

function isMatchedBy(event: HookEvent, hook: HookKey): boolean {
  return event.hooks.some((key) => key.namespace === hook.namespace && key.name === hook.name);
}

function hasText(event: HookEvent, folded: string): boolean {
  return [event.message, event.reason, event.resource.name].some((text) => foldAscii(text).includes(folded));
}
