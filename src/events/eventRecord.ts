// A stored event in its three forms: the JSON text that most readers want as it is, that text read, and the value of the domain.
// They always say the same; what is not asked for is not made.
import type { HookEvent } from "./event.ts";
import { type EventJson, fromEventJson } from "./eventJson.ts";
import type { EventSort, PageKey } from "./page.ts";

const ID_AT = '{"id":'.length;
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
    const timestamp = this.json.lastIndexOf(TIMESTAMP_KEY) + TIMESTAMP_KEY.length; // no later part has such a key
    return { id, timestamp: Date.parse(this.json.slice(timestamp, this.json.indexOf('"', timestamp))) };
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
