// Texts held outside of the heap, in bytes that are written over and over: the oldest goes first. On the heap, texts that
// are held for seconds become old before they are let go, and only a full collection takes old ones away.

/** Bytes before each text, which tell its length. */
const HEAD = 4;

export class TextRing {
  readonly #bytes: Buffer;
  /** Ends of what was written, and of what was let go, counted from the first byte ever; texts between them are held. */
  #written = 0;
  #freed = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
  }

  /** The text's place, which only grows from text to text; undefined when there is no room, or never can be. */
  put(text: string): number | undefined {
    const size = this.#bytes.length;
    const length = Buffer.byteLength(text);
    const left = size - (this.#written % size);
    const place = left < HEAD + length ? this.#written + left : this.#written; // no text goes around the end
    const end = place + HEAD + length;
    if (HEAD + length > size || end - this.#freed > size) return undefined;
    const at = place % size;
    this.#bytes.writeUInt32LE(length, at);
    this.#bytes.write(text, at + HEAD, length, "utf8");
    this.#written = end;
    return place;
  }

  /** Of a text that is still held. */
  text(place: number): string {
    const from = (place % this.#bytes.length) + HEAD;
    return this.#bytes.toString("utf8", from, from + this.#lengthOf(place));
  }

  /** Lets go of a text and of all before it. */
  freeThrough(place: number): void {
    this.#freed = place + HEAD + this.#lengthOf(place);
  }

  freeAll(): void {
    this.#freed = this.#written;
  }

  #lengthOf(place: number): number {
    return this.#bytes.readUInt32LE(place % this.#bytes.length);
  }
}
