// Rows of events as the records they are read as, and as their texts.
// What was stored before cursors were sealed gets its sealed one here: no other is ever read out of a store.
import type { Cursors } from "../events/cursor.ts";
import { EventRecord } from "../events/eventRecord.ts";
import { withCursor } from "./eventText.ts";
import type { EventRow } from "./messages.ts";

export class Records {
  readonly #cursors: Cursors;

  constructor(cursors: Cursors) {
    this.#cursors = cursors;
  }

  of(row: EventRow): EventRecord {
    const [seq, , ignored] = row;
    return new EventRecord(seq, this.textOf(row), ignored);
  }

  textOf([seq, json]: EventRow): string {
    return this.#cursors.isPlain(seq) ? withCursor(json, this.#cursors.encode(seq)) : json;
  }
}
