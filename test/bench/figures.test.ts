// A figure says what its rounds gave: the middle one, and whether that is enough. Wrong answers are never enough.
import { expect, test } from "vitest";
import { atLeast, figure, median, ratios, under } from "./figures.ts";

const SAID = { section: "list", path: "a", against: "b" };

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test("ratios are taken round by round", () => {
  expect(ratios([10, 30], [5, 10])).toEqual([2, 3]);
});

test("a target is met by the median, not by the best round", () => {
  expect(figure({ ...SAID, values: [1, 1.2, 9], target: atLeast(1.3) }).reached).toBe(false);
  expect(figure({ ...SAID, values: [1, 1.3, 9], target: atLeast(1.3) }).reached).toBe(true);
  expect(figure({ ...SAID, values: [0.1, 2, 3], target: under(2) }).reached).toBe(false);
});

test("a figure with wrong answers is not reached, and one without a target neither is nor is not", () => {
  expect(figure({ ...SAID, values: [9], target: atLeast(1), faults: ["status 500"] }).reached).toBe(false);
  expect(figure({ ...SAID, values: [9] }).reached).toBeUndefined();
});

test("a figure without a value is not reached", () => {
  expect(figure({ ...SAID, values: [], target: under(2) }).reached).toBe(false);
  expect(figure({ ...SAID, values: [Number.NaN], target: atLeast(1) }).reached).toBe(false);
});
