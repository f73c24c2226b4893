// Which rates hold: what was set, and by default none before callers prove who they are.
import { expect, test } from "vitest";
import { DEFAULT_RATES, NO_RATES, type RateSettings, ratesOf } from "../../../src/http/limits/rates.ts";

const AUTO: RateSettings = { requests: "auto", cost: "auto", streams: "auto", failures: "auto" };

test("left alone, there are no limits while nobody has to prove anything, and the defaults from then on", () => {
  expect(ratesOf(AUTO, false)).toEqual(NO_RATES);
  expect(ratesOf(AUTO, true)).toEqual(DEFAULT_RATES);
});

test("what was set holds either way, off as well", () => {
  const slow = { perSecond: 1, burst: 2 };
  for (const areCallersProven of [false, true]) {
    const rates = ratesOf({ ...AUTO, requests: slow, cost: null }, areCallersProven);
    expect(rates.requests).toEqual(slow);
    expect(rates.cost).toBeNull();
  }
});
