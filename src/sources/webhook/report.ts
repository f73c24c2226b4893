// One thing that a sender told of, whatever the format: what it is, when it was, what it is about. Not yet an event type.
// Texts are cut to what is kept of them; nothing of the payload itself is held.
import { asWord, type JsonObject } from "../../cluster/json.ts";
import { MAX_MESSAGE } from "../../cluster/mapping.ts";
import type { Millis } from "../../events/duration.ts";
import type { ResourceReference } from "../../events/event.ts";
import { type Instant, parseInstant } from "../../events/time.ts";
import type { Faults } from "./faults.ts";

export interface Report {
  /** What makes it the same thing when it is told again, of one webhook. */
  readonly identity: readonly string[];
  /** The type as it is reported: what entries of the mapping file name. */
  readonly type: string;
  /** When it happened; null when the sender does not say. */
  readonly at: Instant | null;
  readonly message: string;
  readonly namespace: string;
  readonly resource: ResourceReference;
  readonly tags: Readonly<Record<string, string>>;
}

/** What is read of a delivery. */
export type Reading =
  | { readonly kind: "reports"; readonly reports: readonly Report[] }
  | { readonly kind: "faults"; readonly faults: Faults }
  /** Nothing that is understood; the body was not looked at. */
  | { readonly kind: "foreign"; readonly why: string };

/** Clocks differ, by minutes; not by this much. */
const FURTHEST_AHEAD: Millis = 24 * 3_600_000;
const MAX_TAGS = 64;
const MAX_TAG = 1024;

/** Notes as a fault what is no time, lies before 1970, or more than a day ahead of `now`. */
export function timeOf(value: unknown, path: string, now: Instant, faults: Faults): Instant | null {
  const at = typeof value === "string" ? parseInstant(value) : undefined;
  if (at === undefined) faults.note(path, "must be a time as RFC 3339 has it, such as 2026-11-23T08:01:24Z");
  else if (at < 0) faults.note(path, "must not lie before 1970");
  else if (at > now + FURTHEST_AHEAD) faults.note(path, "lies more than a day ahead of this gateway's clock");
  return at ?? null;
}

/** The first of these fields that holds a text that is not empty. */
export function messageIn(fields: JsonObject, names: readonly string[]): string {
  return cut(names.map((name) => asWord(fields[name])?.trim()).find((text) => text) ?? "", MAX_MESSAGE);
}

/** Of the fields those with a text, a number or a boolean. */
export function tagsOf(fields: JsonObject): Readonly<Record<string, string>> {
  const scalars = Object.entries(fields).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(
    scalars.slice(0, MAX_TAGS).map(([name, value]) => [cut(name, MAX_TAG), cut(String(value), MAX_TAG)]),
  );
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
