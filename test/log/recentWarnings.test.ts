// The ring of recent warnings: what is kept of them, how many, and that the log hears them all the same.
import pino from "pino";
import { expect, test } from "vitest";
import { RecentWarnings } from "../../src/log/recentWarnings.ts";

function heard(level = "info") {
  const lines: string[] = [];
  let now = 1_000;
  const warnings = new RecentWarnings(() => now++);
  const log = warnings.heardFrom(pino({ level }, { write: (line: string) => void lines.push(line) }));
  return { warnings, log, lines };
}

test("warnings and errors are kept, newest first, and logged as they would have been", () => {
  const { warnings, log, lines } = heard();
  log.debug("quiet");
  log.info({ a: 1 }, "fine");
  log.warn({ path: "/apis", status: 503, more: { deep: true } }, "not in sync");
  log.error({ err: new Error("disk full"), requestId: "r-1" }, "it failed");
  log.warn("a text alone");
  log.error(new Error("an error alone"));
  expect(warnings.list()).toEqual([
    { at: 1_003, level: "error", message: "", details: { error: "an error alone" } },
    { at: 1_002, level: "warn", message: "a text alone", details: {} },
    { at: 1_001, level: "error", message: "it failed", details: { error: "disk full", requestId: "r-1" } },
    { at: 1_000, level: "warn", message: "not in sync", details: { path: "/apis", status: 503 } },
  ]);
  expect(JSON.stringify(warnings.list())).not.toContain("at file:");
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    "fine",
    "not in sync",
    "it failed",
    "a text alone",
    "an error alone",
  ]);
});

test("they are kept even when the log is silent", () => {
  const { warnings, log, lines } = heard("silent");
  log.warn({ a: "b" }, "nobody hears this");
  expect(lines).toEqual([]);
  expect(warnings.list()).toMatchObject([{ message: "nobody hears this" }]);
});

test("a hundred are kept, each cut to size", () => {
  const { warnings, log } = heard("silent");
  for (let i = 0; i < 250; i++) log.warn({ text: "x".repeat(10_000), i }, `warning ${i}`);
  const kept = warnings.list();
  expect(kept.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_, i) => `warning ${249 - i}`));
  expect(String(kept[0]?.details.text).length).toBe(501);
});
