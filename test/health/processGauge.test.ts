// What the process uses against its bounds, on this very process.
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ProcessGauge, type ProcessGaugeOptions } from "../../src/health/processGauge.ts";

function gaugeOf(options: Partial<ProcessGaugeOptions> = {}): ProcessGauge {
  const gauge = new ProcessGauge({ elapsed: () => performance.now(), ...options });
  onTestFinished(() => gauge.stop());
  return gauge;
}

test("memory near its limit is degraded, and well again when there is room", () => {
  let limit: number | null = null;
  const gauge = gaugeOf({ memoryLimit: () => limit });
  const verdictAt = (room: number | null) => {
    limit = room === null ? null : Math.floor(process.memoryUsage().rss * room);
    gauge.read();
    return gauge.verdict;
  };
  expect(verdictAt(null).status).toBe("HEALTHY");
  expect(verdictAt(1.05)).toEqual({ status: "DEGRADED", message: expect.stringMatching(/^memory: \d+ of \d+ MiB$/) });
  expect(gauge.use.memoryLimitBytes).toBe(limit);
  expect(verdictAt(1.5).status).toBe("HEALTHY");
});

test("an event loop that comes late in three readings in a row is degraded, one that does once is not", async () => {
  const gauge = gaugeOf();
  const late = async () => {
    await pause(30);
    block(700);
    await pause(30);
    gauge.read();
    return gauge.verdict.status;
  };
  await pause(30);
  gauge.read();
  expect([await late(), await late(), await late()]).toEqual(["HEALTHY", "HEALTHY", "DEGRADED"]);
  expect(gauge.verdict.message).toMatch(/^the event loop comes up to \d{3,4} ms late$/);
  await pause(50);
  gauge.read();
  expect(gauge.verdict.status).toBe("HEALTHY");
});

test("cores are measured from one reading to the next", () => {
  const gauge = gaugeOf();
  gauge.read();
  block(300);
  gauge.read();
  expect(gauge.use.cpuCores).toBeGreaterThan(0.2);
  expect(gauge.use.cpuCores).toBeLessThan(4);
});

function block(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}
