// Checks both recorders against the rules of client-go's tools/record and tools/events.
import { beforeEach, describe, expect, it } from "vitest";
import { CoreRecorder } from "../../../src/demo/scenario/coreRecorder.ts";
import { CLIENT_GO_LIMITS } from "../../../src/demo/scenario/correlator.ts";
import { EventsRecorder, type Happening } from "../../../src/demo/scenario/eventsRecorder.ts";
import { Random } from "../../../src/demo/scenario/random.ts";
import { Timeline } from "../../../src/demo/scenario/timeline.ts";
import { EventLog, POD } from "./eventLog.ts";

const START = Date.parse("2026-11-23T08:00:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let now: number;
let log: EventLog;

beforeEach(() => {
  now = START;
  log = new EventLog();
});

function kubelet(limits = CLIENT_GO_LIMITS): CoreRecorder {
  const source = { component: "kubelet", host: "worker-1" };
  return new CoreRecorder({ source, sink: log, now: () => now, random: new Random("kubelet"), limits });
}

describe("the core recorder", () => {
  it("makes an Event as kubelet's are: eventTime null, count 1, whole seconds, its node as reporting instance", () => {
    kubelet().warning(POD, "BackOff", "Back-off restarting failed container");
    const [event] = log.core;
    expect(event).toMatchObject({
      apiVersion: "v1",
      kind: "Event",
      involvedObject: POD,
      reason: "BackOff",
      message: "Back-off restarting failed container",
      type: "Warning",
      count: 1,
      firstTimestamp: "2026-11-23T08:00:00Z",
      lastTimestamp: "2026-11-23T08:00:00Z",
      eventTime: null,
      source: { component: "kubelet", host: "worker-1" },
      reportingComponent: "kubelet",
      reportingInstance: "worker-1",
    });
    expect(event?.metadata.namespace).toBe("shop");
  });

  it("names an Event by its object and the nanoseconds of its making", () => {
    kubelet().normal(POD, "Pulled", "x");
    const name = log.core[0]?.metadata.name ?? "";
    expect(name).toMatch(/^web-1\.[0-9a-f]{16}$/);
    const nanoseconds = BigInt(`0x${name.slice("web-1.".length)}`);
    expect(nanoseconds / 1_000_000n).toBe(BigInt(START));
  });

  it("puts Events about what has no namespace into default", () => {
    kubelet().normal({ kind: "Node", name: "worker-1", uid: "worker-1" }, "NodeReady", "x");
    expect(log.core[0]?.metadata.namespace).toBe("default");
  });

  it("patches count and lastTimestamp of the same object on a repeat", () => {
    const recorder = kubelet();
    for (let times = 0; times < 3; times += 1) {
      recorder.warning(POD, "BackOff", "same");
      now += 12 * SECOND;
    }
    expect(log.writes).toEqual(["create", "patch", "patch"]);
    expect(log.core).toHaveLength(1);
    expect(log.core[0]).toMatchObject({
      count: 3,
      firstTimestamp: "2026-11-23T08:00:00Z",
      lastTimestamp: "2026-11-23T08:00:24Z",
    });
  });

  it("keeps apart what differs by reason, type, container or message", () => {
    const recorder = kubelet();
    recorder.warning(POD, "BackOff", "same");
    recorder.warning(POD, "Failed", "same");
    recorder.normal(POD, "BackOff", "same");
    recorder.warning({ ...POD, fieldPath: "spec.containers{sidecar}" }, "BackOff", "same");
    recorder.warning(POD, "BackOff", "other");
    expect(log.core).toHaveLength(5);
  });

  it("makes the tenth different message of one kind the aggregate, which each further one then repeats", () => {
    // client-go's comments speak of more than ten; its code asks for fewer than ten to let one through.
    const recorder = kubelet();
    for (let index = 1; index <= 14; index += 1) {
      recorder.warning(POD, "Unhealthy", `Readiness probe failed: port ${index}`);
      now += 5 * SECOND;
    }
    const plain = log.core.filter(({ message }) => !message.startsWith("("));
    const combined = log.core.filter(({ message }) => message.startsWith("(combined from similar events): "));
    expect(plain).toHaveLength(9);
    expect(combined).toHaveLength(1);
    expect(combined[0]).toMatchObject({
      count: 5,
      message: "(combined from similar events): Readiness probe failed: port 14",
      firstTimestamp: "2026-11-23T08:00:45Z",
      lastTimestamp: "2026-11-23T08:01:05Z",
      reportingComponent: "",
      reportingInstance: "",
      source: { component: "kubelet", host: "worker-1" },
    });
  });

  it("forgets what was similar after a pause of over 10 minutes, not of exactly 10", () => {
    const recorder = kubelet({ ...CLIENT_GO_LIMITS, burst: 100 });
    const burst = (from: number) => {
      for (let index = from; index < from + 9; index += 1) recorder.warning(POD, "Unhealthy", `message ${index}`);
    };
    burst(0);
    now += 10 * MINUTE + 1;
    burst(100);
    expect(log.core.filter(({ message }) => message.startsWith("("))).toHaveLength(0);
    now += 10 * MINUTE;
    recorder.warning(POD, "Unhealthy", "message 200");
    expect(log.core.filter(({ message }) => message.startsWith("("))).toHaveLength(1);
  });

  it("lets 25 through about one object, then one each 5 minutes, whatever their kind", () => {
    const recorder = kubelet();
    for (let times = 0; times < 40; times += 1) recorder.normal(POD, times % 2 === 0 ? "Created" : "Started", "x");
    expect(log.writes).toHaveLength(25);
    now += 5 * MINUTE - SECOND;
    recorder.normal(POD, "Created", "x");
    expect(log.writes).toHaveLength(25);
    now += SECOND;
    recorder.normal(POD, "Created", "x");
    expect(log.writes).toHaveLength(26);
    recorder.normal(POD, "Created", "x");
    expect(log.writes).toHaveLength(26);
  });

  it("counts what it does not send, so that the count jumps", () => {
    const recorder = kubelet();
    for (let times = 0; times < 40; times += 1) recorder.warning(POD, "BackOff", "same");
    expect(log.core[0]?.count).toBe(25);
    now += 5 * MINUTE;
    recorder.warning(POD, "BackOff", "same");
    expect(log.core[0]?.count).toBe(41);
  });

  it("limits each object by itself", () => {
    const recorder = kubelet();
    for (let times = 0; times < 30; times += 1) recorder.normal(POD, "Created", "x");
    recorder.normal({ ...POD, name: "web-2", uid: "other" }, "Created", "x");
    expect(log.core).toHaveLength(2);
  });

  it("makes an Event that is gone anew under its name, with the count so far", () => {
    const recorder = kubelet();
    recorder.warning(POD, "BackOff", "same");
    const name = log.core[0]?.metadata.name ?? "";
    log.objects.clear();
    now += MINUTE;
    recorder.warning(POD, "BackOff", "same");
    expect(log.core).toHaveLength(1);
    expect(log.core[0]).toMatchObject({ metadata: { name }, count: 2, firstTimestamp: "2026-11-23T08:00:00Z" });
  });

  it("starts a new object when its cache has pushed the old one out, or when it was restarted", () => {
    const recorder = kubelet({ ...CLIENT_GO_LIMITS, cacheSize: 2 });
    for (const name of ["a", "b", "c", "a"]) recorder.normal({ ...POD, name, uid: name }, "Started", "x");
    expect(log.core).toHaveLength(4);
    now += 1;
    kubelet().normal({ ...POD, name: "a", uid: "a" }, "Started", "x");
    expect(log.core).toHaveLength(5);
  });
});

describe("the events recorder", () => {
  const UNPLACED: Happening = {
    regarding: POD,
    type: "Warning",
    reason: "FailedScheduling",
    action: "Scheduling",
    note: "0/6 nodes are available",
  };

  function scheduler(): EventsRecorder {
    const [controller, instance] = ["default-scheduler", "default-scheduler-control-plane-1"];
    return new EventsRecorder({ controller, instance, sink: log, now: () => now, random: new Random("scheduler") });
  }

  it("makes an Event with a MicroTime of exactly six digits, an action, and no series", () => {
    scheduler().record(UNPLACED);
    const [event] = log.series;
    expect(event).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      regarding: POD,
      note: "0/6 nodes are available",
      action: "Scheduling",
      reportingController: "default-scheduler",
      reportingInstance: "default-scheduler-control-plane-1",
    });
    expect(event?.eventTime).toMatch(/^2026-11-23T08:00:00\.\d{6}Z$/);
    expect(event).not.toHaveProperty("series");
  });

  it("writes the second occurrence as a series of 2, and only counts from then on", () => {
    const recorder = scheduler();
    for (let times = 0; times < 7; times += 1) {
      recorder.record(UNPLACED);
      now += 30 * SECOND;
    }
    expect(log.writes).toEqual(["create", "patch"]);
    expect(log.series[0]?.series).toMatchObject({ count: 2 });
    expect(log.series[0]?.series?.lastObservedTime).toMatch(/^2026-11-23T08:00:30\.\d{6}Z$/);
  });

  it("refreshes an open series every 30 minutes, so that its count jumps", () => {
    const timeline = new Timeline(START);
    const sink = log;
    const recorder = new EventsRecorder({
      controller: "default-scheduler",
      instance: "default-scheduler-1",
      sink,
      now: () => timeline.now,
      random: new Random("scheduler"),
    });
    timeline.play(recorder.upkeep());
    for (let minute = 0; minute < 40; minute += 1) {
      timeline.schedule(START + minute * MINUTE, () => recorder.record(UNPLACED));
    }
    timeline.runUntil(START + 29 * MINUTE);
    expect(log.series[0]?.series?.count).toBe(2);
    timeline.runUntil(START + 31 * MINUTE);
    // Occurrences at minutes 0 to 30; the one of minute 30 was asked for after the upkeep of that instant.
    expect(log.series[0]?.series?.count).toBeGreaterThanOrEqual(30);
    expect(log.series[0]?.series?.count).toBeLessThanOrEqual(31);
  });

  it("writes the last count when a series has been quiet for 6 minutes, and then forgets it", () => {
    const recorder = scheduler();
    for (let times = 0; times < 5; times += 1) recorder.record(UNPLACED);
    now += 5 * MINUTE;
    recorder.finish();
    expect(log.series[0]?.series?.count).toBe(2);
    now += MINUTE + SECOND;
    recorder.finish();
    expect(log.series[0]?.series?.count).toBe(5);
    expect(recorder.open).toBe(0);
    recorder.record(UNPLACED);
    expect(log.series).toHaveLength(2);
  });

  it("takes what differs only by its note for one series, which keeps the first note", () => {
    const recorder = scheduler();
    recorder.record(UNPLACED);
    recorder.record({ ...UNPLACED, note: "0/7 nodes are available" });
    expect(log.series).toHaveLength(1);
    expect(log.series[0]).toMatchObject({ note: "0/6 nodes are available", series: { count: 2 } });
  });

  it("makes a series whose Event is gone anew", () => {
    const recorder = scheduler();
    recorder.record(UNPLACED);
    log.objects.clear();
    recorder.record(UNPLACED);
    expect(log.series[0]?.series?.count).toBe(2);
  });
});
