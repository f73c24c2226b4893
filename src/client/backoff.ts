// How long to wait before connecting again: full jitter, so that those whom one gateway has lost do not come back together.
// The n-th wait in a row, from 0, is anything up to 0.5 s times 2^n, and never more than 30 s.

const FIRST_MS = 500;
export const LONGEST_MS = 30_000;

/** Milliseconds. `random` is from 0 to 1; `atLeast` is what the gateway asked for. */
export function backoff(failures: number, random: number, atLeast = 0): number {
  return Math.max(atLeast, random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)));
}
