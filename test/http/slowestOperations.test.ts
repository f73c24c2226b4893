// The table of the slowest operations, by a clock that the test moves.
import { expect, test } from "vitest";
import type { ObservedOperation } from "../../src/graph/observedExecutor.ts";
import { SlowestOperations } from "../../src/http/slowestOperations.ts";

function table() {
  let time = 0;
  const routes = new Map([["ListEvents", "/api/v1/events"]]);
  const slowest = new SlowestOperations({ now: () => 1_000 + time, elapsed: () => time, routes });
  const run = (title: string | undefined, ms: number, more: Partial<ObservedOperation> = {}) =>
    slowest.around({ name: undefined, title, kind: "query", requestId: `r-${time}`, ...more }, async () => {
      time += ms;
      return { data: ms };
    });
  return { slowest, run };
}

test("each operation is there once, with its slowest run, the slowest first", async () => {
  const { slowest, run } = table();
  expect(await run("ListEvents", 5, { name: "ListEvents" })).toEqual({ data: 5 });
  await run("ListEvents", 50, { name: "ListEvents" });
  await run("ListEvents", 7); // a caller's, called the same
  await run("ListEvents", 9, { name: "ListEvents" });
  await run(undefined, 100, { kind: "subscription" });
  expect(slowest.list()).toEqual([
    { operation: "anonymous", route: "/graphql", kind: "subscription", ms: 100, at: 1_171, requestId: "r-71" },
    { operation: "ListEvents", route: "/api/v1/events", kind: "query", ms: 50, at: 1_055, requestId: "r-5" },
    { operation: "ListEvents", route: "/graphql", kind: "query", ms: 7, at: 1_062, requestId: "r-55" },
  ]);
});

test("twenty are kept, whatever they are called, and one that fails counts", async () => {
  const { slowest, run } = table();
  const lengths = Array.from({ length: 500 }, (_, index) => (index * 7919) % 500);
  for (const ms of lengths) await run(`Op${ms}${"x".repeat(1_000)}`, ms);
  expect(slowest.list().map(({ ms }) => ms)).toEqual(Array.from({ length: 20 }, (_, index) => 499 - index));
  expect(Math.max(...slowest.list().map(({ operation }) => operation.length))).toBe(100);
  const failing = slowest.around({ name: undefined, title: "Fails", kind: "query", requestId: "r" }, async () => {
    await run("Other", 1_000);
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(
    slowest
      .list()
      .slice(0, 2)
      .map(({ operation }) => operation)
      .sort(),
  ).toEqual(["Fails", "Other"]);
});
