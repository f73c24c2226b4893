// The three live edges as one: what a subscriber asks for, what it is told, and how that ends, in one form for all of them.
// Each edge is spoken to by the client library that people use for it.
import type { EventFilter } from "../../../src/events/filter.ts";

export interface HeardEvent {
  readonly id: string;
  readonly status: string;
  readonly namespace: string;
  readonly eventType: string;
  readonly reason: string;
  readonly message: string;
}

export interface HeardGap {
  readonly cause: string;
  readonly reason: string;
  readonly source: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

/** One message of a stream. Enum values are spelled in capitals. */
export interface Heard {
  readonly type: "ADDED" | "MODIFIED" | "GAP";
  /** What to resume from. */
  readonly cursor: string;
  readonly event: HeardEvent | null;
  readonly gap: HeardGap | null;
}

/** How a stream came to its end, whoever ended it and by whatever code. */
export type Ending =
  | "shutdown"
  | "stalled"
  | "too many"
  | "unauthenticated"
  | "forbidden"
  | "faulty"
  | "unavailable"
  /** Without a word, or without one that its edge knows. */
  | "over"
  /** By this side. */
  | "left";

/** As REST names them; a `hook` is known to GraphQL alone. */
export type AskedFilter = Omit<EventFilter, "startTime" | "endTime"> & {
  readonly startTime?: string;
  readonly endTime?: string;
  readonly timeRange?: string;
};

export interface Asked {
  readonly filter?: AskedFilter;
  readonly after?: string;
  readonly since?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Stream {
  readonly heard: readonly Heard[];
  /** What it was told to be wrong. */
  readonly complaints: readonly Complaint[];
  readonly ending: Promise<Ending>;
  /** Takes nothing any more from the network, until it is resumed. */
  pause(): void;
  resume(): void;
  leave(): Promise<void>;
}

/** A problem document, or an error of GraphQL. */
export interface Complaint {
  readonly code: string | undefined;
  readonly detail: string;
}

export interface Edge {
  readonly name: "SSE" | "WebSocket" | "GraphQL";
  readonly transport: "sse" | "websocket" | "graphql";
  /** Resolves when it is told of whatever happens from then on, or has been refused. */
  open(url: string, asked?: Asked): Promise<Stream>;
  /** The filters it takes. */
  takes(filter: AskedFilter): boolean;
}

/** Where a client that was told this has come to. */
export function lastCursor({ heard }: Pick<Stream, "heard">): string {
  const cursor = heard.at(-1)?.cursor;
  if (cursor === undefined) throw new Error("it has heard nothing");
  return cursor;
}

/** Events told, in the order told: `ADDED uid-1.1 FIRING`. */
export function told({ heard }: Pick<Stream, "heard">): readonly string[] {
  return heard.map(({ type, event, gap }) => (event ? `${type} ${event.id} ${event.status}` : `${type} ${gap?.cause}`));
}

/** What REST calls the parts of a filter. */
export function restQuery({ filter = {}, after, since }: Asked): URLSearchParams {
  const query = new URLSearchParams();
  const names = { namespaces: "namespace", eventTypes: "eventType", statuses: "status", severities: "severity" };
  for (const [part, value] of Object.entries(filter)) {
    const name = { ...names, sources: "source" }[part] ?? part;
    const isEnum = name === "status" || name === "severity";
    for (const each of Array.isArray(value) ? value : [value]) {
      query.append(name, isEnum ? String(each).toLowerCase() : String(each));
    }
  }
  if (since !== undefined) query.set("since", since);
  if (after !== undefined) query.set("lastEventId", after);
  return query;
}

/** Enum values of REST in GraphQL's spelling: `otherStore` is OTHER_STORE. */
export function upper(value: string): string {
  return value.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export interface RestMessage {
  readonly type: string;
  readonly event: HeardEvent;
}

export function heardEvent(cursor: string, { type, event }: RestMessage): Heard {
  return { type: upper(type) as Heard["type"], cursor, event: { ...event, status: upper(event.status) }, gap: null };
}

export function heardGap(cursor: string, gap: HeardGap): Heard {
  const { reason, source, from, to } = gap;
  return { type: "GAP", cursor, event: null, gap: { cause: upper(gap.cause), reason, source, from, to } };
}
