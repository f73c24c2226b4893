// A seeded source of random numbers for the demo: xoshiro128** 1.1 by Blackman and Vigna (prng.di.unimi.it), its state
// filled by SplitMix32 from an FNV-1a hash of the seed. Promises: the same seed gives the same numbers on every machine.
const POD_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const HEX = "0123456789abcdef";

export class Random {
  private readonly seed: string;
  private readonly state: Uint32Array;

  /** `state` sets the generator's four words directly; it is for checking against published sequences. */
  constructor(seed: string, state: readonly number[] = stateOf(seed)) {
    this.seed = seed;
    this.state = Uint32Array.from(state);
  }

  /** The next 32 bits, as an unsigned integer. */
  bits(): number {
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = this.state;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const third = s2 ^ s0;
    const fourth = s3 ^ s1;
    this.state[0] = s0 ^ fourth;
    this.state[1] = s1 ^ third;
    this.state[2] = third ^ (s1 << 9);
    this.state[3] = rotateLeft(fourth, 11);
    return result;
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(0, list.length - 1)];
    if (picked === undefined) throw new RangeError("cannot pick from an empty list");
    return picked;
  }

  /** A waiting time of a memoryless process, in the unit of `mean`, cut at four times the mean. */
  waiting(mean: number): number {
    return Math.min(-Math.log(1 - this.fraction()) * mean, 4 * mean);
  }

  /** Letters as Kubernetes appends them to generated names. */
  suffix(length: number): string {
    return this.letters(length, POD_SUFFIX_ALPHABET);
  }

  hex(length: number): string {
    return this.letters(length, HEX);
  }

  /** A version 4 UUID. */
  uuid(): string {
    const digits = this.hex(30);
    const variant = HEX[8 + (this.bits() & 3)] ?? "8";
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-${variant}${digits.slice(15, 18)}-${digits.slice(18)}`;
  }

  /** A generator of its own, given by this one's seed and the name alone, whatever was drawn before. */
  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  private letters(length: number, alphabet: string): string {
    let text = "";
    for (let index = 0; index < length; index += 1) text += alphabet[this.bits() % alphabet.length];
    return text;
  }
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function stateOf(seed: string): number[] {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  }
  return [1, 2, 3, 4].map(() => {
    hash = (hash + 0x9e3779b9) | 0;
    let word = hash ^ (hash >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  });
}
