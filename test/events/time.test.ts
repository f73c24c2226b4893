// Instants: what is a time, and what is not.
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatInstant, parseInstant } from "../../src/events/time.ts";

test.each([
  ["2026-11-23T08:01:24Z", "2026-11-23T08:01:24.000Z"],
  ["2026-11-23T08:01:42.763277Z", "2026-11-23T08:01:42.763Z"],
  ["2026-11-23t10:01:42.9+02:00", "2026-11-23T08:01:42.900Z"],
  ["2026-11-23T00:30:00-05:30", "2026-11-23T06:00:00.000Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
])("%s is the instant %s", (text, expected) => {
  expect(formatInstant(parseInstant(text) ?? Number.NaN)).toBe(expected);
});

test.each([
  "",
  "now",
  "2026-11-23",
  "2026-11-23T08:01:24",
  "2026-02-30T00:00:00Z",
  "2025-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-23T24:00:00Z",
  "2026-11-23T08:60:00Z",
  "2026-11-23T08:01:24.Z",
  "2026-11-23T08:01:24Z ",
  "1763884884",
  "2026-02-30T00:00:00.000Z",
  "2026-13-01T00:00:00.000Z",
  "2026-00-01T00:00:00.000Z",
  "2026-11-00T00:00:00.000Z",
  "2026-11-23T24:00:00.000Z",
  "2026-11-23T08:60:00.000Z",
  "2026-11-23T08:01:60.000Z",
  "2026-11-23T08:01:24.00-Z",
  "2026-11-23T08:01:24.763+",
  "2026-1a-23T08:01:24.763Z",
  "0000-11-23T08:01:24.763Z",
])("%j is not a time", (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test("formatting and parsing are inverse for every millisecond of the years 1 to 9999", () => {
  const instants = fc.integer({ min: Date.parse("0001-01-01T00:00:00Z"), max: Date.parse("9999-12-31T23:59:59.999Z") });
  fc.assert(fc.property(instants, (instant) => parseInstant(formatInstant(instant)) === instant));
});

test("a time is formatted as JavaScript's Date has it, at the ends of days and between milliseconds too", () => {
  const DAY = 86_400_000;
  const day = fc.integer({ min: -700_000, max: 2_900_000 });
  const offset = fc.oneof(
    fc.constantFrom(0, 1, 999, DAY - 1),
    fc.double({ min: 0, max: DAY, noNaN: true, maxExcluded: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(day, offset), { minLength: 1 }), (times) => {
      for (const [number, millis] of times) {
        const instant = number * DAY + millis;
        expect(formatInstant(instant)).toBe(new Date(instant).toISOString());
      }
    }),
  );
  expect(() => formatInstant(Number.NaN)).toThrow(RangeError);
});
