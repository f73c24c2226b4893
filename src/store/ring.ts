// The newest changes in memory: what subscribers read on from without asking the database. Bounded by number and by size.
// Holds every event changed behind its floor, each once, in its latest state.
import type { EventRecord } from "../events/eventRecord.ts";

export interface RingChange {
  readonly record: EventRecord;
  /** The event's seq before this change; 0 when it was added. */
  readonly before: number;
}

export interface RingLimits {
  /** Most changes held. */
  readonly changes: number;
  /** Most characters of JSON held. */
  readonly characters: number;
}

export const DEFAULT_RING: RingLimits = { changes: 10_000, characters: 4 * 1024 * 1024 };

export class ChangeRing {
  readonly #limits: RingLimits;
  /** By seq modulo the limit; empty where the event has changed again since. */
  readonly #slots: (EventRecord | undefined)[];
  #floor: number;
  #head: number;
  #characters = 0;

  /** Empty: everything up to `head` is older than the ring. */
  constructor(head: number, limits: RingLimits = DEFAULT_RING) {
    this.#limits = limits;
    this.#slots = new Array<EventRecord | undefined>(limits.changes);
    this.#floor = head;
    this.#head = head;
  }

  get head(): number {
    return this.#head;
  }

  /** The seq is the head's next. */
  push({ record, before }: RingChange): void {
    if (record.seq !== this.#head + 1) throw new RangeError(`change ${record.seq} does not follow ${this.#head}`);
    if (before > this.#floor) this.#drop(before);
    this.#head = record.seq;
    if (this.#head - this.#floor > this.#limits.changes) this.#forgetOldest();
    this.#slots[record.seq % this.#limits.changes] = record;
    this.#characters += record.json.length;
    while (this.#characters > this.#limits.characters) this.#forgetOldest();
  }

  /** Oldest change first; undefined when `seq` is older than what the ring holds. */
  since(seq: number, limit: number): EventRecord[] | undefined {
    if (seq < this.#floor) return undefined;
    const records: EventRecord[] = [];
    for (let at = seq + 1; at <= this.#head && records.length < limit; at++) {
      const record = this.#slots[at % this.#limits.changes];
      if (record) records.push(record);
    }
    return records;
  }

  /** Nothing up to `seq` is told from the ring any more. */
  forgetThrough(seq: number): void {
    while (this.#floor < Math.min(seq, this.#head)) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#floor++;
    this.#drop(this.#floor);
  }

  #drop(seq: number): void {
    const slot = seq % this.#limits.changes;
    this.#characters -= this.#slots[slot]?.json.length ?? 0;
    this.#slots[slot] = undefined;
  }
}
