// Durations in Go's and Prometheus' spelling.
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, MAX_DURATION, parseDuration } from "../../src/events/duration.ts";

test.each([
  ["30s", 30_000],
  ["15m", 900_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["2w", 1_209_600_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["250ms", 250],
])("%s is %i ms", (text, millis) => {
  expect(parseDuration(text)).toBe(millis);
});

test.each(["", "10", "m", "0s", "-5m", "5 m", "1y", "5M", "1e3s", "Infinityh", "99999999d", `${"9".repeat(300)}s`])(
  "%j is not a duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test("formatting and parsing are inverse for whole milliseconds", () => {
  const millis = fc.integer({ min: 1, max: MAX_DURATION });
  fc.assert(fc.property(millis, (length) => parseDuration(formatDuration(length)) === length));
});
