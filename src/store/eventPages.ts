// Pages of events: read whole by whichever index finds them, or told at a glance when few rows decide.
// A page goes on behind a place by seeking it; an offset is skipped in the index alone.
import { EventRecord } from "../events/eventRecord.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Instant } from "../events/time.ts";
import { hasWildcard } from "../events/wildcard.ts";
import { type Connection, LIMIT } from "./connection.ts";
import {
  ALWAYS,
  behind,
  boundBy,
  directed,
  driverOf,
  fromOf,
  isExact,
  isUnfiltered,
  type Order,
  onlyDriving,
  orderOf,
  type Start,
  startingAt,
} from "./eventOrder.ts";
import { mayTie } from "./eventText.ts";
import { type Driver, filterSql, globOf } from "./filterSql.ts";
import type { EventRow, RowPage } from "./messages.ts";
import type { EventQuery } from "./store.ts";

/** A glance looks at this many entries of an index, and through as much offset: under two milliseconds. */
const GLANCE = 1000;

/** Entries of an index that are looked at before an offset, to find where those with its timestamp and tie begin. */
const STEP_BACK = 32;

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
    // Without an offset to skip it is one statement, so of one moment by itself.
    if (isExact(filter, driver)) return offset > STEP_BACK ? this.page(query) : this.#read(query);
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
    const sorted = (columns: readonly string[]): EventRow[] =>
      this.#connection.all<EventRow>(
        `SELECT e.seq, e.json, e.ignored FROM ${from.tables}
         WHERE ${from.where} AND ${where.text} AND ${place.text} AND ${begin.text}
         ORDER BY ${directed(columns, order)} ${LIMIT} OFFSET ?`,
        ...from.whereValues,
        ...where.values,
        ...place.values,
        ...begin.values,
        limit,
        offset,
      );
    if (offset > 0) return sorted(from.order);
    // No index ends in the id. Sorting by it as well costs half as much again, and hardly ever decides anything.
    const rows = sorted(from.order.slice(0, -1));
    return hasTies(rows) ? sorted(from.order) : rows;
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
         ORDER BY ${directed(from.order.slice(0, -2), order)} LIMIT 1 OFFSET ${GLANCE}`,
        ...from.whereValues,
        ...where.values,
      ) ?? [];
    if (edge === undefined) return undefined;
    return order.isDescending ? { ...query.filter, startTime: edge + 1 } : { ...query.filter, endTime: edge };
  }
}

/** Whether two rows in a row have one timestamp and may have one tie: then only their ids tell which comes first. */
function hasTies(rows: readonly EventRow[]): boolean {
  return rows.some((row, index) => {
    const before = rows[index - 1];
    return before !== undefined && mayTie(before[1], row[1]) && timestampOf(before) === timestampOf(row);
  });
}

function timestampOf([seq, json, ignored]: EventRow): Instant {
  return new EventRecord(seq, json, ignored).timestamp;
}
