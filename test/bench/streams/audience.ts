// All subscribers of one server, and what they make of what it publishes: how much, how fast, how late, and whether it is right.
// The next changes are published when half of what went before has been heard, so that a server is never idle and never flooded.
import { randomUUID } from "node:crypto";
import { type Protocol, Receiver } from "./receiver.ts";
import { Steering } from "./steering.ts";

/** Stands for a subscriber's own id in the message that subscribes. */
export const ID = "00000000-0000-4000-8000-000000000000";

export interface AudienceOptions {
  readonly port: number;
  readonly control: number;
  readonly protocol: Protocol;
  readonly path: string;
  /** Messages that subscribe; the subscribers take them in turn. */
  readonly subscribe?: readonly string[];
  readonly size: number;
  /** Whether changes have to be stored before they are published. */
  readonly prepares: boolean;
}

export interface TurnOrder {
  /** Changes published in one go. */
  readonly together: number;
  readonly millis: number;
  readonly most: number;
  /** Publishings a second; without it as many as are heard. */
  readonly rate?: number;
}

export interface Heard {
  /** Messages that came to anybody. */
  readonly requests: number;
  readonly perSecond: number;
  /** Publish to receive, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Bytes of one message, its frame included. */
  readonly bytes: number;
  readonly faults: readonly string[];
}

/** One subscriber in so many checks every message. */
const CHECK_EVERY = 64;
const OPEN_AT_ONCE = 64;
const PATIENCE = 60_000;

export class Audience {
  readonly #options: AudienceOptions;
  readonly steering: Steering;
  readonly receivers: Receiver[] = [];
  #heard = 0;
  #onHeard: () => void = () => {};
  #publishedAt: number[] = [];
  #latencies: number[] = [];
  #isOpen = true;
  #lost = 0;

  private constructor(options: AudienceOptions, steering: Steering) {
    this.#options = options;
    this.steering = steering;
  }

  static async open(options: AudienceOptions): Promise<Audience> {
    const audience = new Audience(options, await Steering.open(options.control));
    for (let from = 0; from < options.size; from += OPEN_AT_ONCE) {
      const indexes = Array.from({ length: Math.min(OPEN_AT_ONCE, options.size - from) }, (_, index) => from + index);
      audience.receivers.push(...(await Promise.all(indexes.map((index) => audience.#receiver(index)))));
    }
    return audience;
  }

  /** Until everybody has heard something: only then does the server know of all of them. */
  async settle(): Promise<void> {
    const { steering } = this;
    for (let attempt = 0; attempt < 50; attempt++) {
      await pause(100);
      if (this.#options.prepares) await steering.ask("prepare", 1);
      steering.tell("publish", 1);
      await this.#until(() => this.receivers.every(({ count }) => count > 0), 300);
      if (this.receivers.every(({ count }) => count > 0)) break;
    }
    await pause(100);
  }

  /** Has changes stored that can be published. */
  async prepare(changes: number): Promise<void> {
    if (!this.#options.prepares) return;
    await this.steering.ask("prepare", changes);
    await pause(50); // the writing thread has still to tidy up
  }

  async turn({ together, millis, most, rate }: TurnOrder): Promise<Heard> {
    const { steering, receivers } = this;
    for (const receiver of receivers) receiver.count = 0;
    this.#heard = 0;
    this.#publishedAt = [];
    this.#latencies = [];
    const bytes = receivers.reduce((sum, receiver) => sum + receiver.bytes, 0);
    const began = performance.now();
    let published = 0;
    let last = began;
    const publish = (): void => {
      const now = performance.now();
      for (let each = 0; each < together; each++) this.#publishedAt.push(now);
      published += together;
      steering.tell("publish", together);
    };
    const isOver = (): boolean => performance.now() - began >= millis || published + together > most;
    publish();
    if (rate === undefined) {
      this.#onHeard = () => {
        last = performance.now();
        const due = (published - together + together / 2) * receivers.length;
        if (this.#heard >= due && !isOver()) publish();
      };
    } else {
      this.#onHeard = () => {
        last = performance.now();
      };
      while (!isOver()) {
        await pause(began + ((published / together) * 1000) / rate - performance.now());
        if (!isOver()) publish();
      }
    }
    await this.#until(() => isOver() && this.#heard >= published * receivers.length, millis + PATIENCE);
    const requests = this.#heard;
    const wrong = receivers.filter(({ count }) => count !== published).length;
    const faults = receivers.flatMap(({ fault }) => fault ?? []).slice(0, 3);
    if (wrong > 0) faults.push(`${wrong} of ${receivers.length} subscribers did not hear ${published} changes`);
    if (this.#lost > 0) faults.push(`${this.#lost} subscribers were cut off`);
    if (this.#options.prepares) faults.push(...(await steering.ask<{ faults: string[] }>("state")).faults);
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      requests,
      perSecond: (requests * 1000) / (last - began),
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      bytes: (receivers.reduce((sum, receiver) => sum + receiver.bytes, 0) - bytes) / requests,
      faults,
    };
  }

  close(): void {
    this.#isOpen = false;
    for (const receiver of this.receivers) receiver.cut();
    this.steering.close();
  }

  #receiver(index: number): Promise<Receiver> {
    const { port, protocol, path, subscribe } = this.#options;
    const message = subscribe?.[index % subscribe.length]?.replace(ID, randomUUID());
    let heard = 0;
    return Receiver.open({
      port,
      protocol,
      path,
      ...(message === undefined ? {} : { subscribe: message }),
      checks: index % CHECK_EVERY === 0,
      received: (messages) => {
        const receiver = this.receivers[index];
        const now = performance.now();
        heard = receiver?.count ?? heard;
        this.#heard += messages;
        const since = this.#publishedAt[heard - 1];
        if (since !== undefined) this.#latencies.push(now - since);
        this.#onHeard();
      },
      closed: () => {
        if (this.#isOpen) this.#lost++;
      },
    });
  }

  #until(holds: () => boolean, millis: number): Promise<void> {
    const until = performance.now() + millis;
    return new Promise((resolve) => {
      const look = (): void => {
        if (holds() || performance.now() > until) resolve();
        else setTimeout(look, 2);
      };
      look();
    });
  }
}

export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, millis)));
}
