// Numbers of events by what is asked: from the sums by day and hour where the filter allows it, from the rows where not.
// A range is cut into days, hours and the rest at its ends, so only parts of an hour are counted row by row.
import type { EventFilter } from "../events/filter.ts";
import type { Instant } from "../events/time.ts";
import type { Connection, Value } from "./connection.ts";
import { ALWAYS, slotBounds } from "./eventOrder.ts";
import { filterSql, HOOK_NUMBER, type Sql, type Times, timeBounds } from "./filterSql.ts";
import { ALL_NAMESPACES, DAY, FIVE_MINUTES, HOUR, PART } from "./rollups.ts";

export interface Grouping {
  readonly by?: "namespace" | "hook";
  /** Buckets of `interval` ms counted from `start`, which no counted event precedes. */
  readonly buckets?: Buckets;
}

interface Buckets {
  readonly start: Instant;
  readonly interval: number;
}

/** Numbers of events of one type, in one bucket, of one group. Several cells can be of the same. */
export interface Cell {
  readonly bucket: number;
  /** The namespace's number, or the hook's, as the grouping has it; else 0. */
  readonly group: number;
  readonly eventType: string;
  readonly firing: number;
  readonly duplicate: number;
  readonly resolved: number;
}

/** Parts of the filter that the sums hold. */
const SUMMED: ReadonlySet<string> = new Set(["namespaces", "eventTypes", "statuses", "hook", "startTime", "endTime"]);

/** Those that the totals of namespaces by hour hold. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(["namespaces", "startTime", "endTime"]);

type Width = typeof FIVE_MINUTES | typeof HOUR | typeof DAY;

const TABLES = { [DAY]: "daily", [HOUR]: "hourly", [FIVE_MINUTES]: "five_minutely" } as const;

/** What is counted in one part of a range, and from where. */
interface Part {
  readonly place: string | undefined;
  readonly bucketOf: (place: number) => number;
  readonly group: string | undefined;
  /** The number as SQL: of rows, or of sums. */
  readonly number: string;
  readonly from: string;
  readonly where: string;
  readonly values: readonly Value[];
}

/** Whether a part is counted, or taken off again because the slot that was counted whole reaches out of the range with it. */
type Sign = 1 | -1;

type Row = [place: number, group: number, eventType: number, firing: number, duplicate: number, resolved: number];

/** Whether sums hold the answer: not of what two hooks both matched, nor of what only the rows tell. */
function isSummed(filter: EventFilter, { by }: Grouping): boolean {
  if (by === "hook" && filter.hook) return false;
  return hasOnly(filter, SUMMED);
}

function hasOnly(filter: EventFilter, parts: ReadonlySet<string>): boolean {
  return Object.entries(filter).every(([part, value]) => value === undefined || parts.has(part));
}

/** The widths of the sums that hold the answer, widest first; none when only the rows do. */
export function widthsOf(filter: EventFilter, grouping: Grouping): readonly Width[] {
  if (!isSummed(filter, grouping)) return [];
  const isOfAll = grouping.by === undefined && filter.namespaces === undefined && filter.hook === undefined;
  return isOfAll ? [DAY, HOUR, FIVE_MINUTES] : [DAY, HOUR];
}

/** Reads several times; the caller sees to it that it is of one moment. */
export function tally(connection: Connection, filter: EventFilter, grouping: Grouping): Cell[] {
  const names = new Map(connection.all<[id: number, name: string]>("SELECT id, name FROM event_types"));
  const cells: Cell[] = [];
  const widths = widthsOf(filter, grouping).filter(
    (width) => !grouping.buckets || grouping.buckets.interval % width === 0,
  );
  eachPart(filter, widths, (within, width, sign) => {
    const part = width === undefined ? rowsPart(within, grouping) : sumsPart(within, grouping, width);
    const { text, values } = grouped(part);
    for (const [place, group, type, firing, duplicate, resolved] of connection.all<Row>(text, ...values)) {
      cells.push({
        bucket: part.bucketOf(place),
        group,
        eventType: names.get(type) ?? "",
        firing: sign * firing,
        duplicate: sign * duplicate,
        resolved: sign * resolved,
      });
    }
  });
  return cells;
}

