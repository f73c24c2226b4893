// The text of an event (events/eventJson.ts) in steps: drafted where it is observed, completed where its place in the
// sequence and its incident are known, resolved later. Each step changes a few values in the text and reads none of the rest.
//
// Keys are found by their text with the quotes around them: inside a string of a JSON text every quote has a backslash
// before it, so no value can be mistaken for a key.
import type { EventId, EventStatus, MatchedObservation } from "../events/event.ts";
import { toEventJson } from "../events/eventJson.ts";
import { formatInstant, type Instant } from "../events/time.ts";
import { TIE_BYTES } from "./textKey.ts";

/** What is not known of an event before it is stored. */
export interface Placed {
  readonly cursor: string;
  readonly status: EventStatus;
  readonly occurrences: number;
  readonly resolvedAt: Instant | null;
  readonly duplicateOf: EventId | null;
}

const CURSOR = ',"cursor":"';
const STATUS = ',"status":"';
const NO_OCCURRENCES = "0";
const TIMESTAMP = ',"timestamp":"';
const ENDING = ',"resolvedAt":null,"duplicateOf":null,"hooks":';
const HOOKS = ',"hooks":';
const CLUSTER = ',"cluster":"';

const SPELLED: Readonly<Record<EventStatus, string>> = {
  FIRING: "firing",
  DUPLICATE: "duplicate",
  RESOLVED: "resolved",
};

/** The event's text as if it fired, with an empty cursor and no occurrences. */
export function draftOf(observation: MatchedObservation, id: EventId): string {
  return JSON.stringify(
    toEventJson({
      ...observation,
      id,
      cursor: "",
      status: "FIRING",
      occurrences: 0,
      timestamp: observation.lastSeen,
      resolvedAt: null,
      duplicateOf: null,
    }),
  );
}

/** Where a draft is completed, and the text of its hooks. */
export interface DraftParts {
  readonly occurrencesAt: number;
  readonly endingAt: number;
  readonly hooks: string;
}

export function partsOf(draft: string): DraftParts {
  const endingAt = draft.lastIndexOf(ENDING);
  return { occurrencesAt: draft.lastIndexOf(TIMESTAMP, endingAt) - 1, endingAt, hooks: hooksText(draft) };
}

/** JSON.stringify(toEventJson(event)) of the event that the draft becomes. */
export function completed(
  draft: string,
  { occurrencesAt, endingAt }: Pick<DraftParts, "occurrencesAt" | "endingAt">,
  { cursor, status, occurrences, resolvedAt, duplicateOf }: Placed,
): string {
  const cursorAt = draft.indexOf(CURSOR) + CURSOR.length;
  const statusAt = draft.indexOf(STATUS, cursorAt) + STATUS.length;
  const beforeStatus = draft.slice(0, cursorAt) + cursor + draft.slice(cursorAt, statusAt);
  const beforeEnding = draft.slice(statusAt + SPELLED.FIRING.length, occurrencesAt) + occurrences;
  const middle = draft.slice(occurrencesAt + NO_OCCURRENCES.length, endingAt);
  const end = ending(resolvedAt, duplicateOf) + draft.slice(endingAt + ENDING.length);
  return beforeStatus + SPELLED[status] + beforeEnding + middle + end;
}

/** The text of a firing event, resolved. */
export function resolvedText(text: string, cursor: string, resolvedAt: Instant): string {
  const cursorAt = text.indexOf(CURSOR) + CURSOR.length;
  const statusAt = text.indexOf(STATUS, cursorAt) + STATUS.length;
  const endingAt = text.lastIndexOf(ENDING);
  return `${text.slice(0, cursorAt)}${cursor}${text.slice(text.indexOf('"', cursorAt), statusAt)}${
    SPELLED.RESOLVED
  }${text.slice(statusAt + SPELLED.FIRING.length, endingAt)}${ending(resolvedAt, null)}${text.slice(endingAt + ENDING.length)}`;
}

/** The text with another cursor. */
export function withCursor(text: string, cursor: string): string {
  const cursorAt = text.indexOf(CURSOR) + CURSOR.length;
  return `${text.slice(0, cursorAt)}${cursor}${text.slice(text.indexOf('"', cursorAt))}`;
}

/** The text of the event's hooks, a list of HookKey. */
export function hooksText(text: string): string {
  const end = text.lastIndexOf(CLUSTER);
  return text.slice(text.lastIndexOf(HOOKS, end) + HOOKS.length, end);
}

function ending(resolvedAt: Instant | null, duplicateOf: EventId | null): string {
  const resolved = resolvedAt === null ? "null" : `"${formatInstant(resolvedAt)}"`;
  const head = duplicateOf === null ? "null" : JSON.stringify(duplicateOf);
  return `,"resolvedAt":${resolved},"duplicateOf":${head},"hooks":`;
}

/** Where the id stands: it is the first value of the text. */
const ID_AT = '{"id":"'.length;

/** Whether the ids of two events may have one tie (textKey.ts), told by how their texts begin. */
export function mayTie(text: string, other: string): boolean {
  for (let at = ID_AT; at < ID_AT + TIE_BYTES; at++) {
    const [unit, otherUnit] = [text.charCodeAt(at), other.charCodeAt(at)];
    if (!isPlain(unit) || !isPlain(otherUnit)) return true; // it stands for something else, or for more than one byte
    if (unit !== otherUnit) return false;
  }
  return true;
}

function isPlain(unit: number): boolean {
  return unit < 0x80 && unit !== BACKSLASH;
}

const BACKSLASH = 0x5c;
