// A stored event in both of its forms: the JSON text that most readers want as it is, and the value, made when asked for.
// The two always say the same.
import type { HookEvent } from "./event.ts";
import { type EventJson, fromEventJson } from "./eventJson.ts";

export class EventRecord {
  /** Place of the event's latest change in the store-wide sequence. */
  readonly seq: number;
  /** JSON.stringify(toEventJson(event)), ready to be sent. */
  readonly json: string;
  readonly #ignored: HookEvent["ignoredByController"];
  #event: HookEvent | undefined;

  constructor(seq: number, json: string, ignoredByController: HookEvent["ignoredByController"]) {
    this.seq = seq;
    this.json = json;
    this.#ignored = ignoredByController;
  }

  get event(): HookEvent {
    this.#event ??= fromEventJson(JSON.parse(this.json) as EventJson, this.#ignored); // the store writes only EventJson
    return this.#event;
  }
}
