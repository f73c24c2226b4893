// The newest changes in memory: what subscribers read on from without asking the database. Bounded by number and by size.
// Holds every event changed behind its floor, each once, in its latest state.
import type { Change, EventChange, GapChange } from "../events/change.ts";
import { EventRecord } from "../events/eventRecord.ts";
import { type TextPlace, TextRing } from "./textRing.ts";

export interface RingLimits {
  /** Most changes held. */
  readonly changes: number;
  /** Most bytes of JSON held. */
  readonly bytes: number;
}

export const DEFAULT_RING: RingLimits = { changes: 10_000, bytes: 4 * 1024 * 1024 };

/** So many of the newest are held as they were told: all who listen read them in the same moment, and share what they make of them. */
const SHARED = 256;
/** Bytes; what is larger is not held twice. */
const LARGEST_SHARED = 16_384;

/** A change without its text. */
interface HeldEvent extends Omit<EventChange, "record"> {
  readonly ignored: EventRecord["ignoredByController"];
  readonly text: TextPlace;
}

export class ChangeRing {
  readonly #limits: RingLimits;
  readonly #texts: TextRing;
  /** By seq modulo the limit; empty where the event has changed again since. */
  readonly #slots: (HeldEvent | GapChange | undefined)[];
  /** By seq modulo their number. */
  readonly #shared = new Array<Change | undefined>(SHARED);
  #floor: number;
  #head: number;

  /** Empty: everything up to `head` is older than the ring. */
  constructor(head: number, limits: RingLimits = DEFAULT_RING) {
    this.#limits = limits;
    this.#texts = new TextRing(limits.bytes);
    this.#slots = new Array<HeldEvent | GapChange | undefined>(limits.changes);
    this.#floor = head;
    this.#head = head;
  }

  get head(): number {
    return this.#head;
  }

  /** The seq is the head's next. `before` is the seq of the same event's change before this one; 0 when there is none. */
  push(change: Change, before: number): void {
    if (change.seq !== this.#head + 1) throw new RangeError(`change ${change.seq} does not follow ${this.#head}`);
    if (before > this.#floor) this.#slots[before % this.#limits.changes] = undefined;
    if (this.#head + 1 - this.#floor > this.#limits.changes) this.#forgetOldest();
    const held = change.kind === "gap" ? change : this.#heldOf(change);
    this.#head = change.seq;
    if (!held) {
      this.#floor = this.#head; // too large to be held, like all before it
      return;
    }
    this.#slots[change.seq % this.#limits.changes] = held;
    const isShared = held.kind === "gap" || held.text.length <= LARGEST_SHARED;
    this.#shared[change.seq % SHARED] = isShared ? change : undefined;
  }

  /** Oldest change first; undefined when `seq` is older than what the ring holds. */
  since(seq: number, limit: number): Change[] | undefined {
    if (seq < this.#floor) return undefined;
    const changes: Change[] = [];
    for (let at = seq + 1; at <= this.#head && changes.length < limit; at++) {
      const held = this.#slots[at % this.#limits.changes];
      if (held) changes.push(this.#changeOf(held));
    }
    return changes;
  }

  /** Nothing up to `seq` is told from the ring any more. */
  forgetThrough(seq: number): void {
    while (this.#floor < Math.min(seq, this.#head)) this.#forgetOldest();
  }

  /** Forgets what it takes to hold the text; undefined when not even that is enough. */
  #heldOf({ kind, seq, addedAt, record }: EventChange): HeldEvent | undefined {
    let text = this.#texts.put(record.json);
    while (!text && this.#floor < this.#head) {
      this.#forgetOldest();
      text = this.#texts.put(record.json);
    }
    return text && { kind, seq, addedAt, ignored: record.ignoredByController, text };
  }

  #changeOf(held: HeldEvent | GapChange): Change {
    if (held.kind === "gap") return held;
    const { kind, seq, addedAt, ignored, text } = held;
    const shared = this.#shared[seq % SHARED];
    if (shared?.seq === seq) return shared;
    return { kind, seq, addedAt, record: new EventRecord(seq, this.#texts.text(text), ignored) };
  }

  #forgetOldest(): void {
    this.#floor++;
    const slot = this.#floor % this.#limits.changes;
    const oldest = this.#slots[slot];
    this.#slots[slot] = undefined;
    if (this.#floor === this.#head) this.#texts.freeAll();
    else if (oldest && oldest.kind !== "gap") this.#texts.freeThrough(oldest.text);
  }
}
