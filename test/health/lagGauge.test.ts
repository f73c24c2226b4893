// How late events are stored: of those that happened since the start and were stored lately.
import fc from "fast-check";
import { expect, test } from "vitest";
import { LagGauge } from "../../src/health/lagGauge.ts";

const START = Date.UTC(2026, 10, 23);

test("nothing measured is no lag, and what happened before the start is nothing measured", () => {
  const gauge = new LagGauge(START);
  gauge.measure(START - 1, START + 5_000);
  expect(gauge.read(START + 6_000)).toBeNull();
});

test("the median and the 99th of a hundred are those of the sorted list", () => {
  const gauge = new LagGauge(START);
  for (let late = 100; late > 0; late--) gauge.measure(START, START + late * 10);
  expect(gauge.read(START + 2_000)).toEqual({ events: 100, medianSeconds: 0.51, p99Seconds: 1 });
});

test("an event from the future is not late", () => {
  const gauge = new LagGauge(START);
  gauge.measure(START + 60_000, START);
  expect(gauge.read(START + 1)).toEqual({ events: 1, medianSeconds: 0, p99Seconds: 0 });
});

test("it measures the newest thousand of the last five minutes, as a list of all would say", () => {
  const stored = fc.record({ after: fc.nat(2_000), lag: fc.nat(10_000) });
  fc.assert(
    fc.property(fc.array(stored, { maxLength: 2_500, size: "max" }), fc.nat(600_000), (events, pause) => {
      const gauge = new LagGauge(START);
      const all: { readonly at: number; readonly lag: number }[] = [];
      let at = START + 10_000;
      for (const { after, lag } of events) {
        at += after;
        gauge.measure(at - lag, at);
        all.push({ at, lag });
      }
      const now = at + pause;
      const lags = all.slice(-1_000).filter((event) => event.at > now - 300_000);
      const read = gauge.read(now);
      expect(read?.events ?? 0).toBe(lags.length);
      if (read) {
        const below = (seconds: number) => lags.filter(({ lag }) => lag <= seconds * 1_000).length;
        expect(below(read.medianSeconds)).toBeGreaterThan(lags.length / 2 - 1);
        expect(below(read.p99Seconds)).toBeGreaterThanOrEqual(Math.floor(lags.length * 0.99));
      }
    }),
    { numRuns: 30 },
  );
});
