// Hearing a WebSocket no faster than can be borne: not while it takes no answers, not while it is still being served, not
// beyond its pace. Meanwhile nothing is read of it, so that what it sends waits with its sender and not here.
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Pace } from "../limits/pace.ts";

export class Hearing {
  readonly #socket: Duplex;
  readonly #client: WebSocket;
  /** Why nothing is heard at the moment. */
  #reasons = 0;
  #draining: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, client: WebSocket, pace: Pace) {
    this.#socket = socket;
    this.#client = client;
    const heardMessage = () => this.#waitFor(pace.heardMessage());
    for (const kind of ["message", "ping", "pong"]) client.on(kind, heardMessage);
    const heardBytes = (bytes: Buffer) => this.#waitFor(pace.heard(bytes.length));
    socket.on("data", heardBytes);
    client.once("close", () => clearTimeout(this.#timer));
  }

  /** Hears nothing until the promise is settled. */
  holdUntil(settled: Promise<unknown>): void {
    this.#hold();
    const release = () => this.#release();
    settled.then(release, release);
  }

  /** Resolves when the socket takes more, or is gone. */
  taken(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return Promise.resolve();
    this.#draining ??= new Promise<void>((resolve) => {
      const settled = () => {
        socket.off("drain", settled).off("close", settled);
        this.#draining = undefined;
        resolve();
      };
      socket.on("drain", settled).on("close", settled);
    });
    return this.#draining;
  }

  /** Who does not read what it is answered is not heard any more. */
  #waitFor(ms: number): void {
    if (this.#socket.writableNeedDrain && !this.#draining) this.holdUntil(this.taken());
    if (ms === 0 || this.#timer) return;
    this.#hold();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#release();
    }, ms);
  }

  #hold(): void {
    if (this.#reasons++ === 0) this.#client.pause();
  }

  #release(): void {
    if (--this.#reasons === 0) this.#client.resume();
  }
}
