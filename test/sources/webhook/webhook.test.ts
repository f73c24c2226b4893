// The webhook source by itself: when it takes what it is told, and how it ends. What it takes is tested over sockets.
import { expect, test } from "vitest";
import type { Observation } from "../../../src/events/event.ts";
import type { SourceSink } from "../../../src/sources/source.ts";
import { webhookSource } from "../../../src/sources/webhook/webhook.ts";
import { until } from "../../cluster/cluster.ts";
import { TestClock } from "../../cluster/testClock.ts";
import { TestLog } from "../../cluster/testLog.ts";
import { EVENT, NOW, STRUCTURED } from "./reading.ts";

const DELIVERY = { headers: { "content-type": STRUCTURED }, body: Buffer.from(JSON.stringify(EVENT)) };

function setUp({ hooksReady = Promise.resolve() as Promise<unknown>, patience = 30_000 } = {}) {
  const clock = new TestClock({ now: NOW, patience });
  const given: Observation[] = [];
  let storing: Promise<void> = Promise.resolve();
  const sink: SourceSink = {
    observed: async (observations) => {
      await storing;
      given.push(...observations);
    },
    dispatched: async () => {},
    missed: async () => {},
    synced: async () => {},
  };
  const source = webhookSource({
    cluster: "kind",
    mappings: [
      {
        source: "webhook",
        reportedType: EVENT.type,
        eventType: "some-event",
        severity: "LOW",
        description: "",
        tags: {},
      },
    ],
    secrets: { of: async () => ["secret"] },
    hooksReady,
    clock,
    log: new TestLog(),
  });
  const life = new AbortController();
  return {
    source,
    clock,
    given,
    hold: (until: Promise<void>) => {
      storing = until;
    },
    run: () => source.run(sink, life.signal),
    stop: () => life.abort(),
    isTaken: async () => (await source.receive("ci", DELIVERY)).kind === "received",
  };
}

test("before it runs, and after, nothing is taken, and the sender is to come again", async () => {
  const { source, run, stop, isTaken, given } = setUp();
  expect([source.status().state, await source.receive("ci", DELIVERY)]).toEqual(["STARTING", { kind: "unavailable" }]);
  const ended = run();
  await until(() => source.status().state === "RUNNING");
  expect(await isTaken()).toBe(true);
  stop();
  await ended;
  expect([source.status().state, await source.receive("ci", DELIVERY)]).toEqual(["STOPPED", { kind: "unavailable" }]);
  expect(given).toHaveLength(1);
});

test("what cannot be read is told also before it runs", async () => {
  const { source } = setUp();
  expect(await source.receive("ci", { ...DELIVERY, body: Buffer.from("{}") })).toMatchObject({ kind: "faults" });
});

test("nothing is taken before the hooks are known", async () => {
  const { promise: hooksReady, resolve } = Promise.withResolvers<void>();
  const { source, run, stop, isTaken } = setUp({ hooksReady, patience: 0 });
  const ended = run();
  expect([source.status().state, await isTaken()]).toEqual(["STARTING", false]);
  resolve();
  await until(() => source.status().state === "RUNNING");
  expect(await isTaken()).toBe(true);
  stop();
  await ended;
});

test("without a cluster it takes what it is told after ten seconds", async () => {
  const { source, clock, run, stop, isTaken } = setUp({ hooksReady: new Promise(() => {}), patience: 0 });
  const ended = run();
  clock.advance(9_999);
  expect(await isTaken()).toBe(false);
  clock.advance(1);
  await until(() => source.status().state === "RUNNING");
  expect(await isTaken()).toBe(true);
  stop();
  await ended;
});

test("it ends when what is under way is stored", async () => {
  const { source, run, stop, hold, given } = setUp();
  const ended = run();
  await until(() => source.status().state === "RUNNING");
  const { promise, resolve } = Promise.withResolvers<void>();
  hold(promise);
  const outcome = source.receive("ci", DELIVERY);
  stop();
  await new Promise((settled) => setTimeout(settled, 20));
  expect([source.status().state, given.length]).toEqual(["RUNNING", 0]);
  resolve();
  await ended;
  expect([(await outcome).kind, given.length]).toEqual(["received", 1]);
});
