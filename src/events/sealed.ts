// Numbers that leave as texts which nobody else can read, order or make: each is one block of AES under a key.
// One block of ECB is a keyed permutation: equal numbers give equal texts, and no text says anything of another.
import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hash } from "node:crypto";

/** Bytes of a key. */
export const SEAL_KEY_BYTES = 16;

export interface SealOptions {
  /** What is numbered: a text of another name, or of another key, is told apart. */
  readonly name: string;
  readonly key: Uint8Array;
}

/** A block: the name's mark, the salt, the number. */
const BLOCK = 16;
const MARK = 6;
const SALT_AT = MARK;
const NUMBER_AT = 10;
const NUMBER_BYTES = BLOCK - NUMBER_AT;

/** Numbers that are asked for in order are sealed so many at once, which costs a tenth of one by one. */
const AT_ONCE = 64;

/** base64url of a block: its last sign carries two bits. */
const SHAPE = /^[\w-]{21}[AQgw]$/;

export class SealedNumbers {
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;
  readonly #mark: Buffer;
  readonly #plain = Buffer.alloc(BLOCK * AT_ONCE);
  #sealed = Buffer.alloc(0);
  #first = 0;
  #last = -1;
  #lastText = "";

  constructor({ name, key }: SealOptions) {
    this.#cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    this.#decipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
    this.#mark = hash("sha256", name, "buffer").subarray(0, MARK);
    for (let at = 0; at < this.#plain.length; at += BLOCK) this.#mark.copy(this.#plain, at);
  }

  /** 22 signs of base64url. The number is 0 to 2^48 - 1. */
  seal(number: number): string {
    if (number === this.#last) return this.#lastText;
    this.#lastText = this.#sealNext(number, number === this.#last + 1);
    this.#last = number;
    return this.#lastText;
  }

  /** Another text for the same number: it shows to nobody that it is the same. The salt is 0 to 2^32 - 1. */
  sealSalted(number: number, salt: number): string {
    const block = Buffer.alloc(BLOCK);
    this.#mark.copy(block);
    block.writeUInt32BE(salt, SALT_AT);
    block.writeUIntBE(number, NUMBER_AT, NUMBER_BYTES);
    return this.#cipher.update(block).toString("base64url");
  }

  /** `foreign` is a text of another name or key; undefined is what was never sealed. */
  open(text: string): number | "foreign" | undefined {
    if (!SHAPE.test(text)) return undefined;
    const block = this.#decipher.update(text, "base64url");
    return this.#mark.equals(block.subarray(0, MARK)) ? block.readUIntBE(NUMBER_AT, NUMBER_BYTES) : "foreign";
  }

  #sealNext(number: number, isExpected: boolean): string {
    const at = (number - this.#first) * BLOCK;
    if (at >= 0 && at < this.#sealed.length) return this.#sealed.toString("base64url", at, at + BLOCK);
    if (!isExpected) return this.sealSalted(number, 0);
    this.#sealFrom(number);
    return this.#sealed.toString("base64url", 0, BLOCK);
  }

  #sealFrom(number: number): void {
    for (let index = 0; index < AT_ONCE; index++) {
      this.#plain.writeUIntBE(number + index, index * BLOCK + NUMBER_AT, NUMBER_BYTES);
    }
    this.#sealed = this.#cipher.update(this.#plain);
    this.#first = number;
  }
}
