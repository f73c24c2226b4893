// The far end of one WebSocket: what it is sent beside messages, and when it counts as gone.
// Messages are written to its socket as whole frames; the library's own frames come between them.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Pace } from "../limits/pace.ts";
import { beginStream, type StreamEnding, type StreamFacts } from "../requestFacts.ts";
import { Hearing } from "./hearing.ts";
import { Outlet } from "./outlet.ts";
import type { OpenStream, Streams, Transport } from "./streams.ts";

/** What a client reads of why its socket was closed (RFC 6455, 7.4; 4000 and up are ours). */
export const CLOSE = {
  shutdown: 1001,
  failed: 1011,
  unavailable: 1013,
  badMessage: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  stalled: 4408,
  tooMany: 4429,
} as const;

export const DENIAL_CLOSES = {
  401: CLOSE.unauthenticated,
  403: CLOSE.forbidden,
  429: CLOSE.tooMany,
  503: CLOSE.unavailable,
} as const;

/** What a close of ours with this code means; with any other, the client was refused something. */
const ENDINGS: ReadonlyMap<number, StreamEnding> = new Map([
  [1000, "client"],
  [CLOSE.shutdown, "shutdown"],
  [1011, "failed"],
  [CLOSE.stalled, "stalled"],
]);

/**
 * How clients are heard: one message in a turn of the event loop, so that others are heard as well, and in so many pieces at
 * most, for each is kept until the last has come, whatever its size.
 */
export const HEARD = { allowSynchronousEvents: false, maxFragments: 256, maxBufferedChunks: 4_096 } as const;

/** Bytes that the reason of a close may have. */
const MAX_REASON = 123;

export interface PeerOptions {
  /** That became the WebSocket. */
  readonly request: IncomingMessage;
  readonly transport: Transport;
  readonly socket: Duplex;
  readonly client: WebSocket;
  readonly streams: Streams;
  readonly elapsed: () => number;
  /** How fast it is heard. */
  readonly pace: Pace;
  /** Ends what is told: behind a close nothing may come. */
  readonly beforeClose: () => void;
  /** What is said before the socket is closed because the gateway goes away. */
  readonly beforeShutdown?: () => void;
}

export class Peer implements OpenStream {
  readonly outlet: Outlet;
  readonly hearing: Hearing;
  readonly #options: PeerOptions;
  /** What is known of it at its end. */
  readonly #facts: StreamFacts;
  #isAnswering = true;
  #isClosing = false;

  constructor(options: PeerOptions) {
    const { request, transport, socket, client, streams, elapsed, pace } = options;
    this.#options = options;
    this.outlet = new Outlet(socket, elapsed);
    this.#facts = beginStream(request, transport, this.outlet);
    this.hearing = new Hearing(socket, client, pace);
    client.on("pong", () => {
      this.#isAnswering = true;
    });
    client.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") streams.refused("messageBytes");
    }); // a close follows
    const forget = streams.add(this);
    client.once("close", forget);
  }

  get isOpen(): boolean {
    const { client } = this.#options;
    return !this.#isClosing && client.readyState === client.OPEN;
  }

  send(text: string): void {
    if (this.isOpen) this.#options.client.send(text);
  }

  close(code: number, reason: string): void {
    if (!this.#isClosing) this.#facts.ended = ENDINGS.get(code) ?? "refused";
    this.#isClosing = true;
    this.#options.beforeClose();
    this.#options.client.close(code, cut(reason));
  }

  ping(): void {
    if (this.outlet.isBlocked) {
      this.#isAnswering = true; // it would read a ping behind all else: it is given up when it takes nothing for too long
      return;
    }
    if (!this.#isAnswering) {
      this.#options.streams.died();
      this.#facts.ended = "dead";
      this.terminate();
      return;
    }
    if (!this.isOpen) return;
    this.#isAnswering = false;
    this.#options.client.ping();
  }

  giveUp(): void {
    this.close(CLOSE.stalled, "nothing was taken for too long: resume from the last id");
  }

  shutDown(): void {
    this.#options.beforeShutdown?.();
    this.close(CLOSE.shutdown, "the gateway is shutting down");
  }

  terminate(): void {
    this.#options.client.terminate();
  }
}

function cut(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= MAX_REASON
    ? reason
    : bytes
        .subarray(0, MAX_REASON - 3)
        .toString()
        .replace(/\uFFFD*$/, "…");
}
