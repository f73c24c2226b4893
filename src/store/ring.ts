// The newest changes in memory: what subscribers read on from without asking the database. Bounded by number and by size.
// Holds every event changed behind its floor, each once, in its latest state.
import type { Change } from "../events/change.ts";

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
  readonly #slots: (Change | undefined)[];
  #floor: number;
  #head: number;
  #characters = 0;

  /** Empty: everything up to `head` is older than the ring. */
  constructor(head: number, limits: RingLimits = DEFAULT_RING) {
    this.#limits = limits;
    this.#slots = new Array<Change | undefined>(limits.changes);
    this.#floor = head;
    this.#head = head;
  }

  get head(): number {
    return this.#head;
  }

  /** The seq is the head's next. `before` is the seq of the same event's change before this one; 0 when there is none. */
  push(change: Change, before: number): void {
    if (change.seq !== this.#head + 1) throw new RangeError(`change ${change.seq} does not follow ${this.#head}`);
    if (before > this.#floor) this.#drop(before);
    this.#head = change.seq;
    if (this.#head - this.#floor > this.#limits.changes) this.#forgetOldest();
    this.#slots[change.seq % this.#limits.changes] = change;
    this.#characters += sizeOf(change);
    while (this.#characters > this.#limits.characters) this.#forgetOldest();
  }

  /** Oldest change first; undefined when `seq` is older than what the ring holds. */
  since(seq: number, limit: number): Change[] | undefined {
    if (seq < this.#floor) return undefined;
    const changes: Change[] = [];
    for (let at = seq + 1; at <= this.#head && changes.length < limit; at++) {
      const change = this.#slots[at % this.#limits.changes];
      if (change) changes.push(change);
    }
    return changes;
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
    const dropped = this.#slots[slot];
    if (dropped) this.#characters -= sizeOf(dropped);
    this.#slots[slot] = undefined;
  }
}

function sizeOf(change: Change): number {
  return change.kind === "gap" ? change.gap.reason.length : change.record.json.length;
}
