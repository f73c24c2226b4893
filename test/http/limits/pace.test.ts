// How fast sockets are heard: a burst at once, then no more than a rate, and all sockets of a caller together.
import { expect, test } from "vitest";
import { Paces } from "../../../src/http/limits/pace.ts";

const MIB = 1024 * 1024;

test("a socket is heard at once until its burst is used up, and what is too much is waited for", () => {
  const pace = new Paces().of("ann");
  expect(pace.heard(16 * MIB)).toBeLessThan(5);
  const wait = pace.heard(4 * MIB);
  expect(wait).toBeGreaterThan(1_900); // at 2 MiB in a second
  expect(wait).toBeLessThanOrEqual(2_001);
});

test("ten thousand messages in one go are heard at once, a hundred thousand are not", () => {
  const pace = new Paces().of("ann");
  for (let times = 0; times < 10_000; times++) expect(pace.heardMessage()).toBe(0);
  for (let times = 0; times < 90_000; times++) pace.heardMessage();
  expect(pace.heardMessage()).toBeGreaterThan(30_000);
});

test("sockets of one caller share what it has, and take nothing from others", () => {
  const paces = new Paces();
  for (let sockets = 0; sockets < 8; sockets++) paces.of("ann").heard(15 * MIB);
  expect(paces.of("ann").heard(1)).toBeGreaterThan(5_000);
  expect(paces.of("bob").heard(1)).toBe(0);
});
