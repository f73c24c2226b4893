// The cursor: an opaque name for a place in one store's sequence of changes. Streams resume from it.
// It is sealed: how many changes there were, which come of everybody's events, is nobody's to compute from his own.
import { SealedNumbers } from "./sealed.ts";

export interface CursorOptions {
  /** Names one store file from its creation on: a cursor of another store is told apart and never taken for a place in this one. */
  readonly epoch: string;
  /** SEAL_KEY_BYTES of the store's own. */
  readonly key: Uint8Array;
  /** Up to this place cursors were once given out unsealed, and still hold; 0 of a store that never did. */
  readonly plainThrough?: number;
  /** From where salts are counted: at random, so that those of two lives do not meet. */
  readonly firstSalt?: number;
}

/** How cursors were written before they were sealed: the epoch, and the place in base 36. */
const PLAIN = /^([0-9a-z]{1,32})-([0-9a-z]{1,11})$/;

const SALTS = 2 ** 32;

export class Cursors {
  readonly #epoch: string;
  readonly #plainThrough: number;
  readonly #sealed: SealedNumbers;
  #salt: number;

  constructor({ epoch, key, plainThrough = 0, firstSalt = 0 }: CursorOptions) {
    this.#epoch = epoch;
    this.#plainThrough = plainThrough;
    this.#sealed = new SealedNumbers({ name: epoch, key });
    this.#salt = firstSalt;
  }

  /** Names the place of a change: the same text each time. `seq` is a change's number, from 1; 0 is before the first. */
  encode(seq: number): string {
    return this.#sealed.seal(seq);
  }

  /**
   * Names where a reader stands, by another text each time: who sees two of them, or one beside the cursor of a change,
   * does not learn whether anything happened in between.
   */
  encodeStand(seq: number): string {
    this.#salt = (this.#salt + 1) % SALTS || 1; // 0 is that of changes
    return this.#sealed.sealSalted(seq, this.#salt);
  }

  /** `foreign` is a cursor of another store; undefined is what is no cursor. */
  decode(text: string): number | "foreign" | undefined {
    const opened = this.#sealed.open(text);
    if (typeof opened === "number") return opened;
    const [, epoch, digits = ""] = PLAIN.exec(text) ?? [];
    const seq = Number.parseInt(digits, 36);
    if (epoch === undefined || !Number.isSafeInteger(seq)) return opened;
    // Beyond what was given out so, an answer would tell whoever knows the epoch how far the store has come.
    return epoch === this.#epoch && seq <= this.#plainThrough ? seq : "foreign";
  }

  /** Whether what was stored with the change still holds a cursor that is not sealed. */
  isPlain(seq: number): boolean {
    return seq <= this.#plainThrough;
  }
}
