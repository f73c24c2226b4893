// The way out to one socket: written to while it takes, then waited for. What waits is at most one chunk beyond the socket's mark.
// Nothing is queued here: who could not write reads on from its place when the socket has drained.
import type { Duplex } from "node:stream";

export class Outlet {
  readonly #socket: Duplex;
  /** Messages of subscribers that were written to it: counted up by who writes. */
  told = 0;
  readonly #elapsed: () => number;
  readonly #waiting = new Set<() => void>();
  #blockedAt: number | undefined;

  /** `elapsed` gives milliseconds from any fixed moment, and never goes back. */
  constructor(socket: Duplex, elapsed: () => number) {
    this.#socket = socket;
    this.#elapsed = elapsed;
    socket.on("drain", this.#drained);
  }

  get isBlocked(): boolean {
    return this.#blockedAt !== undefined;
  }

  /** For how long the socket has taken nothing, in ms; 0 when it takes. */
  get stalledFor(): number {
    return this.#blockedAt === undefined ? 0 : this.#elapsed() - this.#blockedAt;
  }

  /** Whether nothing of the bytes waits in this process: then they may be written over. */
  write(bytes: Buffer | string): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    const takesMore = socket.write(bytes);
    if (socket.writableLength === 0) return true;
    if (!takesMore) this.#blockedAt ??= this.#elapsed();
    return false;
  }

  /** Calls back once, when the socket takes again. */
  whenDrained(resume: () => void): void {
    this.#waiting.add(resume);
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume);
  }

  /** Leaves the socket to whoever has it next. */
  leave(): void {
    this.#socket.off("drain", this.#drained);
    this.#waiting.clear();
  }

  readonly #drained = (): void => {
    this.#blockedAt = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  };
}
