// Seeded randomness of the bench: equal seeds make equal rows and equal requests, in every process.
// Not for secrets: mulberry32, one multiplication a number.

export type Random = () => number;

/** Numbers in [0, 1). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number in [0, below). */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export function pick<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[below(random, list.length)] ?? list[0];
}

export function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += below(random, 0x1_0000_0000).toString(16).padStart(8, "0");
  return text.slice(0, digits);
}

export function uuid(random: Random): string {
  const digits = hex(random, 32);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
