// How rates are read.
import { expect, test } from "vitest";
import { parseRate } from "../../src/events/rate.ts";

test.each([
  ["200/s", 200, 200],
  ["600/m", 10, 600],
  ["7200/h", 2, 7_200],
  ["200/s:1000", 200, 1_000],
  ["60/m:5", 1, 5],
])("%s is so much a second, and so much at once", (text, perSecond, burst) => {
  expect(parseRate(text)).toEqual({ perSecond, burst });
});

test.each([
  "",
  "0/s",
  "1/s:0",
  "200",
  "200/d",
  "-1/s",
  "1.5/s",
  "1e3/s",
  "200/s:",
  " 200/s",
  "200/s:1:2",
  "9999999999/s",
])("%j is no rate", (text) => {
  expect(parseRate(text)).toBeUndefined();
});
