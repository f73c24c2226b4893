// Texts held outside of the heap, in bytes that are written over and over: the oldest goes first. On the heap, texts that
// are held for seconds become old before they are let go, and only a full collection takes old ones away.

/** Where a text stands. */
export interface TextPlace {
  /** Counted from the first byte ever written; places only grow. */
  readonly at: number;
  /** In bytes of UTF-8. */
  readonly length: number;
}

export class TextRing {
  readonly #bytes: Buffer;
  /** Ends of what was written, and of what was let go; texts between them are held. */
  #written = 0;
  #freed = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  /** undefined when there is no room, or never can be. */
  put(text: string): TextPlace | undefined {
    const size = this.#bytes.length;
    const length = Buffer.byteLength(text);
    if (length > size) return undefined;
    const left = size - (this.#written % size);
    const at = left < length ? this.#written + left : this.#written; // no text goes around the end
    if (at + length - this.#freed > size) return undefined;
    this.#bytes.write(text, at % size, length, "utf8");
    this.#written = at + length;
    return { at, length };
  }

  /** Of a text that is still held. */
  text({ at, length }: TextPlace): string {
    const from = at % this.#bytes.length;
    return this.#bytes.toString("utf8", from, from + length);
  }

  /** Lets go of a text and of all before it. */
  freeThrough({ at, length }: TextPlace): void {
    this.#freed = at + length;
  }

  freeAll(): void {
    this.#freed = this.#written;
  }
}
