// The one place that turns a filter into SQL, as conditions on a row `e` of events. events/filter.ts says what they mean.
// Values are parameters, never text; so texts are few, and prepared statements are used again.
import { EVENT_STATUSES, SEVERITIES } from "../events/event.ts";
import { type EventFilter, foldAscii } from "../events/filter.ts";
import { hasWildcard } from "../events/wildcard.ts";
import type { Value } from "./connection.ts";

export interface Sql {
  readonly text: string;
  readonly values: readonly Value[];
}

/**
 * The part of the filter by whose index the rows are found. The columns of all other parts are written with a unary plus,
 * which changes no value and keeps them from being searched by an index of theirs.
 */
export type Driver = "time" | "namespace" | "eventType" | "resourceName" | "hook" | "firing";

export function filterSql(filter: EventFilter, driver: Driver): Sql {
  const conditions = new Conditions();
  const column = (name: string, part: Driver): string => (driver === part ? `e.${name}` : `+e.${name}`);
  conditions.named(column("namespace", "namespace"), "namespaces", filter.namespaces);
  conditions.named(column("event_type", "eventType"), "event_types", filter.eventTypes);
  conditions.coded(column("status", "firing"), EVENT_STATUSES, filter.statuses);
  conditions.coded("e.severity", SEVERITIES, filter.severities);
  conditions.named("e.source", "words", filter.sources);
  conditions.named("e.kind", "words", one(filter.resourceKind));
  conditions.named("e.reason", "words", one(filter.reason));
  if (filter.resourceName !== undefined)
    conditions.wildcard(column("resource_name", "resourceName"), filter.resourceName);
  if (filter.hook && driver !== "hook") {
    conditions.add(
      `EXISTS (SELECT 1 FROM event_hooks x WHERE x.part = e.part AND x.hook = (${HOOK_NUMBER})
         AND x.timestamp = e.timestamp AND x.tie = e.tie AND x.n = e.n)`,
      filter.hook.namespace,
      filter.hook.name,
    );
  }
  if (filter.text !== undefined) conditions.text(filter.text);
  const times = timeBounds(filter, driver === "hook" ? "+e.timestamp" : "e.timestamp");
  conditions.add(times.text, ...times.values);
  return conditions.sql();
}

export interface Times {
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
}

/** The times of a filter as conditions on this column. */
export function timeBounds({ startTime, endTime }: Times, column: string): Sql {
  const conditions = new Conditions();
  if (startTime !== undefined) conditions.add(`${column} >= ?`, startTime);
  if (endTime !== undefined) conditions.add(`${column} < ?`, endTime);
  return conditions.sql();
}

/** With the namespace and the name as its values. */
export const HOOK_NUMBER = "SELECT id FROM hooks WHERE namespace = ? AND name = ?";

/** Whether a name of this pattern can be found by GLOB, and the pattern as GLOB spells it. */
export function globOf(pattern: string): string | undefined {
  if (!isStorable(pattern)) return undefined;
  return pattern.replace(/[[?]/g, "[$&]");
}

class Conditions {
  readonly #texts: string[] = [];
  readonly #values: Value[] = [];

  add(text: string, ...values: readonly Value[]): void {
    this.#texts.push(text);
    this.#values.push(...values);
  }

  /** The column's number is that of one of the names. */
  named(column: string, table: string, names: readonly string[] | undefined): void {
    if (!names) return;
    const wanted = [...new Set(names.filter(isStorable))];
    if (wanted.length === 0) this.add("FALSE");
    else if (wanted.length === 1) this.add(`${column} = (SELECT id FROM ${table} WHERE name = ?)`, ...wanted);
    else this.add(`${column} IN (SELECT id FROM ${table} WHERE name IN (${marks(wanted.length)}))`, ...wanted);
  }

  /** The column's number is the place of one of the words in the list; literal, so that partial indexes are seen to fit. */
  coded<T extends string>(column: string, list: readonly T[], words: readonly T[] | undefined): void {
    if (!words) return;
    const codes = [...new Set(words)].map((word) => list.indexOf(word)).sort((a, b) => a - b);
    if (codes.length === 0) this.add("FALSE");
    else if (codes.length === 1) this.add(`${column} = ${codes[0]}`);
    else this.add(`${column} IN (${codes.join(", ")})`);
  }

  wildcard(column: string, pattern: string): void {
    if (!hasWildcard(pattern)) {
      this.named(column, "resource_names", [pattern]);
      return;
    }
    const glob = globOf(pattern);
    if (glob === undefined) this.add("FALSE");
    else this.add(`${column} IN (SELECT id FROM resource_names WHERE name GLOB ?)`, glob);
  }

  text(text: string): void {
    const folded = foldAscii(text);
    if (!isStorable(folded)) {
      this.add("FALSE");
      return;
    }
    // All three are in the event's JSON, where the text would be spelled with escapes: what is not there needs no parsing.
    this.add("instr(lower(e.json), ?) > 0", JSON.stringify(folded).slice(1, -1));
    this.add(
      `(instr(lower(e.json ->> 'message'), ?) > 0
        OR instr(lower((SELECT name FROM words WHERE id = e.reason)), ?) > 0
        OR instr(lower((SELECT name FROM resource_names WHERE id = e.resource_name)), ?) > 0)`,
      folded,
      folded,
      folded,
    );
  }

  sql(): Sql {
    return { text: this.#texts.length === 0 ? "TRUE" : this.#texts.join(" AND "), values: this.#values };
  }
}

/** No stored text holds a NUL or half a surrogate pair (observationText.ts), so nothing that does is ever found. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}
