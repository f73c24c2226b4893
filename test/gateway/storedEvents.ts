// Everything a gateway has stored, read back as a caller would: page by page over HTTP, and compared with what was given.
// Ids that come twice are kept twice, so that a comparison shows them.
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { type ComparedEvent, expectedEvents } from "./expectedEvents.ts";
import type { TroubledCluster } from "./troubledCluster.ts";

interface Page {
  readonly events: readonly (ComparedEvent & {
    readonly cursor: string;
    readonly hooks: readonly { readonly name: string }[];
  })[];
  readonly pagination: { readonly total: number; readonly hasMore: boolean; readonly nextCursor: string | null };
}

export type StoredEvent = Page["events"][number];

/** In order of id. */
export async function storedEvents(url: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: "1000", sort: "timestamp", ...(cursor === "" ? {} : { cursor }) });
    const answer = await fetch(`${url}/api/v1/events?${query}`);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { events: more, pagination } = (await answer.json()) as Page; // the contract of the route
    events.push(...more);
    cursor = pagination.hasMore ? pagination.nextCursor : null;
  }
  return events.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** How long after its end an incident may still be shown as firing. */
const RESOLVED_WITHIN = 2_000;

export interface Compared {
  readonly url: string;
  readonly now: () => number;
  readonly cluster: TroubledCluster;
}

/** Waits, at most 15 s, until the store holds exactly what follows from what the cluster was given; returns it. */
export async function agreement({ url, now, cluster }: Compared): Promise<readonly StoredEvent[]> {
  for (const deadline = performance.now() + 15_000; ; await pause(40)) {
    const from = now() - RESOLVED_WITHIN;
    const stored = await storedEvents(url);
    const statuses = new Map(stored.map(({ id, status }) => [id, status]));
    const expected = expectedEvents(cluster.given, { statuses, from, to: now() });
    const actual = stored.map(comparable);
    if (isDeepStrictEqual(actual, expected)) return stored;
    if (performance.now() > deadline) expect(actual).toEqual(expected);
  }
}

function comparable(event: StoredEvent): ComparedEvent {
  const { id, eventType, namespace, resourceName, reason, message, count, occurrences } = event;
  const { timestamp, firstSeen, status, duplicateOf, resolvedAt } = event;
  return {
    id,
    eventType,
    namespace,
    resourceName,
    reason,
    message,
    count,
    occurrences,
    timestamp,
    firstSeen,
    status,
    duplicateOf,
    resolvedAt,
  };
}

/** Waits until what is asked holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, seconds = 15): Promise<void> {
  for (const deadline = performance.now() + seconds * 1_000; !(await holds()); await pause(5)) {
    if (performance.now() > deadline) throw new Error(`this did not come: ${what}`);
  }
}
