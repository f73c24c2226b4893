// Sorting and paging: every order is total, and a page cursor names a place in one order (keyset), not a count.
// The orders: the sort's own key, then the timestamp, then the id; a `_DESC` sort is the exact reverse of its sibling.
import type { EventId } from "./event.ts";
import type { Instant } from "./time.ts";

export const EVENT_SORTS = [
  "TIMESTAMP",
  "TIMESTAMP_DESC",
  "EVENT_TYPE",
  "EVENT_TYPE_DESC",
  "RESOURCE_NAME",
  "RESOURCE_NAME_DESC",
] as const;
export type EventSort = (typeof EVENT_SORTS)[number];
export const DEFAULT_EVENT_SORT: EventSort = "TIMESTAMP_DESC";

/** Most events of one page. */
export const MAX_PAGE = 1000;
export const DEFAULT_PAGE = 50;
/** Deepest offset taken; a cursor goes deeper for nothing. */
export const MAX_OFFSET = 1_000_000;

/** A place between two events of an order: right behind the event with these keys. */
export interface PageKey {
  readonly sort: EventSort;
  /** Event type or resource name for those sorts; absent when the timestamp is the key itself. */
  readonly key?: string;
  readonly timestamp: Instant;
  readonly id: EventId;
}

export function encodePageKey(place: PageKey): string {
  const { sort, timestamp, id, key } = place;
  const parts = [EVENT_SORTS.indexOf(sort), timestamp, id, ...(key === undefined ? [] : [key])];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** undefined when the text was never made by encodePageKey. */
export function decodePageKey(text: string): PageKey | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [index, timestamp, id, key] = parts as readonly unknown[]; // checked one by one below
  const sort = typeof index === "number" ? EVENT_SORTS[index] : undefined;
  if (!sort || typeof id !== "string" || !Number.isSafeInteger(timestamp)) return undefined;
  const place = { sort, timestamp: timestamp as number, id: id as EventId }; // isSafeInteger does not narrow; ids are opaque here
  if (sort.startsWith("TIMESTAMP")) return key === undefined ? place : undefined;
  return typeof key === "string" ? { ...place, key } : undefined;
}
