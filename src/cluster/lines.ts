// Bytes to lines: the chunks of a watch cut lines anywhere, also inside a character.
// A line is decoded only when it is whole, and none may grow without bound.

const NEWLINE = 0x0a;

/** Longest line taken, in bytes. An object in etcd is at most about 1.5 MiB. */
export const MAX_LINE = 16 * 1024 * 1024;

export class LineTooLong extends Error {
  constructor(limit: number) {
    super(`a line of more than ${limit} bytes`);
    this.name = "LineTooLong";
  }
}

export class Lines {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limit = MAX_LINE) {
    this.#limit = limit;
  }

  /** Bytes of the line that has begun and not ended. */
  get unfinished(): number {
    return this.#length;
  }

  /** The lines that end in this chunk, without their line ends; blank ones are left out. */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = this.#finish(bytes.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
    return lines;
  }

  #finish(tail: Buffer): string {
    if (this.#length + tail.length > this.#limit) throw new LineTooLong(this.#limit);
    const whole = this.#parts.length === 0 ? tail : Buffer.concat([...this.#parts, tail]);
    this.#parts = [];
    this.#length = 0;
    return whole.toString("utf8").trim();
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#length += rest.length;
    if (this.#length > this.#limit) throw new LineTooLong(this.#limit);
    this.#parts.push(Buffer.from(rest)); // a copy: the socket may use its buffer again
  }
}
