// Numbers of events by hour and by day, for all namespaces, each namespace and each hook: what statistics are read from.
// Collected in memory while a transaction runs and written before it commits, so they always equal a count over the rows.
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

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

export class Rollups {
  readonly #connection: Connection;
  readonly #hourly = new Map<string, Tally>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `by` events more (or, negative, less) of this kind. */
  add({ timestamp, namespace, eventType, hooks }: Counted, status: number, by: 1 | -1): void {
    const slot = Math.floor(timestamp / HOUR);
    addTo(this.#hourly, { hook: 0, namespace, slot, eventType, status, events: by });
    for (const hook of hooks) addTo(this.#hourly, { hook, namespace, slot, eventType, status, events: by });
  }

  write(): void {
    const hourly = new Map<string, Tally>();
    const daily = new Map<string, Tally>();
    for (const tally of this.#hourly.values()) {
      const ofDay = { ...tally, slot: Math.floor(tally.slot / 24) };
      addTo(hourly, tally);
      addTo(daily, ofDay);
      if (tally.hook === 0) {
        addTo(hourly, { ...tally, namespace: ALL_NAMESPACES });
        addTo(daily, { ...ofDay, namespace: ALL_NAMESPACES });
      }
    }
    for (const tally of hourly.values()) this.#write("hourly", tally);
    for (const tally of daily.values()) this.#write("daily", tally);
    this.#hourly.clear();
  }

  forget(): void {
    this.#hourly.clear();
  }

  #write(width: "hourly" | "daily", { hook, namespace, slot, eventType, status, events }: Tally): void {
    if (events === 0) return;
    const isOfHook = hook !== 0;
    const table = isOfHook ? `hook_${width}` : width;
    const columns = isOfHook ? "hook, namespace, slot, event_type, status" : "namespace, slot, event_type, status";
    const values = isOfHook ? [hook, namespace, slot, eventType, status] : [namespace, slot, eventType, status];
    this.#connection.run(
      `INSERT INTO ${table} (${columns}, events) VALUES (${columns.replace(/\w+/g, "?")}, ?)
       ON CONFLICT (${columns}) DO UPDATE SET events = ${table}.events + excluded.events`,
      ...values,
      events,
    );
    if (events < 0) {
      const where = columns.replaceAll(",", " = ? AND").concat(" = ?");
      this.#connection.run(`DELETE FROM ${table} WHERE ${where} AND events = 0`, ...values);
    }
  }
}

function addTo(tallies: Map<string, Tally>, tally: Tally): void {
  const key = `${tally.hook}/${tally.namespace}/${tally.slot}/${tally.eventType}/${tally.status}`;
  const known = tallies.get(key);
  if (known) known.events += tally.events;
  else tallies.set(key, { ...tally });
}