/** How many events the filter matches: one statement, so of one moment by itself. */
export function count(connection: Connection, filter: EventFilter): number {
  const isOfNamespaces = filter.namespaces !== undefined && hasOnly(filter, OF_NAMESPACES);
  const widths = isOfNamespaces ? ([HOUR] as const) : widthsOf(filter, {});
  let numbers = "0";
  const allValues: Value[] = [];
  eachPart(filter, widths, (within, width, sign) => {
    const sums = isOfNamespaces ? namespacePart : sumsPart;
    const { number, from, where, values } = width === undefined ? rowsPart(within, {}) : sums(within, {}, width);
    numbers += ` + ? * (SELECT coalesce(${number}, 0) FROM ${from} WHERE ${where})`;
    allValues.push(sign, ...values); // a value, as each of their hundreds of combinations would be a statement of its own
  });
  const [total = 0] = connection.get<[number]>(`SELECT ${numbers}`, ...allValues) ?? [];
  return total;
}

/** Takes the filter of each part: of whole slots of a width, or of what is left for the rows. */
function eachPart(
  filter: EventFilter,
  widths: readonly Width[],
  take: (within: EventFilter, width: Width | undefined, sign: Sign) => void,
): void {
  const { startTime = Number.NEGATIVE_INFINITY, endTime = Number.POSITIVE_INFINITY, ...rest } = filter;
  divide(startTime, endTime, widths, 1, (from, to, width, sign) => {
    take({ ...rest, ...timesOf(from, to) }, width, sign);
  });
}

/**
 * Cuts [start, end) at the nearest slots of the widest width. What is missing at its ends is added, and what is too much taken
 * off again, each divided likewise: so at an end no more than half a slot of the narrowest width is left for the rows.
 */
function divide(
  start: number,
  end: number,
  widths: readonly Width[],
  sign: Sign,
  take: (from: number, to: number, width: Width | undefined, sign: Sign) => void,
): void {
  if (start >= end) return;
  const [width, ...narrower] = widths;
  if (width === undefined) {
    take(start, end, undefined, sign);
    return;
  }
  const from = Math.round(start / width) * width;
  const to = Math.round(end / width) * width;
  if (from >= to) {
    divide(start, end, narrower, sign, take);
    return;
  }
  const opposite = sign === 1 ? -1 : 1;
  divide(start, from, narrower, sign, take);
  divide(from, start, narrower, opposite, take);
  take(from, to, width, sign);
  divide(to, end, narrower, sign, take);
  divide(end, to, narrower, opposite, take);
}

/** Whole hours of some namespaces, by their totals: one stretch in each day. */
function namespacePart({ namespaces, ...times }: EventFilter): Part {
  const days = slotBounds(times, DAY, "d.day");
  const hours = timeBounds(inSlots(times, HOUR), "e.hour");
  const names = filterSql(namespaces ? { namespaces } : {}, "namespace");
  return {
    place: undefined,
    bucketOf: () => 0,
    group: undefined,
    number: "sum(e.events)",
    from: "days d CROSS JOIN namespace_hours e ON e.day = d.day",
    where: `${days.text} AND ${names.text} AND ${hours.text}`,
    values: [...days.values, ...names.values, ...hours.values],
  };
}

function sumsPart(filter: EventFilter, { by, buckets }: Grouping, width: Width): Part {
  const isOfHook = by === "hook" || filter.hook !== undefined;
  const isByName = by !== undefined || filter.namespaces !== undefined;
  const table = `${isOfHook ? "hook_" : ""}${TABLES[width]}`;
  const where: string[] = [];
  const values: Value[] = [];
  const add = (text: string, ...more: readonly Value[]): void => {
    where.push(text);
    values.push(...more);
  };
  // The sums are sorted by slot: those of one namespace or hook are a seek in each slot, those of all are one stretch.
  const isOfOne = width !== FIVE_MINUTES && (filter.hook !== undefined || filter.namespaces?.length === 1 || !isByName);
  const list = width === DAY ? { table: "days", column: "day" } : { table: "hours", column: "hour" };
  const from = isOfOne ? `${list.table} s CROSS JOIN ${table} e ON e.slot = s.${list.column}` : `${table} e`;
  const slot = isOfOne ? `s.${list.column}` : "e.slot";
  if (filter.hook) add(`e.hook = (${HOOK_NUMBER})`, filter.hook.namespace, filter.hook.name);
  else if (!isOfHook && !isByName) add(`e.namespace = ${ALL_NAMESPACES}`);
  else if (!isOfHook && filter.namespaces === undefined) add(`e.namespace <> ${ALL_NAMESPACES}`);
  const { startTime, endTime, hook: _, ...rest } = filter;
  // The sums have the columns that these parts of the filter ask for, under the same names.
  const conditions = filterSql(rest, isOfHook || !isOfOne ? "hook" : "namespace");
  add(conditions.text, ...conditions.values);
  const slots = timeBounds(inSlots({ startTime, endTime }, width), slot);
  add(slots.text, ...slots.values);
  const bucket = bucketAround(filter, buckets);
  return {
    place: bucket === undefined ? slot : undefined,
    bucketOf: (place) => bucket ?? (buckets ? bucketAt(place * width, buckets) : 0),
    group: groupOf(by, "e.hook"),
    number: "sum(e.events)",
    from,
    where: where.join(" AND "),
    values,
  };
}

