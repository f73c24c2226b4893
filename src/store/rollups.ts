// Numbers of events by hour and by day, for all namespaces, each namespace and each hook: what statistics are read from.
// Those of all namespaces also by five minutes, so that the ends of a range cost the same however many events there are.
// Collected in memory while a transaction runs and written before it commits, so they always equal a count over the rows.
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";

export const FIVE_MINUTES = 300_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Length of the parts in which namespaces and hooks are indexed. */
export const PART = 3 * HOUR;

/** Stands for all namespaces together; real ones are numbered from 1. */
export const ALL_NAMESPACES = 0;

interface Tally {
  /** 0 for the sums over all hooks. */
  readonly hook: number;
  readonly namespace: number;
  readonly slot: number;
  readonly eventType: number;
  readonly status: number;
  events: number;
}

/** What of an event its sums depend on. */
export interface Counted {
  readonly timestamp: Instant;
  readonly namespace: number;
  readonly eventType: number;
  readonly hooks: readonly number[];
}

type Width = "five_minutely" | "hourly" | "daily";

/** The statements of one table of sums. */
interface Statements {
  readonly add: string;
  readonly dropEmpty: string;
}

const COLUMNS = ["slot", "namespace", "event_type", "status"];
const OF_ALL = {
  five_minutely: statements("five_minutely", COLUMNS),
  hourly: statements("hourly", COLUMNS),
  daily: statements("daily", COLUMNS),
};
/** Of a namespace, of whatever type and status. */
const TOTALS = statements("namespace_hours", ["day", "namespace", "hour"]);
const OF_HOOK = {
  five_minutely: undefined,
  hourly: statements("hook_hourly", [...COLUMNS, "hook"]),
  daily: statements("hook_daily", [...COLUMNS, "hook"]),
};

export class Rollups {
  readonly #connection: Connection;
  readonly #hourly = new Map<string, Tally>();
  readonly #fiveMinutely = new Map<string, Tally>();
  /** Hours known to be in `hours`, and their days and parts likewise. */
  readonly #hours = new Set<number>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `by` events more (or, negative, less) of this kind. */
  add({ timestamp, namespace, eventType, hooks }: Counted, status: number, by: 1 | -1): void {
    const slot = Math.floor(timestamp / HOUR);
    if (by > 0) this.#keepSlot(slot); // at once: rows of the same transaction are looked for by day
    addTo(this.#fiveMinutely, 0, ALL_NAMESPACES, Math.floor(timestamp / FIVE_MINUTES), eventType, status, by);
    addTo(this.#hourly, 0, namespace, slot, eventType, status, by);
    for (const hook of hooks) addTo(this.#hourly, hook, namespace, slot, eventType, status, by);
  }

  write(): void {
    const hourly = new Map<string, Tally>();
    const daily = new Map<string, Tally>();
    const totals = new Map<string, Tally>();
    for (const { hook, namespace, slot, eventType, status, events } of this.#hourly.values()) {
      addTo(hourly, hook, namespace, slot, eventType, status, events);
      addTo(daily, hook, namespace, dayOf(slot), eventType, status, events);
      if (hook === 0) {
        addTo(hourly, hook, ALL_NAMESPACES, slot, eventType, status, events);
        addTo(daily, hook, ALL_NAMESPACES, dayOf(slot), eventType, status, events);
        addTo(totals, hook, namespace, slot, 0, 0, events);
      }
    }
    for (const tally of this.#fiveMinutely.values()) this.#write("five_minutely", tally);
    for (const tally of hourly.values()) this.#write("hourly", tally);
    for (const tally of daily.values()) this.#write("daily", tally);
    for (const tally of totals.values()) this.#writeTotal(tally);
    for (const { slot, events } of this.#hourly.values()) if (events < 0) this.#dropSlot(slot);
    this.#fiveMinutely.clear();
    this.#hourly.clear();
  }

  forget(): void {
    this.#fiveMinutely.clear();
    this.#hourly.clear();
    this.#hours.clear();
  }

  #write(width: Width, { hook, namespace, slot, eventType, status, events }: Tally): void {
    const statements = hook === 0 ? OF_ALL[width] : OF_HOOK[width];
    if (events === 0 || !statements) return;
    const { add, dropEmpty } = statements;
    const values = [slot, namespace, eventType, status];
    if (hook !== 0) values.push(hook);
    this.#connection.run(add, ...values, events);
    if (events < 0) this.#connection.run(dropEmpty, ...values);
  }

  #writeTotal({ namespace, slot, events }: Tally): void {
    if (events === 0) return; // a status that changes adds nothing
    const values = [dayOf(slot), namespace, slot];
    this.#connection.run(TOTALS.add, ...values, events);
    if (events < 0) this.#connection.run(TOTALS.dropEmpty, ...values);
  }

  #keepSlot(hour: number): void {
    if (this.#hours.has(hour)) return;
    this.#connection.run("INSERT INTO hours (hour) VALUES (?) ON CONFLICT DO NOTHING", hour);
    this.#connection.run("INSERT INTO days (day) VALUES (?) ON CONFLICT DO NOTHING", dayOf(hour));
    this.#connection.run("INSERT INTO parts (part) VALUES (?) ON CONFLICT DO NOTHING", partOf(hour));
    this.#hours.add(hour);
  }

  /** An hour, a part and a day are listed for as long as there are events in them. */
  #dropSlot(hour: number): void {
    const part = partOf(hour);
    const day = dayOf(hour);
    this.#dropUnused("hours", "hour", hour, "hourly", hour, hour);
    this.#dropUnused("parts", "part", part, "hourly", part * HOURS_OF_PART, part * HOURS_OF_PART + HOURS_OF_PART - 1);
    this.#dropUnused("days", "day", day, "daily", day, day);
    this.#hours.clear(); // what was dropped is listed again when it is needed again
  }

  #dropUnused(table: string, column: string, value: number, sums: string, first: number, last: number): void {
    this.#connection.run(
      `DELETE FROM ${table} WHERE ${column} = ? AND NOT EXISTS (SELECT 1 FROM ${sums} e WHERE e.slot BETWEEN ? AND ?)`,
      value,
      first,
      last,
    );
  }
}

const HOURS_OF_PART = PART / HOUR;

function dayOf(hour: number): number {
  return Math.floor(hour / 24);
}

function partOf(hour: number): number {
  return Math.floor(hour / HOURS_OF_PART);
}

function addTo(
  tallies: Map<string, Tally>,
  hook: number,
  namespace: number,
  slot: number,
  eventType: number,
  status: number,
  events: number,
): void {
  const key = `${hook}/${namespace}/${slot}/${eventType}/${status}`;
  const known = tallies.get(key);
  if (known) known.events += events;
  else tallies.set(key, { hook, namespace, slot, eventType, status, events });
}

function statements(table: string, columns: readonly string[]): Statements {
  const key = columns.join(", ");
  return {
    add: `INSERT INTO ${table} (${key}, events) VALUES (${columns.map(() => "?").join(", ")}, ?)
          ON CONFLICT (${key}) DO UPDATE SET events = ${table}.events + excluded.events`,
    dropEmpty: `DELETE FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(" AND ")} AND events = 0`,
  };
}
