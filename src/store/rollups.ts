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
const OF_HOOK = {
  five_minutely: undefined,
  hourly: statements("hook_hourly", [...COLUMNS, "hook"]),
  daily: statements("hook_daily", [...COLUMNS, "hook"]),
};

/** Events of one transaction that count alike: of one kind, within the same five minutes. */
interface Alike extends Counted {
  readonly status: number;
  events: number;
}

export class Rollups {
  readonly #connection: Connection;
  readonly #alike = new Map<string, Alike>();
  /** Hours known to be in `hours`, and their days and parts likewise. */
  readonly #hours = new Set<number>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `by` events more (or, negative, less) of this kind. */
  add(counted: Counted, status: number, by: 1 | -1): void {
    const { timestamp, namespace, eventType, hooks } = counted;
    if (by > 0) this.#keepSlot(Math.floor(timestamp / HOUR)); // at once: rows of the same transaction are looked for by day
    const key = `${Math.floor(timestamp / FIVE_MINUTES)}/${namespace}/${eventType}/${status}/${by}/${hooks.join()}`;
    const alike = this.#alike.get(key);
    if (alike) alike.events += by;
    else this.#alike.set(key, { timestamp, namespace, eventType, hooks, status, events: by });
  }

  write(): void {
    const fiveMinutely = new Map<string, Tally>();
    const hourly = new Map<string, Tally>();
    const daily = new Map<string, Tally>();
    const lessened = new Set<number>();
    for (const { timestamp, namespace, eventType, hooks, status, events } of this.#alike.values()) {
      const hour = Math.floor(timestamp / HOUR);
      const fiveMinutes = Math.floor(timestamp / FIVE_MINUTES);
      addTo(fiveMinutely, 0, ALL_NAMESPACES, fiveMinutes, eventType, status, events);
      for (const [sums, slot] of [[hourly, hour] as const, [daily, dayOf(hour)] as const]) {
        addTo(sums, 0, namespace, slot, eventType, status, events);
        addTo(sums, 0, ALL_NAMESPACES, slot, eventType, status, events);
        for (const hook of hooks) addTo(sums, hook, namespace, slot, eventType, status, events);
      }
      if (events < 0) lessened.add(hour);
    }
    for (const tally of fiveMinutely.values()) this.#write("five_minutely", tally);
    for (const tally of hourly.values()) this.#write("hourly", tally);
    for (const tally of daily.values()) this.#write("daily", tally);
    for (const hour of lessened) this.#dropSlot(hour);
    this.#alike.clear();
  }

  forget(): void {
    this.#alike.clear();
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