function rowsPart(filter: EventFilter, { by, buckets }: Grouping): Part {
  const bucket = bucketAround(filter, buckets);
  const place = bucket === undefined ? "(e.timestamp - CAST(? AS INTEGER)) / CAST(? AS INTEGER)" : undefined;
  const placeValues = bucket === undefined && buckets ? [buckets.start, buckets.interval] : [];
  const bucketOf = (place: number): number => bucket ?? place;
  const parts = slotBounds(filter, PART, "p.part");
  if (by !== "hook" && !filter.hook) {
    const isOfOne = filter.namespaces?.length === 1;
    const { text, values } = filterSql(filter, isOfOne ? "namespace" : "time");
    const from = isOfOne ? "parts p CROSS JOIN events e ON e.part = p.part" : "events e";
    const inParts = isOfOne ? parts : ALWAYS;
    const where = `${inParts.text} AND ${text}`;
    const all = [...placeValues, ...inParts.values, ...values];
    return { place, bucketOf, group: groupOf(by, "0"), number: "count(*)", from, where, values: all };
  }
  // Grouped by hook, an event counts under each of its hooks; else it is found by the one hook that is asked for.
  const { startTime: _start, endTime: _end, ...untimed } = filter;
  const where = filterSql(untimed, by === "hook" ? "time" : "hook");
  const times = timeBounds(filter, "h.timestamp");
  const one = by === "hook" ? undefined : filter.hook;
  return {
    place,
    bucketOf,
    group: groupOf(by, "h.hook"),
    number: "count(*)",
    from: `hooks k CROSS JOIN parts p CROSS JOIN event_hooks h ON h.part = p.part AND h.hook = k.id
       CROSS JOIN events e ON e.n = h.n`,
    where: `${one ? `k.id = (${HOOK_NUMBER})` : "TRUE"} AND ${parts.text} AND ${times.text} AND ${where.text}`,
    values: [
      ...placeValues,
      ...(one ? [one.namespace, one.name] : []),
      ...parts.values,
      ...times.values,
      ...where.values,
    ],
  };
}

/** Numbers by type and status. Without a place or a group it selects 0 and does not group by it. */
function grouped({ place, group, number, from, where, values }: Part): Sql {
  const by = [...(place === undefined ? [] : ["1"]), ...(group === undefined ? [] : ["2"]), "3"];
  const columns = [
    place ?? "0",
    group ?? "0",
    "e.event_type",
    ...[0, 1, 2].map((status) => `coalesce(${number} FILTER (WHERE e.status = ${status}), 0)`),
  ];
  return { text: `SELECT ${columns.join(", ")} FROM ${from} WHERE ${where} GROUP BY ${by.join(", ")}`, values };
}

function groupOf(by: Grouping["by"], hook: string): string | undefined {
  return by === "hook" ? hook : by === "namespace" ? "e.namespace" : undefined;
}

function bucketAt(instant: Instant, { start, interval }: Buckets): number {
  return Math.floor((instant - start) / interval);
}

/** The bucket in which all of the filter's times lie: then the rows need not be told apart by it. */
function bucketAround({ startTime, endTime }: EventFilter, buckets: Buckets | undefined): number | undefined {
  if (!buckets) return 0;
  if (startTime === undefined || endTime === undefined) return undefined;
  const first = bucketAt(startTime, buckets);
  return first === bucketAt(endTime - 1, buckets) ? first : undefined;
}

/** Times that lie between slots, as the numbers of the slots. */
function inSlots({ startTime, endTime }: Times, width: Width): Times {
  return { startTime: startTime && startTime / width, endTime: endTime && endTime / width };
}

function timesOf(from: number, to: number): EventFilter {
  return {
    ...(Number.isFinite(from) ? { startTime: from } : {}),
    ...(Number.isFinite(to) ? { endTime: to } : {}),
  };
}
