// Pages of events: which index an order is read by, how a page goes on behind a place, and how far that may look.
// Every order is total: its key, then the timestamp, then the id by its UTF-8 bytes; the tie is the id's first bytes.
import type { EventFilter } from "../events/filter.ts";
import type { EventSort, PageKey } from "../events/page.ts";
import { hasWildcard } from "../events/wildcard.ts";
import type { Connection, Value } from "./connection.ts";
import { type Driver, filterSql, globOf, HOOK_NUMBER, type Sql, timeBounds } from "./filterSql.ts";
import type { EventRow, RowPage } from "./messages.ts";
import { DAY } from "./rollups.ts";
import type { EventQuery } from "./store.ts";
import { tieOf } from "./textKey.ts";

/** A glance looks at this many entries of an index, and through as much offset: under two milliseconds. */
const GLANCE = 1000;

/** Entries of an index that are looked at before an offset, to find where those with its timestamp and tie begin. */
const STEP_BACK = 32;

const ALWAYS: Sql = { text: "TRUE", values: [] };

/** Up to this many names, rows are found by their names; of more, by time. */
const FEW_NAMES = 200;

export class EventPages {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The page, however long it takes. */
  page(query: EventQuery): RowPage {
    return this.#connection.snapshot(() => this.#read(query));
  }

