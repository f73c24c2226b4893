// The registry: both formats of the same numbers, and a scrape that stands whatever part of it fails.
import { expect, test } from "vitest";
import { Registry, setCount, setInstant } from "../../src/metrics/registry.ts";
import { readExposition } from "./exposition.ts";

test("both formats tell the same, in any order of asking", async () => {
  const registry = new Registry();
  registry.counter("khook_gateway_a_total", "A.", ["kind"]).inc({ kind: 'odd "one"\n' }, 3);
  registry.histogram("khook_gateway_b_seconds", "B.", [1, 2]).observe(1.5);
  registry.part("c", (part) => {
    const gauge = part.gauge("khook_gateway_c", "C.");
    return () => gauge.set(5);
  });
  for (const format of ["prometheus", "openmetrics", "prometheus", "openmetrics"] as const) {
    const scraped = readExposition((await registry.text(format)).text, format);
    expect(scraped.value("khook_gateway_a_total", { kind: 'odd "one"\n' })).toBe(3);
    expect(scraped.value("khook_gateway_b_seconds_bucket", { le: "2" })).toBe(1);
    expect(scraped.value("khook_gateway_c")).toBe(5);
    const family = scraped.families.find(({ help }) => help === "A.");
    expect(family?.name).toBe(format === "openmetrics" ? "khook_gateway_a" : "khook_gateway_a_total");
  }
});

test("a part that fails, at once or later, is left out and counted, and comes back", async () => {
  const registry = new Registry();
  let fails = true;
  registry.part("early", (part) => {
    const gauge = part.gauge("khook_gateway_early", "E.");
    return () => {
      if (fails) throw new Error("no");
      gauge.set(1);
    };
  });
  registry.part("late", (part) => {
    const counter = part.counter("khook_gateway_late_total", "L.");
    return async () => {
      await Promise.resolve();
      if (fails) throw new Error("no");
      setCount(counter, 7);
    };
  });
  registry.part("well", (part) => {
    const gauge = part.gauge("khook_gateway_well", "W.");
    return () => gauge.set(2);
  });
  const scrape = async () => readExposition((await registry.text("prometheus")).text, "prometheus");
  const broken = await scrape();
  expect(broken.families.map(({ name }) => name)).toEqual([
    "khook_gateway_scrape_failures_total",
    "khook_gateway_well",
  ]);
  expect(broken.value("khook_gateway_well")).toBe(2);
  fails = false;
  const mended = await scrape();
  expect(mended.value("khook_gateway_early")).toBe(1);
  expect(mended.value("khook_gateway_late_total")).toBe(7);
  expect(mended.value("khook_gateway_scrape_failures_total", { part: "early" })).toBe(1);
  expect(mended.value("khook_gateway_scrape_failures_total", { part: "late" })).toBe(1);
});

test("an instant that is not known has no sample", async () => {
  const registry = new Registry();
  let at: number | null = null;
  registry.part("times", (part) => {
    const gauge = part.gauge("khook_gateway_at_timestamp_seconds", "T.");
    return () => setInstant(gauge, at);
  });
  const scrape = async () => readExposition((await registry.text("prometheus")).text, "prometheus");
  expect((await scrape()).sum("khook_gateway_at_timestamp_seconds")).toBe(0);
  expect((await scrape()).samples.filter(({ name }) => name === "khook_gateway_at_timestamp_seconds")).toEqual([]);
  at = 1_500;
  expect((await scrape()).value("khook_gateway_at_timestamp_seconds")).toBe(1.5);
});
