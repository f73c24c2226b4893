// The connections of an HTTP server, so that it can take leave of them: one that is torn down with a request on its way leaves a
// caller without an answer.
import type { IncomingMessage, Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { TLSSocket, Server as TlsServer } from "node:tls";
import { isHttp2 } from "./http2.ts";
import type { Handshakes } from "./listener.ts";

/** Kept connections are used again so soon, where they are used at all. */
const LAST_CALL_MS = 250;
/** Who has just connected may take so long to ask. */
const FIRST_REQUEST_MS = 1_000;
/** The event loop takes connections one by one; when it has turned so often without one, none is waiting. */
const QUIET_TURNS = 3;
/** Who connects while a turn of the event loop is at work waits at its end: a turn that leaves nobody waiting is a short one. */
const SHORT_TURN_MS = 0.1;

export class Connections {
  readonly #server: Server;
  /** Those that may still bring a request, and whether they have brought one before. */
  readonly #open = new Map<Socket, boolean>();
  readonly #handshakes: Handshakes;
  #taken = 0;
  #whenGone: (() => void) | undefined;

  constructor(server: Server, handshakes: Handshakes) {
    this.#server = server;
    this.#handshakes = handshakes;
    handshakes.whenNone = () => this.#left();
    server.on("connection", () => {
      this.#taken++;
    });
    // Over TLS it is another socket that brings the requests, once both ends have agreed.
    server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
      if (socket instanceof TLSSocket && isHttp2(socket)) return; // is taken leave of as its protocol has it
      this.#open.set(socket, false);
      socket.once("close", () => this.#forget(socket));
    });
    server.on("upgrade", ({ socket }: IncomingMessage) => this.#forget(socket));
  }

  /** The connection has brought a request. */
  used(socket: Socket): void {
    if (this.#open.has(socket)) this.#open.set(socket, true);
  }

  /**
   * Stops to listen, and sees to it that whoever has just asked is still answered. Every answer is to close its connection
   * already. Takes under two seconds, and no time when there are no connections.
   */
  async takeLeave(): Promise<void> {
    await this.#gone(LAST_CALL_MS);
    await this.#takeWaiting();
    // Not the HTTP server's own way to close, which tears down the connections that seem to be idle.
    NetServer.prototype.close.call(this.#server);
    // Who was only kept is told that it is over; who has just come may still ask, and is refused by an answer.
    for (const [socket, isUsed] of this.#open) if (isUsed) socket.end();
    await this.#gone(FIRST_REQUEST_MS);
  }

  /** Connections that the system has made and nobody has taken are reset when nobody listens any more. */
  async #takeWaiting(): Promise<void> {
    let begunAt = performance.now();
    const until = begunAt + LAST_CALL_MS;
    for (let quiet = 0; quiet < QUIET_TURNS && begunAt < until; ) {
      const taken = this.#taken;
      await turn();
      const endedAt = performance.now();
      quiet = this.#taken === taken && endedAt - begunAt < SHORT_TURN_MS ? quiet + 1 : 0;
      begunAt = endedAt;
    }
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#left();
  }

  get #isGone(): boolean {
    return this.#open.size === 0 && this.#handshakes.size === 0;
  }

  #left(): void {
    if (this.#isGone) this.#whenGone?.();
  }

  #gone(patience: number): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#whenGone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
