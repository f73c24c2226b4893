// Rates, as token buckets have them: `200/s`, `600/m`, `5000/h`, and how much may come at once behind a colon: `200/s:1000`.
// What is not used is saved up to the burst; without one, what comes in one unit of time may come at once.

export interface Rate {
  readonly perSecond: number;
  /** How much may come at once after a quiet time; at least 1. */
  readonly burst: number;
}

/** Seconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const TEXT = /^(\d{1,9})\/([smh])(?::(\d{1,9}))?$/;

/** undefined when the text is no rate, or one of nothing. */
export function parseRate(text: string): Rate | undefined {
  const [, amount = "", unit = "", burst = amount] = TEXT.exec(text) ?? [];
  const rate = { perSecond: Number(amount) / (UNITS[unit] ?? Number.NaN), burst: Number(burst) };
  return rate.perSecond > 0 && rate.burst > 0 ? rate : undefined;
}
