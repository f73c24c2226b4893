// A source that misbehaves in every way it can, and what its supervisor makes of it. The clock is the test's.
import { afterEach, expect, test } from "vitest";
import type { Source, SourceSink } from "../../src/sources/source.ts";
import { STEADY_AFTER, SupervisedSource } from "../../src/sources/supervisor.ts";
import { until } from "../cluster/cluster.ts";
import { TestClock } from "../cluster/testClock.ts";
import { TestLog } from "../cluster/testLog.ts";

type Run = Source["run"];

const SINK: SourceSink = {
  observed: async () => {},
  dispatched: async () => {},
  missed: async () => {},
  synced: async () => {},
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Runs of one source, in their order; the last one is run again and again. */
function supervise(runs: readonly Run[], status: Source["status"] = running) {
  const clock = new TestClock();
  const log = new TestLog();
  let calls = 0;
  const source: Source = {
    name: "shaky",
    version: "1",
    eventTypes: ["pod-restart"],
    status,
    run: (sink, signal) => (runs[Math.min(calls++, runs.length - 1)] ?? lasting)(sink, signal),
  };
  const supervised = new SupervisedSource(source, { clock, log });
  const life = new AbortController();
  const ended = supervised.run(SINK, life.signal);
  const stop = async (): Promise<void> => {
    life.abort();
    await ended;
  };
  stops.push(stop);
  return { supervised, clock, log, stop, calls: () => calls };
}

const running: Source["status"] = () => ({ state: "RUNNING", message: "at work", observed: 3, lastObservedAt: 5 });
const lasting: Run = (_sink, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
const rejecting: Run = async () => {
  throw new Error("its lines are garbled");
};

test("a source that is well is shown as it shows itself", async () => {
  const { supervised, stop } = supervise([lasting]);
  expect(supervised.status()).toEqual({
    name: "shaky",
    version: "1",
    eventTypes: ["pod-restart"],
    state: "RUNNING",
    message: "at work",
    observed: 3,
    lastObservedAt: 5,
    restarts: 0,
    lastFailure: null,
  });
  await stop();
  expect(supervised.status()).toMatchObject({ state: "STOPPED", restarts: 0 });
});

test("one that crashes in a loop is started again, ever slower, and shown degraded; when it lasts it is well again", async () => {
  const { supervised, clock, log, calls } = supervise([...new Array<Run>(8).fill(rejecting), lasting]);
  await until(() => calls() === 9);
  expect(clock.backoffs).toEqual([1_200, 2_400, 4_800, 9_600, 19_200, 30_000, 30_000, 30_000]);
  expect(log.at("error")).toHaveLength(8);
  expect(log.at("error")[0]?.fields).toEqual({ source: "shaky", reason: "its lines are garbled", waitMs: 1200 });

  expect(supervised.status()).toMatchObject({
    state: "DEGRADED",
    message: "failed: its lines are garbled; started again 8 times so far, now at work",
    restarts: 8,
    lastFailure: { at: clock.now() - 30_000, message: "its lines are garbled" },
  });
  clock.advance(STEADY_AFTER - 1);
  expect(supervised.status().state).toBe("DEGRADED");
  clock.advance(1);
  expect(supervised.status()).toMatchObject({ state: "RUNNING", message: "at work", restarts: 8 });
});

test("after it was well for a while the next failure is waited for as the first was", async () => {
  let fail = (_error: Error): void => {};
  const failingLater: Run = () =>
    new Promise((_resolve, reject) => {
      fail = reject;
    });
  const { clock, calls } = supervise([rejecting, rejecting, failingLater, lasting]);
  await until(() => calls() === 3);
  clock.advance(STEADY_AFTER);
  fail(new Error("late"));
  await until(() => calls() === 4);
  expect(clock.backoffs).toEqual([1_200, 2_400, 1_200]);
});

const ways: readonly [string, Run, string][] = [
  ["rejects", rejecting, "its lines are garbled"],
  [
    "throws at once",
    () => {
      throw new TypeError("undefined is not a function");
    },
    "undefined is not a function",
  ],
  ["rejects with what is no error", () => Promise.reject("just a text"), "just a text"],
  ["ends by itself", async () => {}, "it ended by itself"],
];

test.each(ways)("one that %s is started again", async (_how, run, reason) => {
  const { supervised, calls } = supervise([run, lasting]);
  await until(() => calls() === 2);
  expect(supervised.status()).toMatchObject({ state: "DEGRADED", restarts: 1, lastFailure: { message: reason } });
});

test("what a failed run has left behind is told to end before the next one begins", async () => {
  const signals: AbortSignal[] = [];
  const kept: Run = async (_sink, signal) => {
    signals.push(signal);
    throw new Error("half of it still runs");
  };
  const { calls } = supervise([kept, kept, lasting]);
  await until(() => calls() === 3);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test("one whose status throws is shown degraded, and runs on", async () => {
  const { supervised, calls } = supervise([lasting], () => {
    throw new Error("no idea");
  });
  expect(supervised.status()).toMatchObject({ state: "DEGRADED", message: "no status: no idea", observed: 0 });
  expect(calls()).toBe(1);
});

test("stopping in the middle of a wait ends it", async () => {
  const { supervised, calls, stop } = supervise([rejecting]);
  await until(() => calls() >= 2);
  await stop();
  const after = calls();
  expect(supervised.status().state).toBe("STOPPED");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(calls()).toBe(after);
});
