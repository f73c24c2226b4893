// DateTime and Duration: what they take, what they answer, and how they refuse.
import { Kind, parseValue } from "graphql";
import { expect, test } from "vitest";
import { DateTime, Duration } from "../../src/graph/scalars.ts";

test("a time is taken with any offset and answered in UTC with milliseconds", () => {
  const instant = DateTime.parseValue("2026-11-23T09:01:24.7639999+01:00");
  expect(instant).toBe(Date.UTC(2026, 10, 23, 8, 1, 24, 763));
  expect(DateTime.serialize(instant)).toBe("2026-11-23T08:01:24.763Z");
});

test("a duration is taken in any spelling and answered in its shortest", () => {
  expect(Duration.parseValue("90s")).toBe(90_000);
  expect(Duration.serialize(90_000)).toBe("1m30s");
});

test("a literal is read like a variable", () => {
  expect(DateTime.parseLiteral({ kind: Kind.STRING, value: "1970-01-01T00:00:01Z" })).toBe(1000);
  expect(Duration.parseLiteral(parseValue('"1h"'))).toBe(3_600_000);
});

test("what is no time or duration is refused by name, with what would be right", () => {
  expect(() => DateTime.parseValue("2026-02-30T00:00:00Z")).toThrow(
    'DateTime cannot be "2026-02-30T00:00:00Z": give an RFC 3339 time such as "2026-11-23T08:01:24Z".',
  );
  expect(() => DateTime.parseValue(1_700_000_000)).toThrow("DateTime cannot be 1700000000:");
  expect(() => Duration.parseValue("0s")).toThrow(
    'Duration cannot be "0s": give a duration above zero and of at most 100 years, such as "30s", "15m", "24h" or "7d".',
  );
  expect(() => Duration.parseLiteral({ kind: Kind.INT, value: "5" })).toThrow("Duration cannot be 5:");
  expect(() => Duration.parseLiteral(parseValue("[1]"))).toThrow("Duration cannot be null:");
});

test("a long value is cut in its refusal", () => {
  expect(() => Duration.parseValue("x".repeat(10_000))).toThrow(/^Duration cannot be "x{79}…: give/);
});