  /** The page when it can be told from a bounded number of rows; undefined when that would take longer. */
  glance(query: EventQuery): RowPage | undefined {
    const { filter, sort, offset = 0 } = query;
    if (offset > GLANCE) return undefined;
    const isByTime = sort === "TIMESTAMP" || sort === "TIMESTAMP_DESC";
    if (!isByTime) return sort.startsWith("EVENT_TYPE") && isUnfiltered(filter) ? this.page(query) : undefined;
    const driver = driverOf(filter);
    if (isExact(filter, driver)) return this.page(query);
    if (filter.resourceName !== undefined && hasWildcard(filter.resourceName)) return undefined;
    return this.#connection.snapshot(() => {
      const bounded = this.#boundedFilter(query, driver);
      const page = this.#read({ ...query, filter: bounded ?? filter });
      return page.hasMore || !bounded ? page : undefined;
    });
  }

  #read(query: EventQuery): RowPage {
    const { filter, sort, first, after, offset = 0 } = query;
    const order = orderOf(sort);
    const driver = order.key === undefined ? this.#driverFor(filter) : undefined;
    const wanted = first + 1;
    if (offset > STEP_BACK && driver !== undefined) {
      const skipped = this.#skip(query, order, driver);
      if (skipped === "end") return { rows: [], hasMore: false };
      if (skipped) {
        const rows = this.#select({ ...query, offset: skipped.offset }, order, driver, "all", wanted, skipped.from);
        return { rows: rows.slice(0, first), hasMore: rows.length > first };
      }
    }
    let rows: EventRow[] = [];
    // Behind a place in an order by a key come the rest of the key, then the keys behind it: two seeks instead of one scan.
    const stretches =
      after && order.key !== undefined && offset === 0 ? (["same", "next"] as const) : (["all"] as const);
    for (const stretch of stretches) {
      if (rows.length < wanted) rows = rows.concat(this.#select(query, order, driver, stretch, wanted - rows.length));
    }
    return { rows: rows.slice(0, first), hasMore: rows.length > first };
  }

  #select(
    { filter, after, offset = 0 }: EventQuery,
    order: Order,
    driver: Driver | undefined,
    stretch: "same" | "next" | "all",
    limit: number,
    start?: Start,
  ): EventRow[] {
    const bounded = boundBy(boundBy(filter, after, order, stretch), start, order, stretch);
    const from = fromOf(bounded, order, driver);
    const where = filterSql(bounded, from.driver);
    const place = after ? behind(after, order, stretch, from.timestamp) : ALWAYS;
    const begin = start ? startingAt(start, order, from) : ALWAYS;
    return this.#connection.all<EventRow>(
      `SELECT e.seq, e.json, e.ignored FROM ${from.tables}
       WHERE ${from.where} AND ${where.text} AND ${place.text} AND ${begin.text}
       ORDER BY ${directed(from.order, order)} LIMIT ? OFFSET ?`,
      ...from.whereValues,
      ...where.values,
      ...place.values,
      ...begin.values,
      limit,
      offset,
    );
  }

  /**
   * Skips most of an offset in the index alone, without the rows that only tell ids apart: to the first entry that has
   * the timestamp and tie of the entry at the offset. undefined when too many have the same.
   */
  #skip({ filter, after, offset = 0 }: EventQuery, order: Order, driver: Driver) {
    const bounded = boundBy(filter, after, order, "all");
    const from = fromOf(bounded, order, driver);
    const where = filterSql(bounded, from.driver);
    const place = after ? behind(after, order, "all", from.timestamp) : ALWAYS;
    const entries = this.#connection.all<[timestamp: number, tie: number]>(
      `SELECT ${from.timestamp}, ${from.tie} FROM ${from.tables} WHERE ${from.where} AND ${where.text} AND ${place.text}
       ORDER BY ${directed(from.order.slice(0, -1), order)} LIMIT ${STEP_BACK + 1} OFFSET ?`,
      ...from.whereValues,
      ...where.values,
      ...place.values,
      offset - STEP_BACK,
    );
    const entry = entries[STEP_BACK];
    if (!entry) return "end";
    const [timestamp, tie] = entry;
    const same = entries.findIndex(([otherTimestamp, otherTie]) => otherTimestamp === timestamp && otherTie === tie);
    return same === 0 ? undefined : { from: { timestamp, tie }, offset: STEP_BACK - same };
  }

  /** By names only where they are few: each is a seek in every day. */
  #driverFor(filter: EventFilter): Driver {
    const driver = driverOf(filter);
    const pattern = filter.resourceName;
    if (driver === "resourceName" || pattern === undefined || !hasWildcard(pattern)) return driver;
    const glob = globOf(pattern);
    if (glob === undefined) return "resourceName";
    const found = `SELECT count(*) FROM (SELECT 1 FROM resource_names WHERE name GLOB ? LIMIT ${FEW_NAMES + 1})`;
    const [names = 0] = this.#connection.get<[number]>(found, glob) ?? [];
    return names <= FEW_NAMES ? "resourceName" : driver;
  }

  /** The filter cut to where the driving index is GLANCE entries further on; undefined when it has fewer. */
  #boundedFilter(query: EventQuery, driver: Driver): EventFilter | undefined {
    const order = orderOf(query.sort);
    const driving = boundBy(onlyDriving(query.filter, driver), query.after, order, "all");
    const from = fromOf(driving, order, driver);
    const where = filterSql(driving, from.driver);
    const [edge] =
      this.#connection.get<[number]>(
        `SELECT ${from.timestamp} FROM ${from.tables} WHERE ${from.where} AND ${where.text}
         ORDER BY ${from.timestamp} ${order.isDescending ? "DESC" : "ASC"} LIMIT 1 OFFSET ${GLANCE}`,
        ...from.whereValues,
        ...where.values,
      ) ?? [];
    if (edge === undefined) return undefined;
    return order.isDescending ? { ...query.filter, startTime: edge + 1 } : { ...query.filter, endTime: edge };
  }
}

interface Order {
  /** Column of the order's key; undefined when the timestamp is the key itself. */
  readonly key: "eventType" | "resourceName" | undefined;
  readonly isDescending: boolean;
}

/** The first entry of a page: its timestamp and tie. */
interface Start {
  readonly timestamp: number;
  readonly tie: number;
}

