// What a subscription reads: a sequence with places, how an item of it is told, and where a caller begins.
// A reader is a place in the sequence and the way on. Nothing is queued for anybody, so a slow reader costs nothing.
import type { Sight } from "../events/sight.ts";
import type { ReadChanges } from "../store/store.ts";
import type { GraphContext } from "./context.ts";

/** Something at a place of a sequence. */
export interface Item {
  readonly seq: number;
  /** The place at which the thing it is about was added, when that is known and may be told. */
  readonly addedAt?: number;
}

export interface Sequence<Each extends Item> {
  /** The newest place. */
  readonly head: number;
  /** The lowest place from which reading is complete. */
  readonly floor: number;
  /** Items behind a place, oldest first, about `limit` at most. */
  read(after: number, limit: number): Promise<ReadChanges<Each>>;
  /** Calls `wake` whenever there may be more to read, until what it returns is called. */
  watch(wake: () => void): () => void;
}

/** Makes the value of the subscription's field, for one execution. */
export type Tell = (context: GraphContext) => unknown;

export interface Feed<Each extends Item = Item> {
  readonly sequence: Sequence<Each>;
  /** Feeds of one kind tell an item alike when they tell it; absent when what is told depends on the caller's arguments. */
  readonly kind?: string;
  /** `isNew`: its reader has not been told of the thing before. undefined when it is not to be told. */
  tell(item: Each, isNew: boolean): Tell | undefined;
  /** What is told when retention has overtaken a reader at this place; it reads on from there all the same. */
  lost?(place: number): Promise<Tell>;
  /** Namespaces that the caller named, by what is told of them: without a right there is nothing left to tell. */
  readonly needs?: Partial<Readonly<Record<keyof Sight, readonly string[]>>>;
  /** What a client can resume from at a place; absent where it cannot. */
  cursorAt?(place: number): string;
}

/** Where one caller begins. */
export interface Start<Each extends Item = Item> {
  /** The place behind which it reads, when the sequence's head is there. */
  at(head: number): number;
  /** What it is told before anything else. */
  readonly first?: readonly Tell[];
  /** Whether it goes on from where it had come to before. */
  readonly isResuming?: boolean;
  /** Leaves out what only this caller does not want. */
  wants?(item: Each): boolean;
}

/** What a subscription's resolver gives: callers whose other arguments are equal share the feed, each with its own start. */
export interface Subscribed<Each extends Item = Item> {
  readonly feed: Feed<Each>;
  readonly start: Start<Each>;
}

/** Arguments that say where to begin and not what to tell. */
export const START_ARGUMENTS: ReadonlySet<string> = new Set(["after", "since", "initial"]);

/** One thing to tell. */
export interface Told {
  /** Whether the reader has not been told of the thing before; undefined when what is told is for this reader alone. */
  readonly isNew: boolean | undefined;
  /** The place right behind it. */
  readonly place: number;
  readonly tell: Tell;
}

/** Readers of one feed who are told equal keys are told the same; undefined of what is for one reader alone. */
export function keyOf({ isNew, place }: Told): string | undefined {
  return isNew === undefined ? undefined : `${place}${isNew ? "+" : ""}`;
}

/** What one reading gave. */
export interface Step extends Stretch {
  readonly told: readonly Told[];
  /** Whether there is more to read at once. */
  readonly more: boolean;
}

/** What was read in one go: the places behind `from` up to `through`, as they were when the head was `head`. */
export interface Stretch {
  readonly from: number;
  readonly through: number;
  readonly head: number;
}

export class LiveReader<Each extends Item = Item> {
  readonly #feed: Feed<Each>;
  readonly #wants: ((item: Each) => boolean) | undefined;
  #first: readonly Tell[];
  #at: number;
  #knownFloor: number;
  /** What was read while more stood behind it, as long as that is still to come: in order, each with a head of its own. */
  readonly #stretches: Stretch[] = [];

  constructor(feed: Feed<Each>, start: Start<Each>) {
    this.#feed = feed;
    this.#wants = start.wants?.bind(start);
    this.#first = start.first ?? [];
    this.#at = start.at(feed.sequence.head);
    this.#knownFloor = feed.sequence.floor;
  }

  /** Readers at equal places are told the same from there on. undefined while this one still has something of its own to hear. */
  get place(): number | undefined {
    return this.#first.length > 0 || this.#stretches.length > 0 ? undefined : this.#at;
  }

  /** The place behind which it reads on. */
  get at(): number {
    return this.#at;
  }

  /** What follows; an empty step when nothing does for now. `limit` bounds what is looked at, not what is told. */
  async read(limit: number): Promise<Step> {
    const from = this.#at;
    const { sequence } = this.#feed;
    if (this.#first.length > 0) {
      const told = this.#first.map((tell): Told => ({ isNew: undefined, place: from, tell }));
      this.#first = [];
      return { told, more: true, from, through: from, head: from };
    }
    const told: Told[] = [];
    if (sequence.floor > this.#knownFloor && from < sequence.floor && this.#feed.lost) {
      told.push({ isNew: undefined, place: from, tell: await this.#feed.lost(from) });
    }
    this.#knownFloor = sequence.floor;
    const { changes, head } = await sequence.read(from, limit);
    for (const item of changes) {
      if (this.#wants && !this.#wants(item)) continue;
      const isNew = this.#isNew(item, from);
      const tell = this.#feed.tell(item, isNew);
      if (tell) told.push({ isNew, place: item.seq, tell });
    }
    const through = changes.length < limit ? Math.max(head, from) : (changes.at(-1)?.seq ?? from);
    this.pass({ from, through, head });
    return { told, more: through < head, from, through, head };
  }

  /** Goes on as if it had read the stretch: for who was told of it by somebody else's reading. */
  pass({ from, through, head }: Stretch): void {
    const stretches = this.#stretches;
    this.#at = through;
    while (stretches[0] && stretches[0].head <= through) stretches.shift();
    if (head <= through) return;
    const last = stretches.at(-1);
    const isOne = last?.head === head && last.through === from; // nothing was told meanwhile
    if (isOne) stretches.pop();
    stretches.push({ from: isOne ? last.from : from, through, head });
  }

  /**
   * An item that was changed again before its first place was read is met at its later place only, and is new there. What was
   * added in a stretch was passed over just if it stood at a later place when that was read.
   */
  #isNew({ seq, addedAt }: Item, from: number): boolean {
    if (addedAt === undefined) return false;
    if (addedAt > from) return true;
    const passed = this.#stretches.find((stretch) => addedAt > stretch.from && addedAt <= stretch.through);
    return passed !== undefined && seq <= passed.head;
  }
}
