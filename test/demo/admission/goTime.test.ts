// Times as Go's time package reads and refuses them.
import { describe, expect, test } from "vitest";
import { parseTime } from "../../../src/demo/admission/goTime.ts";

describe("a Time", () => {
  test.each([
    ["2026-11-23T08:01:24Z", "2026-11-23T08:01:24Z"],
    ["2026-11-23T08:01:24.987Z", "2026-11-23T08:01:24Z"],
    ["2026-11-23T00:30:00+01:00", "2026-11-22T23:30:00Z"],
  ])("%s is kept as %s", (text, expected) => {
    expect(parseTime(text, "time")).toEqual({ text: expected });
  });

  test.each([
    ["yesterday", 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ["2026-11-23", 'parsing time "2026-11-23" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ["2026-02-29T00:00:00Z", 'parsing time "2026-02-29T00:00:00Z": day out of range'],
    ["2026-13-01T00:00:00Z", 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ["2026-11-23T24:00:00Z", 'parsing time "2026-11-23T24:00:00Z": hour out of range'],
    ["2026-11-23T08:01:24Zx", 'parsing time "2026-11-23T08:01:24Zx": extra text: "x"'],
  ])("%s is refused in Go's words", (text, error) => {
    expect(parseTime(text, "time")).toEqual({ error });
  });
});

describe("a MicroTime", () => {
  test("has exactly six digits and keeps them", () => {
    expect(parseTime("2026-11-23T09:01:24.000001+01:00", "microTime")).toEqual({ text: "2026-11-23T08:01:24.000001Z" });
    for (const text of ["2026-11-23T08:01:24.123Z", "2026-11-23T08:01:24.1234567Z"]) {
      expect(parseTime(text, "microTime")).toHaveProperty("error", expect.stringContaining("cannot parse"));
    }
  });
});