interface From {
  readonly tables: string;
  readonly where: string;
  readonly whereValues: readonly Value[];
  readonly driver: Driver;
  readonly timestamp: string;
  readonly tie: string;
  /** Ends with the timestamp, the tie, the id. */
  readonly order: readonly string[];
}

function orderOf(sort: EventSort): Order {
  const key = sort.startsWith("EVENT_TYPE")
    ? "eventType"
    : sort.startsWith("RESOURCE_NAME")
      ? "resourceName"
      : undefined;
  return { key, isDescending: sort.endsWith("_DESC") };
}

function driverOf(filter: EventFilter): Driver {
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
function isExact(filter: EventFilter, driver: Driver): boolean {
  const part = DRIVING_PART[driver];
  return Object.entries(filter).every(
    ([name, value]) => value === undefined || name === part || name === "startTime" || name === "endTime",
  );
}

function isUnfiltered(filter: EventFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

function onlyDriving(filter: EventFilter, driver: Driver): EventFilter {
  const part = DRIVING_PART[driver];
  const kept = Object.entries(filter).filter(([name]) => name === part || name === "startTime" || name === "endTime");
  return Object.fromEntries(kept);
}

function fromOf(filter: EventFilter, order: Order, driver: Driver | undefined): From {
  const days = dayBounds(filter);
  const rest = ["e.tie", "e.id"];
  const plain = { where: "TRUE", whereValues: [], timestamp: "e.timestamp", tie: "e.tie" } as const;
  if (order.key === "eventType") {
    const tables = "event_types k CROSS JOIN events e ON e.event_type = k.id";
    return { ...plain, tables, driver: "eventType", order: ["k.name", "e.timestamp", ...rest] };
  }
  if (order.key === "resourceName") {
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
  if (driver === "hook" && filter.hook) {
    const bounds = timeBounds(filter, "h.timestamp");
    return {
      tables: "event_hooks h CROSS JOIN events e ON e.n = h.n",
      where: `h.hook = (${HOOK_NUMBER}) AND ${bounds.text}`,
      whereValues: [filter.hook.namespace, filter.hook.name, ...bounds.values],
      driver,
      timestamp: "h.timestamp",
      tie: "h.tie",
      order: ["h.timestamp", "h.tie", "e.id"],
    };
  }
  return { ...plain, tables: "events e", driver: driver ?? "time", order: ["e.timestamp", ...rest] };
}

/** An order by time goes on at the place's timestamp: as a bound of the filter it is the one that the index is entered by. */
function boundBy(
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

function behind(after: PageKey, order: Order, stretch: string, timestamp: string): Sql {
  const compare = order.isDescending ? "<" : ">";
  const place = [after.timestamp, tieOf(after.id), after.id];
  const rest = `(${timestamp}, e.tie, e.id) ${compare} (?, ?, ?)`;
  if (order.key === undefined) return { text: rest, values: place };
  const key = after.key ?? "";
  if (stretch === "same") return { text: `k.name = ? AND ${rest}`, values: [key, ...place] };
  if (stretch === "next") return { text: `k.name ${compare} ?`, values: [key] };
  return { text: `(k.name ${compare} ? OR (k.name = ? AND ${rest}))`, values: [key, key, ...place] };
}

function startingAt({ timestamp, tie }: Start, order: Order, from: From): Sql {
  return {
    text: `(${from.timestamp}, ${from.tie}) ${order.isDescending ? "<=" : ">="} (?, ?)`,
    values: [timestamp, tie],
  };
}

function directed(columns: readonly string[], { isDescending }: Order): string {
  return columns.map((column) => (isDescending ? `${column} DESC` : column)).join(", ");
}

function dayBounds({ startTime, endTime }: EventFilter): Sql {
  const bounds: { startTime?: number; endTime?: number } = {};
  if (startTime !== undefined) bounds.startTime = Math.floor(startTime / DAY);
  if (endTime !== undefined) bounds.endTime = Math.floor(endTime / DAY) + 1;
  return timeBounds(bounds, "d.day");
}
