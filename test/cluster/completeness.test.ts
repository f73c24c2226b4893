import { expect, test } from "vitest";
import { missedBetween, missedByReset } from "../../src/cluster/completeness.ts";

const HOUR = 3_600_000;
const at = (time: string): number => Date.parse(`2026-11-23T${time}Z`);
const away = { syncedAt: at("08:00:00"), listedAt: at("11:00:00"), oldestWrite: at("10:05:00"), skew: 0, ttl: HOUR };

test("whoever was away for less than the TTL missed nothing", () => {
  expect(missedBetween({ ...away, listedAt: at("08:59:59") })).toBeUndefined();
  expect(missedBetween({ ...away, listedAt: at("08:59:59"), oldestWrite: undefined })).toBeUndefined();
});

test("whoever was away for longer may have missed what was written before the TTL of now", () => {
  expect(missedBetween(away)).toEqual({
    from: at("08:00:00"),
    to: at("10:00:00"),
    reason: "not in sync for 3h, from 2026-11-23T08:00:00.000Z, and the cluster keeps Events for 1h",
  });
});

test("a list that is empty after that long proves nothing", () => {
  expect(missedBetween({ ...away, oldestWrite: undefined })).toMatchObject({
    from: at("08:00:00"),
    to: at("10:00:00"),
  });
});

test("an Event last written before we looked away proves that no later one has expired", () => {
  expect(missedBetween({ ...away, oldestWrite: at("07:59:00") })).toBeUndefined();
});

test("the proof is read by the cluster's clock, not by ours", () => {
  const skew = -2 * HOUR; // the cluster's clock is two hours behind: 07:59 there is 09:59 here
  expect(missedBetween({ ...away, oldestWrite: at("07:59:00"), skew })).toBeDefined();
  expect(missedBetween({ ...away, oldestWrite: at("05:59:00"), skew })).toBeUndefined();
});

test("a store that never saw anything missed nothing", () => {
  expect(missedBetween({ ...away, syncedAt: undefined })).toBeUndefined();
  expect(missedByReset(undefined, at("11:00:00"))).toBeUndefined();
});

test("after the storage went back, all since we last looked is in doubt", () => {
  expect(missedByReset(at("08:00:00"), at("08:05:00"))).toEqual({
    from: at("08:00:00"),
    to: at("08:05:00"),
    reason: "the cluster's resource versions went back: its storage was restored or replaced",
  });
});
