// The open streams of every transport: how many there may be, who is pinged, who is given up, and how all of them end.
// Counts say what became of them.
import type { Outlet } from "./outlet.ts";

export const TRANSPORTS = ["sse", "websocket", "graphql"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface StreamLimits {
  /** Streams in all; a GraphQL subscription is one, and so is a socket that has none. */
  readonly streams: number;
  /** Streams of one caller. */
  readonly perCaller: number;
  /** A reader that takes nothing for so long is closed; ms. */
  readonly stall: number;
  /** Changes of filter on one WebSocket, in a minute. */
  readonly filterChanges: number;
  /** Bytes of a message from a client. */
  readonly messageBytes: number;
  /** A GraphQL socket has so long to say connection_init; ms. */
  readonly initTimeout: number;
  /** Between two pings; ms. */
  readonly pingEvery: number;
}

export const STREAM_LIMITS: StreamLimits = {
  streams: 20_000,
  perCaller: 10_000,
  stall: 60_000,
  filterChanges: 60,
  messageBytes: 64 * 1024,
  initTimeout: 10_000,
  pingEvery: 15_000,
};

/** An open stream, as far as it is looked after. */
export interface OpenStream {
  readonly outlet: Outlet;
  ping(): void;
  /** Ends it because it took nothing for too long. */
  giveUp(): void;
  /** Ends it because the gateway goes away, telling the client to come back. */
  shutDown(): void;
  /** Ends it at once. */
  terminate(): void;
}

export const REFUSALS = [
  "streams",
  "perCaller",
  "rate",
  "filterChanges",
  "messageBytes",
  "initTimeout",
  "denied",
] as const;
export type RefusalReason = (typeof REFUSALS)[number];

export interface StreamCounts {
  readonly open: Readonly<Record<Transport, number>>;
  readonly opened: Readonly<Record<Transport, number>>;
  readonly resumed: Readonly<Record<Transport, number>>;
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** Closed because they took nothing for too long. */
  readonly stalled: number;
  /** Closed because their peer was gone without a word. */
  readonly dead: number;
  /** What was sent as messages, with their framing; not what keeps a stream alive. */
  readonly sent: Readonly<Record<Transport, Readonly<Sent>>>;
}

/** What was sent by one transport: counted up by who sends. */
export interface Sent {
  messages: number;
  bytes: number;
}

export interface Refused {
  readonly reason: "streams" | "perCaller" | "rate" | "shutdown";
  readonly detail: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfter: number;
}

/** A place among the streams. */
export interface Slot {
  free(): void;
  /** From now on it is this caller's, unless that one has as many as one may. */
  passTo(caller: string): Refused | undefined;
}

/** Why a caller may not open another stream so soon; undefined when it may. */
export type TakeStream = (caller: string) => Pick<Refused, "detail" | "retryAfter"> | undefined;

const SWEEP_EVERY = 250;
const RETRY_AFTER = 5;

export class Streams {
  readonly limits: StreamLimits;
  readonly #elapsed: () => number;
  readonly #takeStream: TakeStream;
  readonly #open = new Map<OpenStream, { pingedAt: number; givenUpAt: number | undefined }>();
  readonly #byCaller = new Map<string, number>();
  readonly #counts = {
    open: zeroes(TRANSPORTS),
    opened: zeroes(TRANSPORTS),
    resumed: zeroes(TRANSPORTS),
    refused: zeroes(REFUSALS),
    stalled: 0,
    dead: 0,
    sent: { sse: nothing(), websocket: nothing(), graphql: nothing() } satisfies Record<Transport, object>,
  };
  #sweeping: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;
  #isClosing = false;
  #taken = 0;

  constructor(limits: StreamLimits, elapsed: () => number, takeStream: TakeStream = () => undefined) {
    this.limits = limits;
    this.#elapsed = elapsed;
    this.#takeStream = takeStream;
  }

  get counts(): StreamCounts {
    return structuredClone(this.#counts);
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** A place for one more stream of the caller, or why there is none. */
  take(transport: Transport, caller: string): Slot | Refused {
    if (this.#isClosing) return { reason: "shutdown", detail: "The gateway is shutting down.", retryAfter: 1 };
    const { streams } = this.limits;
    const tooMany = this.#tooManyOf(caller);
    if (tooMany) return tooMany;
    if (this.#taken >= streams)
      return this.#full("streams", `There are ${streams} streams open, which is as many as can be.`);
    const tooSoon = this.#tooSoonFor(caller);
    if (tooSoon) return tooSoon;
    this.#taken++;
    this.#count(caller, 1);
    this.#counts.open[transport]++;
    this.#counts.opened[transport]++;
    let owner = caller;
    let isFree = false;
    return {
      free: () => {
        if (isFree) return;
        isFree = true;
        this.#taken--;
        this.#counts.open[transport]--;
        this.#count(owner, -1);
      },
      passTo: (next) => {
        const refused = next === owner ? undefined : (this.#tooManyOf(next) ?? this.#tooSoonFor(next));
        if (refused || isFree) return refused;
        this.#count(owner, -1);
        this.#count(next, 1);
        owner = next;
        return undefined;
      },
    };
  }

  #tooManyOf(caller: string): Refused | undefined {
    const { perCaller } = this.limits;
    if ((this.#byCaller.get(caller) ?? 0) < perCaller) return undefined;
    return this.#full("perCaller", `You have ${perCaller} streams open, which is as many as one may.`);
  }

  #tooSoonFor(caller: string): Refused | undefined {
    const tooSoon = this.#takeStream(caller);
    if (!tooSoon) return undefined;
    this.refused("rate");
    return { reason: "rate", ...tooSoon };
  }

  #count(caller: string, change: number): void {
    const count = (this.#byCaller.get(caller) ?? 0) + change;
    if (count > 0) this.#byCaller.set(caller, count);
    else this.#byCaller.delete(caller);
  }

  resumed(transport: Transport): void {
    this.#counts.resumed[transport]++;
  }

  sentBy(transport: Transport): Sent {
    return this.#counts.sent[transport];
  }

  refused(reason: RefusalReason): void {
    this.#counts.refused[reason]++;
  }

  died(): void {
    this.#counts.dead++;
  }

  /** Looks after the stream until what is returned is called. */
  add(stream: OpenStream): () => void {
    this.#open.set(stream, { pingedAt: this.#elapsed(), givenUpAt: undefined });
    this.#sweeping ??= setInterval(
      () => this.#sweep(),
      Math.min(SWEEP_EVERY, this.limits.pingEvery, this.limits.stall),
    );
    if (this.#isClosing) stream.shutDown();
    return () => {
      this.#open.delete(stream);
      if (this.#open.size > 0) return;
      clearInterval(this.#sweeping);
      this.#sweeping = undefined;
      this.#whenEmpty?.();
    };
  }

  /** Ends all of them, telling each; those that are still there after `graceMs` are cut off. No more are taken. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    for (const stream of [...this.#open.keys()]) stream.shutDown();
    if (this.#open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#whenEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const stream of [...this.#open.keys()]) stream.terminate();
  }

  #full(reason: "streams" | "perCaller", detail: string): Refused {
    this.refused(reason);
    return { reason, detail, retryAfter: RETRY_AFTER };
  }

  #sweep(): void {
    const now = this.#elapsed();
    const { stall, pingEvery } = this.limits;
    for (const [stream, state] of this.#open) {
      if (state.givenUpAt !== undefined) {
        // It goes as soon as what it was sent is out, and it is not waited for that for ever.
        if (now - state.givenUpAt >= stall) stream.terminate();
      } else if (stream.outlet.stalledFor >= stall) {
        state.givenUpAt = now;
        this.#counts.stalled++;
        stream.giveUp();
      } else if (now - state.pingedAt >= pingEvery) {
        state.pingedAt = now;
        stream.ping();
      }
    }
  }
}

function nothing(): Sent {
  return { messages: 0, bytes: 0 };
}

function zeroes<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>; // of just these names
}
