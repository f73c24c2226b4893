// The reader of expositions, held against texts that are wrong: a test that lets everything pass shows nothing.
import { expect, test } from "vitest";
import { lint, readExposition } from "./exposition.ts";

const GOOD = '# HELP a_total Things.\n# TYPE a_total counter\na_total{b="x\\"y"} 1\n';

test("a good text is read as it stands", () => {
  const scraped = readExposition(GOOD, "prometheus");
  expect(scraped.samples).toEqual([{ name: "a_total", labels: { b: 'x"y' }, value: 1 }]);
  expect(lint(scraped)).toEqual([]);
});

test.each([
  ["no end of the last line", GOOD.slice(0, -1)],
  ["a sample of nothing", "a 1\n"],
  ["no type", "# HELP a Things.\na 1\n"],
  ["a family that comes twice", GOOD + GOOD],
  ["a series that comes twice", `${GOOD}a_total{b="x\\"y"} 2\n`],
  ["a number that is none", GOOD.replace("} 1", "} one")],
  ["labels without an end", GOOD.replace("} 1", " 1")],
])("refused: %s", (_, text) => {
  expect(() => readExposition(text, "prometheus")).toThrow();
});

test("refused: an OpenMetrics text without its end, or with a family named like its samples", () => {
  expect(() => readExposition(GOOD, "openmetrics")).toThrow("# EOF");
  expect(() => readExposition(`${GOOD}# EOF\n`, "openmetrics")).toThrow("stray");
});

test.each([
  ["counter", "a", "_total"],
  ["gauge", "a_total", "_total"],
  ["gauge", "a_count", "histogram"],
  ["gauge", "a_gauge", "type"],
  ["gauge", "a_ms", "abbreviated"],
  ["gauge", "a_milliseconds", "base unit"],
  ["gauge", "aB", "snake_case"],
])("a %s called %s is complained of", (type, name, about) => {
  const [fault = ""] = lint(readExposition(`# HELP ${name} X.\n# TYPE ${name} ${type}\n${name} 1\n`, "prometheus"));
  expect(fault).toContain(about);
});

test.each([
  ["no last bucket", 'h_bucket{le="1"} 1\nh_sum 1\nh_count 1'],
  ["bounds in disorder", 'h_bucket{le="2"} 1\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1'],
  ["buckets do not add up", 'h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1'],
  ["the last bucket is not the count", 'h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2'],
])("a histogram is complained of: %s", (fault, samples) => {
  const text = `# HELP h X.\n# TYPE h histogram\n${samples}\n`;
  expect(lint(readExposition(text, "prometheus"))).toEqual([`h: ${fault}`]);
});
