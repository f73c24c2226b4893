// The newest changes in memory: what subscribers read on from without asking the database. Bounded by number and by size.
// Holds every event changed behind its floor, each once, in its latest state.
import type { Change, EventChange, GapChange } from "../events/change.ts";
import { EventRecord } from "../events/eventRecord.ts";
import { TextRing } from "./textRing.ts";

export interface RingLimits {
  /** Most changes held. */
  readonly changes: number;
  /** Most bytes of JSON held. */
  readonly bytes: number;
}

export const DEFAULT_RING: RingLimits = { changes: 10_000, bytes: 4 * 1024 * 1024 };

/** So many at most are shared by those who read them in one turn of the event loop. */
const SHARED = 1_024;

/** What a slot holds: nothing where the event has changed again since. */
const EMPTY = 0;
const EVENT = 1;
const GAP = 2;

/** Slots are by seq modulo the most changes, and columns, so that to hold a change makes nothing on the heap. */
export class ChangeRing {
  readonly #size: number;
  readonly #texts: TextRing;
  readonly #held: Uint8Array;
  readonly #places: Float64Array;
  readonly #addedAt: Float64Array;
  readonly #ignored: EventRecord["ignoredByController"][];
  readonly #gaps: (GapChange | undefined)[];
  /**
   * By seq modulo their number: whoever reads a change in the same turn of the event loop as others did shares what they have
   * made of it. One array for good: the insides of a map that is emptied would keep them for the next full collection.
   */
  readonly #shared = new Array<Change | undefined>(SHARED);
  #isSharing = false;
  #floor: number;
  #head: number;

  /** Empty: everything up to `head` is older than the ring. */
  constructor(head: number, { changes, bytes }: RingLimits = DEFAULT_RING) {
    this.#size = changes;
    this.#texts = new TextRing(bytes);
    this.#held = new Uint8Array(changes);
    this.#places = new Float64Array(changes);
    this.#addedAt = new Float64Array(changes);
    this.#ignored = new Array<EventRecord["ignoredByController"]>(changes);
    this.#gaps = new Array<GapChange | undefined>(changes);
    this.#floor = head;
    this.#head = head;
  }

  get head(): number {
    return this.#head;
  }

  /** The seq is the head's next. `before` is the seq of the same event's change before this one; 0 when there is none. */
  push(change: Change, before: number): void {
    if (change.seq !== this.#head + 1) throw new RangeError(`change ${change.seq} does not follow ${this.#head}`);
    if (before > this.#floor) this.#held[before % this.#size] = EMPTY;
    if (change.seq - this.#floor > this.#size) this.#forgetOldest();
    const isHeld = change.kind === "gap" ? this.#holdGap(change) : this.#holdEvent(change);
    this.#head = change.seq;
    if (isHeld) this.#share(change);
    else this.#floor = this.#head; // too large to be held, like all before it
  }

  /** Oldest change first; undefined when `seq` is older than what the ring holds. */
  since(seq: number, limit: number): Change[] | undefined {
    if (seq < this.#floor) return undefined;
    const changes: Change[] = [];
    for (let at = seq + 1; at <= this.#head && changes.length < limit; at++) {
      if (this.#held[at % this.#size] !== EMPTY) changes.push(this.#changeAt(at));
    }
    return changes;
  }

  /** Nothing up to `seq` is told from the ring any more. */
  forgetThrough(seq: number): void {
    while (this.#floor < Math.min(seq, this.#head)) this.#forgetOldest();
  }

  #holdGap(change: GapChange): true {
    const slot = change.seq % this.#size;
    this.#held[slot] = GAP;
    this.#gaps[slot] = change;
    return true;
  }

  /** Forgets what it takes to hold the text; false when not even that is enough. */
  #holdEvent({ seq, addedAt, record }: EventChange): boolean {
    let place = this.#texts.put(record.json);
    while (place === undefined && this.#floor < this.#head) {
      this.#forgetOldest();
      place = this.#texts.put(record.json);
    }
    if (place === undefined) return false;
    const slot = seq % this.#size;
    this.#held[slot] = EVENT;
    this.#places[slot] = place;
    this.#addedAt[slot] = addedAt;
    this.#ignored[slot] = record.ignoredByController;
    return true;
  }

  #changeAt(seq: number): Change {
    const slot = seq % this.#size;
    const known = this.#gaps[slot] ?? this.#shared[seq % SHARED];
    if (known?.seq === seq) return known;
    const addedAt = this.#addedAt[slot] ?? seq;
    const text = this.#texts.text(this.#places[slot] ?? 0);
    const record = new EventRecord(seq, text, this.#ignored[slot] ?? null);
    const change: Change = { kind: addedAt === seq ? "added" : "modified", seq, addedAt, record };
    this.#share(change);
    return change;
  }

  #share(change: Change): void {
    this.#shared[change.seq % SHARED] = change;
    if (this.#isSharing) return;
    this.#isSharing = true;
    setImmediate(() => {
      this.#isSharing = false;
      this.#shared.fill(undefined);
    });
  }

  #forgetOldest(): void {
    this.#floor++;
    const slot = this.#floor % this.#size;
    if (this.#floor === this.#head) this.#texts.freeAll();
    else if (this.#held[slot] === EVENT) this.#texts.freeThrough(this.#places[slot] ?? 0);
    this.#held[slot] = EMPTY;
    this.#gaps[slot] = undefined;
  }
}
