// Durations, Go/Prometheus style: `500ms`, `30s`, `15m`, `1h30m`, `24h`, `7d`, `2w`.
// Parsing and formatting are inverse: parseDuration(formatDuration(x)) === x for whole, positive milliseconds.

/** A length of time in milliseconds. */
export type Millis = number;

const UNITS = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

const UNIT_MILLIS: ReadonlyMap<string, number> = new Map(UNITS);
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[wdhms]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[wdhms])/g;

/** The longest duration taken: 100 years. Longer ones overflow dates. */
export const MAX_DURATION: Millis = 100 * 365 * 86_400_000;

/** Milliseconds of a duration text, rounded; undefined when it is none, or not above zero, or over 100 years. */
export function parseDuration(text: string): Millis | undefined {
  if (text.length > 64 || !WHOLE.test(text)) return undefined;
  let millis = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    millis += Number(amount) * (UNIT_MILLIS.get(unit ?? "") ?? Number.NaN);
  }
  const rounded = Math.round(millis);
  return rounded > 0 && rounded <= MAX_DURATION ? rounded : undefined;
}

/** The shortest exact spelling: 90_000 is `1m30s`, 86_400_000 is `1d`. */
export function formatDuration(millis: Millis): string {
  let rest = Math.round(millis);
  if (rest <= 0) return "0s";
  let text = "";
  for (const [unit, size] of UNITS) {
    if (unit === "w") continue; // days read better than weeks
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}
