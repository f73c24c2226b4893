// Whatever the text is: an answer in bounded time, with a place inside the text for each finding.
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_FINDINGS } from "../../src/hooks/finding.ts";
import { MAX_MANIFEST } from "../../src/hooks/limits.ts";
import { GOOD, validated } from "./marked.ts";

/** More than the slowest takes on a machine that is busy with something else. */
const SECONDS = 4;

function judged(text: string): ReturnType<typeof validated> {
  const start = performance.now();
  const found = validated(text);
  expect(performance.now() - start).toBeLessThan(SECONDS * 1000);
  const lines = text.split("\n");
  for (const { line, column } of [...found.errors, ...found.warnings]) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
  }
  expect(found.errors.length).toBeLessThanOrEqual(MAX_FINDINGS);
  return found;
}

const words = ["apiVersion: kagent.dev/v1alpha2", "kind: Hook", "metadata:", "spec:", "name: x", "- ", "? ", ": ", "  ", "\n", "\t", "---\n", "...\n",
  "%YAML 1.2\n", "&a ", "*a", "<<: *a", "!!str ", "!x ", "!!binary ", "|\n", ">-\n", "[", "]", "{", "}", ",", '"', "'", "#", "\\u0000", "\u0000",
  "\ufeff", "\u2028", "{{.Reason}}", "{{", "}}", "~", "null", ".inf", "1e999", "__proto__: 1", "constructor: {}", "eventConfigurations:", "prompt: ", "\r\n", "\ud800",
]; // biome-ignore format: a list to be read across

test("texts made of YAML's own words", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (parts) => void judged(parts.join(""))),
    { numRuns: 3000, seed: 20261125 },
  );
}, 120_000);

test("any text, and any JSON", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.json({ maxDepth: 8 })),
      (text) => void judged(text),
    ),
    { numRuns: 2000, seed: 20261125 },
  );
}, 120_000);

test("any value in any place of a hook", () => {
  const places = [...GOOD.matchAll(/(?<=: ).+$/gm)].map(({ 0: piece, index }) => ({ piece, index }));
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.json({ maxDepth: 3 }), ({ piece, index }, json) => {
      judged(GOOD.slice(0, index) + json + GOOD.slice(index + piece.length));
    }),
    { numRuns: 2000, seed: 20261125 },
  );
}, 120_000);

const MOST = MAX_MANIFEST;
const many = (text: string) => text.repeat(Math.floor(MOST / text.length));
const numbered = (line: (index: number) => string, count: number) =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

test.each([
  ["brackets", many("[")],
  ["braces", many("{a: ")],
  ["dashes", many("- ")],
  ["question marks", many("? ")],
  ["indentation", numbered((index) => `${" ".repeat(index)}a:`, 700)],
  ["documents", many("---\na\n")],
  ["keys", numbered((index) => `k${index}: 1`, 14_000)],
  ["equal keys", numbered(() => "k: 1", 14_000)],
  ["anchors", numbered((index) => `- &a${index} x`, 12_000)],
  ["aliases", `a: &a x\nb:\n${"- *a\n".repeat(19_000)}`],
  ["aliases of nothing", "- *a\n".repeat(19_000)],
  [
    "a bomb",
    [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...[..."bcdefghij"].map((key, index) => `${key}: &${key} [${Array(9).fill(`*${"abcdefghi"[index]}`)}]`),
    ].join("\n"),
  ],
  ["a cycle", "a: &a [*a, *a, *a]"],
  ["a cycle of merges", "a: &a\n  <<: *a\n"],
  ["merges", `a: &a {x: 1}\n${numbered((index) => `k${index}:\n  <<: *a`, 6000)}`],
  ["quotes", many('"')],
  ["tabs", many("\t")],
  ["percent signs", many("%a\n")],
  ["tags", many("! ")],
  ["NULs", many("\u0000")],
  ["block scalars", many("|\n")],
  ["flow keys", `{${numbered((index) => `k${index},`, 20_000)}}`],
  ["an open string", `"${many("\\")}`],
  ["a long key", `${"k".repeat(MOST - 10)}: 1`],
  ["a long name", `kind: Hook\nmetadata:\n  name: ${"a.".repeat(MOST / 2 - 40)}`],
  ["open placeholders", `kind: Hook\nspec:\n  eventConfigurations:\n  - prompt: '${"{{".repeat(MOST / 2 - 100)}'`],
  [
    "placeholders",
    `kind: Hook\nspec:\n  eventConfigurations:\n  - prompt: '${numbered((index) => `{{a${index}}}`, 20_000)}'`,
  ],
  ["entries", `kind: Hook\nspec:\n  eventConfigurations:\n${"  - eventType: x\n".repeat(9_000)}`],
  ["too much", "x".repeat(10 * 1024 * 1024)],
])(
  "a text full of %s",
  (_, text) => {
    expect(judged(text).valid).toBe(false);
  },
  60_000,
);
