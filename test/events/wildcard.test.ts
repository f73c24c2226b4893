// Names with stars, held against the regular expression that says the same.
import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesWildcard } from "../../src/events/wildcard.ts";

test.each([
  ["web-1", "web-1", true],
  ["web-*", "web-1", true],
  ["*-1", "web-1", true],
  ["w*b*1", "web-1", true],
  ["*", "", true],
  ["a*a", "a", false],
  ["ab*ba", "aba", false],
  ["Web-*", "web-1", false],
  ["we?-1", "web-1", false],
])("%j matches %j: %s", (pattern, text, expected) => {
  expect(matchesWildcard(pattern, text)).toBe(expected);
});

test("agrees with the regular expression in which every star is `.*`", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "*", ".", "-"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (pattern, text) => {
      const source = pattern
        .split("*")
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
        .join("[^]*");
      return matchesWildcard(pattern, text) === new RegExp(`^${source}$`).test(text);
    }),
  );
});

test("a pattern of many stars against a long name is decided at once", () => {
  expect(matchesWildcard(`${"*a".repeat(200)}*b`, "a".repeat(20_000))).toBe(false);
});
