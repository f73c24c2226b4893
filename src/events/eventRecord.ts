// A stored event in its three forms: the JSON text that most readers want as it is, that text read, and the value of the domain.
// They always say the same; what is not asked for is not made.
import type { HookEvent } from "./event.ts";
import { type EventJson, fromEventJson } from "./eventJson.ts";
import type { EventSort, PageKey } from "./page.ts";
import type { Instant } from "./time.ts";

const ID_AT = '{"id":'.length;
const TYPE_KEY = ',"eventType":"';
const STATUS_KEY = '","status":"';
const TIMESTAMP_KEY = ',"timestamp":"';

export class EventRecord {
  /** Place of the event's latest change in the store-wide sequence. */
  readonly seq: number;
  /** JSON.stringify(toEventJson(event)), ready to be sent. */
  readonly json: string;
  readonly ignoredByController: HookEvent["ignoredByController"];
  #parsed: EventJson | undefined;
  #event: HookEvent | undefined;

  constructor(seq: number, json: string, ignoredByController: HookEvent["ignoredByController"]) {
    this.seq = seq;
    this.json = json;
    this.ignoredByController = ignoredByController;
  }

  /** What places the event in an order by time, found in the text without reading all of it. */
  get place(): Pick<HookEvent, "id" | "timestamp"> {
    const id = JSON.parse(this.json.slice(ID_AT, this.json.indexOf(',"cursor":'))) as HookEvent["id"]; // the first key
    return { id, timestamp: this.timestamp };
  }

  /** Found in the text, like the place. */
  get timestamp(): Instant {
    const from = this.json.lastIndexOf(TIMESTAMP_KEY) + TIMESTAMP_KEY.length; // no later part has such a key
    return Date.parse(this.json.slice(from, this.json.indexOf('"', from)));
  }

  /** Found in the text, like the place, and as they stand there: a type that needs escaping is escaped. */
  get kind(): { readonly eventType: string; readonly status: string } {
    const type = this.json.indexOf(TYPE_KEY) + TYPE_KEY.length; // ids and cursors have no such text in them
    const status = this.json.indexOf(STATUS_KEY, type);
    const from = status + STATUS_KEY.length;
    return { eventType: this.json.slice(type, status), status: this.json.slice(from, this.json.indexOf('"', from)) };
  }

  /** The text, read. Throws a SyntaxError when it is broken. */
  get parsed(): EventJson {
    this.#parsed ??= JSON.parse(this.json) as EventJson; // the store writes only EventJson
    return this.#parsed;
  }

  get event(): HookEvent {
    this.#event ??= fromEventJson(this.parsed, this.ignoredByController);
    return this.#event;
  }
}

/** The place right behind an event in an order. */
export function pageKeyOf(record: EventRecord, sort: EventSort): PageKey {
  const place = { sort, ...record.place };
  if (sort.startsWith("EVENT_TYPE")) return { ...place, key: record.parsed.eventType };
  if (sort.startsWith("RESOURCE_NAME")) return { ...place, key: record.parsed.resourceName };
  return place;
}
