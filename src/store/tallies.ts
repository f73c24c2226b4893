// Numbers of events by what is asked: from the sums by day and hour where the filter allows it, from the rows where not.
// A range is cut into days, hours and the rest at its ends, so only parts of an hour are counted row by row.
import type { EventFilter } from "../events/filter.ts";
import type { Instant } from "../events/time.ts";
import type { Connection, Value } from "./connection.ts";
import { filterSql, HOOK_NUMBER, type Sql, timeBounds } from "./filterSql.ts";
import { ALL_NAMESPACES, DAY, HOUR } from "./rollups.ts";

export interface Grouping {
  readonly by?: "namespace" | "hook";
  /** Buckets of `interval` ms counted from `start`, which no counted event precedes. */
  readonly buckets?: { readonly start: Instant; readonly interval: number };
}

/** One cell: `name` is the namespace, or that of the hook, or empty; `hook` the hook's name or empty. */
export type Cell = [bucket: number, name: string, hook: string, eventType: string, status: number, events: number];

/** Parts of the filter that the sums hold. */
const SUMMED: ReadonlySet<string> = new Set(["namespaces", "eventTypes", "statuses", "hook", "startTime", "endTime"]);

type Width = typeof HOUR | typeof DAY;

/** Whether the sums hold the answer: not of what two hooks both matched, nor of what only the rows tell. */
export function isSummed(filter: EventFilter, { by }: Grouping): boolean {
  if (by === "hook" && filter.hook) return false;
  return Object.entries(filter).every(([part, value]) => value === undefined || SUMMED.has(part));
}

export function tally(connection: Connection, filter: EventFilter, grouping: Grouping): Cell[] {
  const parts = isSummed(filter, grouping) ? summedParts(filter, grouping) : [rowsPart(filter, grouping)];
  if (parts.length === 0) return [];
  const { joined, columns } = namesOf(grouping);
  return connection.all<Cell>(
    `SELECT p.bucket, ${columns}, t.name, p.status, sum(p.events)
     FROM (${parts.map((part) => part.text).join("\n     UNION ALL ")}) p
     ${joined} JOIN event_types t ON t.id = p.event_type
     GROUP BY p.bucket, p.grp, p.event_type, p.status`,
    ...parts.flatMap((part) => part.values),
  );
}

function summedParts(filter: EventFilter, grouping: Grouping): Sql[] {
  const parts: Sql[] = [];
  const { startTime: start = Number.NEGATIVE_INFINITY, endTime: end = Number.POSITIVE_INFINITY } = filter;
  const widths = [DAY, HOUR].filter((width) => !grouping.buckets || isMultiple(grouping.buckets, width)) as Width[];
  divide(start, end, widths, (from, to, width) => {
    const bounded: EventFilter = { ...withoutTimes(filter), ...timesOf(from, to) };
    parts.push(width === undefined ? rowsPart(bounded, grouping) : sumsPart(bounded, grouping, width));
  });
  return parts;
}

/** Whether every slot of this width lies in one bucket. */
function isMultiple({ start, interval }: NonNullable<Grouping["buckets"]>, width: Width): boolean {
  return interval % width === 0 && start % width === 0;
}

/** Cuts [start, end) into whole slots of the widest width, the rest at both ends likewise, and what is left. */
function divide(
  start: number,
  end: number,
  widths: readonly Width[],
  part: (from: number, to: number, width: Width | undefined) => void,
): void {
  if (start >= end) return;
  const [width, ...narrower] = widths;
  if (width === undefined) {
    part(start, end, undefined);
    return;
  }
  const from = Number.isFinite(start) ? Math.ceil(start / width) * width : start;
  const to = Number.isFinite(end) ? Math.floor(end / width) * width : end;
  if (from >= to) {
    divide(start, end, narrower, part);
    return;
  }
  divide(start, from, narrower, part);
  part(from, to, width);
  divide(to, end, narrower, part);
}

