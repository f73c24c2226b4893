// All subscribers who are told the same: what is told is made and framed once, whatever their number.
// Those at the head are written to as it moves; those behind read on by themselves, from what was encoded or from the sequence.
import { keyOf, LiveReader, type Start, type Step, type Stretch, type Told } from "../../graph/live.ts";
import type { Opened } from "../../graph/liveOperation.ts";
import type { Chunk, Framing } from "./framing.ts";
import type { Message } from "./message.ts";
import type { Encoded, Telling } from "./telling.ts";

/** What is looked at in one go when the head moves. */
const HEAD_STEP = 1_000;
/** What is kept for those who are behind lies so near to the head: one who comes from afar pushes nothing out. */
const LATELY = 2_000;
/** Bytes of messages that are framed together: what a blocked socket holds beyond its own mark. */
const BATCH_CHARACTERS = 48 * 1024;

export interface ChannelOptions {
  readonly id: number;
  readonly opened: Opened;
  readonly telling: Telling;
  readonly encoded: Encoded;
  readonly ended: () => void;
}

/** Who is told, as a channel knows it. */
export interface Member {
  /** Of one that is at the head: everything up to the batch's `from` it has been told. */
  take(batch: Batch): void;
  /** Of one that waited for the head to come to its place. */
  resume(): void;
  /** The sequence cannot be read: it is told nothing more. */
  fail(error: unknown): void;
}

export class Channel {
  readonly #options: ChannelOptions;
  readonly #head: LiveReader;
  readonly #members = new Set<Member>();
  readonly #atHead = new Set<Member>();
  readonly #waiting = new Set<Member>();
  #place: number;
  #unwatch: (() => void) | undefined;
  #isPumping = false;
  #isWoken = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#head = new LiveReader(options.opened.feed, { at: (head) => head });
    this.#place = this.#head.place ?? 0;
  }

  /** Up to here everything has been told to those at the head. */
  get place(): number {
    return this.#place;
  }

  join(member: Member, start: Start): LiveReader {
    this.#members.add(member);
    this.#unwatch ??= this.#options.opened.feed.sequence.watch(() => this.#wake());
    return new LiveReader(this.#options.opened.feed, start);
  }

  leave(member: Member): void {
    this.#members.delete(member);
    this.fallBehind(member);
    if (this.#members.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#options.ended();
  }

  /** The member has been told everything up to `place`: from now on it is written to. Until then it hears when the head moves. */
  joinHead(member: Member, place: number | undefined): boolean {
    if (place !== this.#place) {
      this.#waiting.add(member);
      this.#wake();
      return false;
    }
    this.#waiting.delete(member);
    this.#atHead.add(member);
    return true;
  }

  fallBehind(member: Member): void {
    this.#atHead.delete(member);
    this.#waiting.delete(member);
  }

  /** The messages of what a member has read by itself. */
  messages(told: readonly Told[]): Promise<readonly Message[]> {
    return this.#options.telling.messages(told, { isLately: this.#isLately(told), areKept: this.#isForMore });
  }

  /** The chunk of messages that a member has read by itself. */
  chunk(told: readonly Told[], messages: readonly Message[], framing: Framing): Chunk {
    const isForOne = !this.#isForMore || !this.#isLately(told) || told.some(({ isNew }) => isNew === undefined);
    if (isForOne) return framing.frame(messages);
    const { encoded, id } = this.#options;
    const key = `chunk ${id} ${framing.key} ${told.map(keyOf).join()}`;
    const known = encoded.get(key) as Chunk | undefined; // under such a key there are only chunks
    const chunk = known ?? framing.frame(messages);
    if (!known) encoded.set(key, chunk);
    return chunk;
  }

  /** Whether more than one is behind: what one of them alone has read is kept for nobody, and would only grow old in memory. */
  get #isForMore(): boolean {
    return this.#members.size - this.#atHead.size > 1;
  }

  #isLately([oldest]: readonly Told[]): boolean {
    return oldest !== undefined && oldest.place > this.#options.opened.feed.sequence.head - LATELY;
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    // What else this turn of the loop brings is told in the same go.
    setImmediate(() => {
      this.#pump().catch((error: unknown) => {
        for (const member of [...this.#members]) member.fail(error);
      });
    });
  }

  async #pump(): Promise<void> {
    try {
      for (let more = false; (this.#isWoken || more) && this.#members.size > 0; ) {
        this.#isWoken = false;
        const step = await this.#head.read(HEAD_STEP);
        await this.#advance(step);
        more = step.more;
      }
    } finally {
      this.#isPumping = false;
    }
  }

  async #advance(step: Step): Promise<void> {
    const isHeard = step.told.length > 0 && this.#atHead.size > 0;
    const isLately = this.#isLately(step.told);
    const messages = isHeard ? await this.#options.telling.messages(step.told, { isLately, areKept: true }) : [];
    let from = step.from;
    for (const group of grouped(messages)) {
      const isLast = group.at(-1) === messages.at(-1);
      const through = isLast ? step.through : (group.at(-1)?.place ?? from);
      const batch = new Batch(group, { from, through, head: step.head });
      this.#place = through;
      for (const member of this.#atHead) member.take(batch);
      from = through;
    }
    this.#place = step.through;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const member of waiting) member.resume();
  }
}

/** Messages that go out together, framed once for each framing. */
export class Batch {
  readonly messages: readonly Message[];
  readonly stretch: Stretch;
  readonly #chunks = new Map<string, Chunk>();
  /** The members of a channel mostly have one framing: what the last one was given. */
  #key: string | undefined;
  #chunk: Chunk | undefined;

  constructor(messages: readonly Message[], stretch: Stretch) {
    this.messages = messages;
    this.stretch = stretch;
  }

  chunk(framing: Framing): Chunk {
    const { key } = framing;
    if (this.#chunk && this.#key === key) return this.#chunk;
    const chunk = this.#chunks.get(key) ?? framing.frame(this.messages);
    this.#chunks.set(key, chunk);
    this.#key = key;
    this.#chunk = chunk;
    return chunk;
  }
}

function* grouped(messages: readonly Message[]): Generator<readonly Message[]> {
  let group: Message[] = [];
  let characters = 0;
  for (const message of messages) {
    group.push(message);
    characters += message.text.length;
    if (characters < BATCH_CHARACTERS) continue;
    yield group;
    group = [];
    characters = 0;
  }
  if (group.length > 0) yield group;
}
