// How fast one caller may go on, by what it uses up. Limited by default as soon as callers prove who they are.
// While nobody can be told from anybody there is one bucket for all, and one caller in a hurry would shut out the others.
import type { Rate } from "../../events/rate.ts";

/**
 * `requests`: of HTTP, and operations over GraphQL sockets. `cost`: what graph/limits.ts counts, of what is executed.
 * `streams`: opened. `failures`: to prove who one is; told by address, whoever it may be.
 */
export const RATE_KINDS = ["requests", "cost", "streams", "failures"] as const;
export type RateKind = (typeof RATE_KINDS)[number];

/** null is without a limit; `auto` is left to be found out. */
export type RateSetting = Rate | "auto" | null;

export type RateSettings = Readonly<Record<RateKind, RateSetting>>;
export type Rates = Readonly<Record<RateKind, Rate | null>>;

/** A busy UI, or a backend with thousands of streams that all come back at once, stays below them. */
export const DEFAULT_RATES = {
  requests: { perSecond: 200, burst: 1_000 },
  /** At most some ten of the largest pages in a second, and one or two from then on. */
  cost: { perSecond: 200_000, burst: 2_000_000 },
  streams: { perSecond: 100, burst: 10_000 },
  failures: { perSecond: 1, burst: 60 },
} as const satisfies Rates;

export const NO_RATES: Rates = { requests: null, cost: null, streams: null, failures: null };

export function ratesOf(settings: RateSettings, areCallersProven: boolean): Rates {
  const rateOf = (kind: RateKind): Rate | null => {
    const setting = settings[kind];
    if (setting !== "auto") return setting;
    return areCallersProven ? DEFAULT_RATES[kind] : null;
  };
  return {
    requests: rateOf("requests"),
    cost: rateOf("cost"),
    streams: rateOf("streams"),
    failures: rateOf("failures"),
  };
}
