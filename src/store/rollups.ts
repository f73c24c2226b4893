// Numbers of events by hour and by day, for all namespaces, each namespace and each hook: what statistics are read from.
// Those of all namespaces also by five minutes, so that the ends of a range cost the same however many events there are.
// Collected in memory while a transaction runs and written before it commits, so they always equal a count over the rows.
import { EVENT_STATUSES } from "../events/event.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { Rows } from "./rows.ts";

export const FIVE_MINUTES = 300_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Length of the parts in which namespaces and hooks are indexed. */
export const PART = 3 * HOUR;

/** More event types than there are names for. */
const MOST_TYPES = 2 ** 20;

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

const COLUMNS = ["slot", "namespace", "event_type", "status"];

/** One table of sums, with the place of a tally among its columns. */
class Sums {
  readonly #connection: Connection;
  readonly #rows: Rows;
  readonly #dropEmpty: string;
  readonly #placeOf: (tally: Tally) => readonly number[];

  constructor(
    connection: Connection,
    table: string,
    columns: readonly string[],
    placeOf: (tally: Tally) => readonly number[],
  ) {
    const key = columns.join(", ");
    this.#connection = connection;
    this.#rows = new Rows(connection, {
      table,
      columns: [...columns, "events"],
      onConflict: `ON CONFLICT (${key}) DO UPDATE SET events = ${table}.events + excluded.events`,
    });
    this.#dropEmpty = `DELETE FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(" AND ")} AND events = 0`;
    this.#placeOf = placeOf;
  }

  write(tallies: Iterable<Tally>): void {
    const lessened: (readonly number[])[] = [];
    for (const tally of tallies) {
      const { events } = tally;
      if (events === 0) continue; // as of all statuses together when one changes
      const place = this.#placeOf(tally);
      this.#rows.add(...place, events);
      if (events < 0) lessened.push(place);
    }
    this.#rows.flush();
    for (const place of lessened) this.#connection.run(this.#dropEmpty, ...place);
  }

  forget(): void {
    this.#rows.forget();
  }
}

function placeOf({ slot, namespace, eventType, status }: Tally): readonly number[] {
  return [slot, namespace, eventType, status];
}

/** Events of one transaction that count alike: of one kind, within the same five minutes. */
interface Alike extends Counted {
  readonly status: number;
  events: number;
}

export class Rollups {
  readonly #connection: Connection;
  /** By five minutes, then by kind, then by the list of their hooks, which events alike share. */
  readonly #alike = new Map<number, Map<number, Map<readonly number[], Alike>>>();
  readonly #ofAll: Readonly<Record<Width, Sums>>;
  readonly #ofHook: Readonly<Record<Exclude<Width, "five_minutely">, Sums>>;
  /** By namespace and hour, of whatever type and status. */
  readonly #totals: Sums;
  /** Hours known to be in `hours`, and their days and parts likewise. */
  readonly #hours = new Set<number>();

  constructor(connection: Connection) {
    this.#connection = connection;
    const ofAll = (table: string): Sums => new Sums(connection, table, COLUMNS, placeOf);
    const ofHook = (table: string): Sums => {
      return new Sums(connection, table, [...COLUMNS, "hook"], (tally) => [...placeOf(tally), tally.hook]);
    };
    this.#ofAll = { five_minutely: ofAll("five_minutely"), hourly: ofAll("hourly"), daily: ofAll("daily") };
    this.#ofHook = { hourly: ofHook("hook_hourly"), daily: ofHook("hook_daily") };
    this.#totals = new Sums(connection, "namespace_hours", ["day", "namespace", "hour"], ({ slot, namespace }) => {
      return [dayOf(slot), namespace, slot];
    });
  }

  /** `by` events more (or, negative, less) of this kind. */
  add(counted: Counted, status: number, by: 1 | -1): void {
    const { timestamp, namespace, eventType, hooks } = counted;
    if (by > 0) this.#keepSlot(Math.floor(timestamp / HOUR)); // at once: rows of the same transaction are looked for by day
    const kind = ((namespace * MOST_TYPES + eventType) * EVENT_STATUSES.length + status) * 2 + (by > 0 ? 1 : 0);
    const ofSlot = madeIn(
      this.#alike,
      Math.floor(timestamp / FIVE_MINUTES),
      newMap<number, Map<readonly number[], Alike>>,
    );
    const ofKind = madeIn(ofSlot, kind, newMap<readonly number[], Alike>);
    const alike = ofKind.get(hooks);
    if (alike) alike.events += by;
    else ofKind.set(hooks, { timestamp, namespace, eventType, hooks, status, events: by });
  }

  write(): void {
    const fiveMinutely = new Map<string, Tally>();
    const hourly = new Map<string, Tally>();
    const daily = new Map<string, Tally>();
    const totals = new Map<string, Tally>();
    const lessened = new Set<number>();
    const all = [...this.#alike.values()].flatMap((kinds) =>
      [...kinds.values()].flatMap((lists) => [...lists.values()]),
    );
    for (const { timestamp, namespace, eventType, hooks, status, events } of all) {
      const hour = Math.floor(timestamp / HOUR);
      addTo(totals, 0, namespace, hour, 0, 0, events);
      const fiveMinutes = Math.floor(timestamp / FIVE_MINUTES);
      addTo(fiveMinutely, 0, ALL_NAMESPACES, fiveMinutes, eventType, status, events);
      for (const [sums, slot] of [[hourly, hour] as const, [daily, dayOf(hour)] as const]) {
        addTo(sums, 0, namespace, slot, eventType, status, events);
        addTo(sums, 0, ALL_NAMESPACES, slot, eventType, status, events);
        for (const hook of hooks) addTo(sums, hook, namespace, slot, eventType, status, events);
      }
      if (events < 0) lessened.add(hour);
    }
    this.#ofAll.five_minutely.write(fiveMinutely.values());
    for (const [width, tallies] of [["hourly", hourly] as const, ["daily", daily] as const]) {
      const { ofAll = [], ofHook = [] } = Object.groupBy(tallies.values(), ({ hook }) =>
        hook === 0 ? "ofAll" : "ofHook",
      );
      this.#ofAll[width].write(ofAll);
      this.#ofHook[width].write(ofHook);
    }
    this.#totals.write(totals.values());
    for (const hour of lessened) this.#dropSlot(hour);
    this.#alike.clear();
  }

  forget(): void {
    this.#alike.clear();
    for (const sums of [...Object.values(this.#ofAll), ...Object.values(this.#ofHook), this.#totals]) sums.forget();
    this.#hours.clear();
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

function newMap<Key, Value>(): Map<Key, Value> {
  return new Map();
}

function madeIn<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
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
