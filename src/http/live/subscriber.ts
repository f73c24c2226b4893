// One subscriber: a place in what its channel tells, and a socket to write to. It has no queue.
// At the head it is written to with the others; when its socket is full it waits, and then reads on from its place.
import type { LiveReader, Start } from "../../graph/live.ts";
import type { Batch, Channel, Member } from "./channel.ts";
import type { Chunk, Framing } from "./framing.ts";
import type { Outlet } from "./outlet.ts";
import type { Sent } from "./streams.ts";

/** What is looked at in one go by one who is behind. */
const STEP = 32;

export interface SubscriberOptions {
  readonly outlet: Outlet;
  readonly framing: Framing;
  /** Counts what is sent by the transport. */
  readonly sent: Sent;
  /** Reading failed: the store is closed or broken. It is told nothing more. */
  readonly failed: (error: unknown) => void;
}

export class Subscriber implements Member {
  readonly #outlet: Outlet;
  readonly #framing: Framing;
  readonly #sent: Sent;
  readonly #failed: SubscriberOptions["failed"];
  /** What it does not want holds whatever channel it listens to. */
  readonly #wants: Pick<Start, "wants">;
  #channel: Channel;
  #reader: LiveReader;
  /** Everything up to here was written, unless it is at the head: then it is where the channel is. */
  #through: number;
  #isAtHead = false;
  #isReading = false;
  #isEnded = false;

  /** Nothing is written before `resume` is called. */
  constructor({ outlet, framing, sent, failed }: SubscriberOptions, channel: Channel, start: Start) {
    this.#outlet = outlet;
    this.#framing = framing;
    this.#sent = sent;
    this.#failed = failed;
    this.#wants = start.wants ? { wants: start.wants.bind(start) } : {};
    this.#channel = channel;
    this.#reader = channel.join(this, start);
    this.#through = this.#reader.at;
  }

  /** The place up to which it has been told. */
  get place(): number {
    return this.#isAtHead ? this.#channel.place : this.#through;
  }

  /** Begins, or goes on after a wait. */
  readonly resume = (): void => {
    if (this.#isReading || this.#isAtHead || this.#isEnded) return;
    this.#isReading = true;
    this.#readOn().catch((error: unknown) => this.fail(error));
  };

  fail(error: unknown): void {
    if (this.#isEnded) return;
    this.end();
    this.#failed(error);
  }

  take(batch: Batch): void {
    const outlet = this.#outlet;
    if (outlet.isBlocked) {
      const { from } = batch.stretch;
      this.#fallBehind({ from, through: from, head: from }); // another subscription of the same socket has filled it
      return;
    }
    this.#write(batch.messages.length, batch.chunk(this.#framing));
    if (outlet.isBlocked) this.#fallBehind(batch.stretch);
  }

  /** From now on it is told what another channel tells, from the place it has come to. */
  switchTo(channel: Channel): void {
    const { place } = this;
    this.#channel.leave(this);
    this.#isAtHead = false;
    this.#channel = channel;
    this.#reader = channel.join(this, { at: () => place, ...this.#wants });
    this.#through = place;
    this.resume();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#outlet.forget(this.resume);
    this.#channel.leave(this);
  }

  #write(messages: number, chunk: Chunk): void {
    this.#framing.write(chunk, this.#outlet);
    this.#outlet.told += messages;
    this.#sent.messages += messages;
    this.#sent.bytes += chunk.length;
  }

  #fallBehind(stretch: Parameters<LiveReader["pass"]>[0]): void {
    this.#channel.fallBehind(this);
    this.#isAtHead = false;
    this.#reader.pass(stretch);
    this.#through = stretch.through;
    this.#outlet.whenDrained(this.resume);
  }

  async #readOn(): Promise<void> {
    const outlet = this.#outlet;
    const framing = this.#framing;
    try {
      for (;;) {
        if (outlet.isBlocked) {
          outlet.whenDrained(this.resume);
          return;
        }
        const reader = this.#reader;
        const channel = this.#channel;
        const step = await reader.read(STEP);
        const messages = step.told.length > 0 ? await channel.messages(step.told) : [];
        if (this.#isEnded) return;
        if (reader !== this.#reader) continue; // it was switched meanwhile, to the place it had come to
        if (messages.length > 0) this.#write(messages.length, channel.chunk(step.told, messages, framing));
        this.#through = step.through;
        if (!step.more) {
          this.#isAtHead = channel.joinHead(this, reader.place);
          return; // if it is not at the head now, the channel calls when that has moved
        }
        await new Promise(setImmediate); // so that one who has much to catch up with holds nobody up
      }
    } finally {
      this.#isReading = false;
    }
  }
}