function sumsPart(filter: EventFilter, grouping: Grouping, width: Width): Sql {
  const isOfHook = grouping.by === "hook" || filter.hook !== undefined;
  const isByName = grouping.by !== undefined || filter.namespaces !== undefined;
  const table = `${isOfHook ? "hook_" : ""}${width === DAY ? "daily" : "hourly"}`;
  const where: string[] = [];
  const values: Value[] = [];
  const add = (text: string, ...more: readonly Value[]): void => {
    where.push(text);
    values.push(...more);
  };
  // The sums are sorted by slot: those of one namespace or hook are a seek in each slot, those of all are one stretch.
  const isOfOne = filter.hook !== undefined || (filter.namespaces?.length ?? 0) === 1 || !isByName;
  const slots = width === DAY ? { table: "days", column: "day" } : { table: "hours", column: "hour" };
  const from = isOfOne ? `${slots.table} s CROSS JOIN ${table} e ON e.slot = s.${slots.column}` : `${table} e`;
  const slot = isOfOne ? `s.${slots.column}` : "e.slot";
  if (filter.hook) add(`e.hook = (${HOOK_NUMBER})`, filter.hook.namespace, filter.hook.name);
  else if (!isOfHook && !isByName) add(`e.namespace = ${ALL_NAMESPACES}`);
  else if (!isOfHook && filter.namespaces === undefined) add(`e.namespace <> ${ALL_NAMESPACES}`);
  const { startTime, endTime, hook: _, ...rest } = filter;
  // The sums have the columns that these parts of the filter ask for, under the same names.
  const conditions = filterSql(rest, isOfHook || !isOfOne ? "hook" : "namespace");
  add(conditions.text, ...conditions.values);
  if (startTime !== undefined) add(`${slot} >= ?`, startTime / width);
  if (endTime !== undefined) add(`${slot} < ?`, endTime / width);
  const bucket = bucketOf(grouping, `e.slot * ${width}`);
  return {
    text: `SELECT ${bucket.text} AS bucket, ${groupOf(grouping, "e.hook")} AS grp, e.event_type, e.status, e.events FROM ${from}
           WHERE ${where.join(" AND ")}`,
    values: [...bucket.values, ...values],
  };
}

function rowsPart(filter: EventFilter, grouping: Grouping): Sql {
  const bucket = bucketOf(grouping, "e.timestamp");
  const columns = `${bucket.text} AS bucket, ${groupOf(grouping, "h.hook")} AS grp, e.event_type, e.status`;
  if (grouping.by === "hook" || filter.hook) {
    // Grouped by hook, an event counts under each of its hooks; else it is found by the one hook that is asked for.
    const isByHook = grouping.by === "hook";
    const where = filterSql(withoutTimes(filter), isByHook ? "time" : "hook");
    const times = timeBounds(filter, "h.timestamp");
    const hook = isByHook ? "TRUE" : `k.id = (${HOOK_NUMBER})`;
    const hookValues = isByHook || !filter.hook ? [] : [filter.hook.namespace, filter.hook.name];
    return {
      text: `SELECT ${columns}, 1 AS events
             FROM hooks k CROSS JOIN event_hooks h ON h.hook = k.id CROSS JOIN events e ON e.n = h.n
             WHERE ${hook} AND ${times.text} AND ${where.text}`,
      values: [...bucket.values, ...hookValues, ...times.values, ...where.values],
    };
  }
  const where = filterSql(filter, filter.namespaces?.length === 1 ? "namespace" : "time");
  return {
    text: `SELECT ${columns}, 1 AS events FROM events e WHERE ${where.text}`,
    values: [...bucket.values, ...where.values],
  };
}

function bucketOf({ buckets }: Grouping, instant: string): Sql {
  if (!buckets) return { text: "0", values: [] };
  return {
    text: `(${instant} - CAST(? AS INTEGER)) / CAST(? AS INTEGER)`,
    values: [buckets.start, buckets.interval],
  };
}

function groupOf({ by }: Grouping, hook: string): string {
  return by === "hook" ? hook : by === "namespace" ? "e.namespace" : "0";
}

function namesOf({ by }: Grouping): { readonly joined: string; readonly columns: string } {
  if (by === "namespace") return { joined: "JOIN namespaces g ON g.id = p.grp", columns: "g.name, ''" };
  if (by === "hook") return { joined: "JOIN hooks g ON g.id = p.grp", columns: "g.namespace, g.name" };
  return { joined: "", columns: "'', ''" };
}

function withoutTimes({ startTime: _start, endTime: _end, ...rest }: EventFilter): EventFilter {
  return rest;
}

function timesOf(from: number, to: number): EventFilter {
  return {
    ...(Number.isFinite(from) ? { startTime: from } : {}),
    ...(Number.isFinite(to) ? { endTime: to } : {}),
  };
}
