// The orders of events: which tables and which index an order is read by, and where a page begins in it.
// Every order is total: its key, then the timestamp, then the id by its UTF-8 bytes; the tie is the id's first bytes.
import type { EventFilter } from "../events/filter.ts";
import type { EventSort, PageKey } from "../events/page.ts";
import { hasWildcard } from "../events/wildcard.ts";
import type { Value } from "./connection.ts";
import { type Driver, HOOK_NUMBER, type Sql, timeBounds } from "./filterSql.ts";
import { DAY, PART } from "./rollups.ts";
import { tieOf } from "./textKey.ts";

export const ALWAYS: Sql = { text: "TRUE", values: [] };

export interface Order {
  /** Column of the order's key; undefined when the timestamp is the key itself. */
  readonly key: "eventType" | "resourceName" | undefined;
  readonly isDescending: boolean;
}

/** The first entry of a page: its timestamp and tie. */
export interface Start {
  readonly timestamp: number;
  readonly tie: number;
}

export interface From {
  readonly tables: string;
  readonly where: string;
  readonly whereValues: readonly Value[];
  readonly driver: Driver;
  readonly timestamp: string;
  readonly tie: string;
  /** Ends with the timestamp, the tie, the id. */
  readonly order: readonly string[];
}

export function orderOf(sort: EventSort): Order {
  const key = sort.startsWith("EVENT_TYPE")
    ? "eventType"
    : sort.startsWith("RESOURCE_NAME")
      ? "resourceName"
      : undefined;
  return { key, isDescending: sort.endsWith("_DESC") };
}

export function driverOf(filter: EventFilter): Driver {
  if (filter.resourceName !== undefined && !hasWildcard(filter.resourceName)) return "resourceName";
  if (filter.hook) return "hook";
  if (filter.statuses?.length === 1 && filter.statuses[0] === "FIRING") return "firing";
  if (filter.namespaces?.length === 1) return "namespace";
  if (filter.eventTypes?.length === 1) return "eventType";
  return "time";
}

const DRIVING_PART: Readonly<Record<Driver, keyof EventFilter | undefined>> = {
  time: undefined,
  namespace: "namespaces",
  eventType: "eventTypes",
  resourceName: "resourceName",
  hook: "hook",
  firing: "statuses",
};

/** Whether the driving index holds all that the filter asks, so that no row is looked at in vain. */
export function isExact(filter: EventFilter, driver: Driver): boolean {
  const part = DRIVING_PART[driver];
  return Object.entries(filter).every(
    ([name, value]) => value === undefined || name === part || name === "startTime" || name === "endTime",
  );
}

export function isUnfiltered(filter: EventFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

export function onlyDriving(filter: EventFilter, driver: Driver): EventFilter {
  const part = DRIVING_PART[driver];
  const kept = Object.entries(filter).filter(([name]) => name === part || name === "startTime" || name === "endTime");
  return Object.fromEntries(kept);
}

export function fromOf(filter: EventFilter, order: Order, driver: Driver | undefined): From {
  const rest = ["e.tie", "e.id"];
  const plain = { where: "TRUE", whereValues: [], timestamp: "e.timestamp", tie: "e.tie" } as const;
  if (order.key === "eventType") {
    const tables = "event_types k CROSS JOIN events e ON e.event_type = k.id";
    return { ...plain, tables, driver: "eventType", order: ["k.name", "e.timestamp", ...rest] };
  }
  if (order.key === "resourceName") {
    const days = slotBounds(filter, DAY, "d.day");
    const tables = "resource_names k CROSS JOIN days d CROSS JOIN events e ON e.day = d.day AND e.resource_name = k.id";
    return {
      ...plain,
      tables,
      where: days.text,
      whereValues: days.values,
      driver: "resourceName",
      order: ["k.name", "d.day", "e.timestamp", ...rest],
    };
  }
  if (driver === "resourceName") {
    const days = slotBounds(filter, DAY, "d.day");
    const tables = "days d CROSS JOIN events e ON e.day = d.day";
    return {
      ...plain,
      tables,
      where: days.text,
      whereValues: days.values,
      driver,
      order: ["d.day", "e.timestamp", ...rest],
    };
  }
  const parts = slotBounds(filter, PART, "p.part");
  if (driver === "namespace") {
    const tables = "parts p CROSS JOIN events e ON e.part = p.part";
    const order = ["p.part", "e.timestamp", ...rest];
    return { ...plain, tables, where: parts.text, whereValues: parts.values, driver, order };
  }
  if (driver === "hook" && filter.hook) {
    const bounds = timeBounds(filter, "h.timestamp");
    return {
      tables: "parts p CROSS JOIN event_hooks h ON h.part = p.part CROSS JOIN events e ON e.n = h.n",
      where: `h.hook = (${HOOK_NUMBER}) AND ${bounds.text} AND ${parts.text}`,
      whereValues: [filter.hook.namespace, filter.hook.name, ...bounds.values, ...parts.values],
      driver,
      timestamp: "h.timestamp",
      tie: "h.tie",
      order: ["p.part", "h.timestamp", "h.tie", "e.id"],
    };
  }
  return { ...plain, tables: "events e", driver: driver ?? "time", order: ["e.timestamp", ...rest] };
}

/** An order by time goes on at the place's timestamp: as a bound of the filter it is the one that the index is entered by. */
export function boundBy(
  filter: EventFilter,
  after: Pick<PageKey, "timestamp"> | undefined,
  order: Order,
  stretch: string,
): EventFilter {
  if (!after || (order.key !== undefined && stretch !== "same")) return filter;
  const { startTime, endTime } = filter;
  return order.isDescending
    ? { ...filter, endTime: Math.min(endTime ?? Number.POSITIVE_INFINITY, after.timestamp + 1) }
    : { ...filter, startTime: Math.max(startTime ?? Number.NEGATIVE_INFINITY, after.timestamp) };
}

export function behind(after: PageKey, order: Order, stretch: string, timestamp: string): Sql {
  const compare = order.isDescending ? "<" : ">";
  const place = [after.timestamp, tieOf(after.id), after.id];
  const rest = `(${timestamp}, e.tie, e.id) ${compare} (?, ?, ?)`;
  if (order.key === undefined) return { text: rest, values: place };
  const key = after.key ?? "";
  if (stretch === "same") return { text: `k.name = ? AND ${rest}`, values: [key, ...place] };
  if (stretch === "next") return { text: `k.name ${compare} ?`, values: [key] };
  return { text: `(k.name ${compare} ? OR (k.name = ? AND ${rest}))`, values: [key, key, ...place] };
}

export function startingAt({ timestamp, tie }: Start, order: Order, from: From): Sql {
  return {
    text: `(${from.timestamp}, ${from.tie}) ${order.isDescending ? "<=" : ">="} (?, ?)`,
    values: [timestamp, tie],
  };
}

export function directed(columns: readonly string[], { isDescending }: Order): string {
  return columns.map((column) => (isDescending ? `${column} DESC` : column)).join(", ");
}

/** The slots of this width that a filter's times reach into. */
export function slotBounds({ startTime, endTime }: EventFilter, width: number, column: string): Sql {
  const bounds: { startTime?: number; endTime?: number } = {};
  if (startTime !== undefined) bounds.startTime = Math.floor(startTime / width);
  if (endTime !== undefined) bounds.endTime = Math.floor(endTime / width) + 1;
  return timeBounds(bounds, column);
}
