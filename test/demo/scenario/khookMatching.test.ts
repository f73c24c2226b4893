// Checks what khook makes of an Event, row by row against the table of its own source, and how old it thinks one is.
import { describe, expect, it } from "vitest";
import { khookEventType, staleForKhook, type WatchedEvent, watched } from "../../../src/demo/scenario/khookMatching.ts";

const EVENT: WatchedEvent = {
  namespace: "shop",
  kind: "Pod",
  resourceName: "web-1",
  type: "Warning",
  reason: "",
  note: "",
  creationTimestamp: "2026-11-23T08:00:00Z",
};

const OTHER_TYPE = "Error";

const TABLE: readonly [reason: string, note: string, type: string, expected: string | undefined][] = [
  ["OOMKilling", "anything", "Warning", "oom-kill"],
  ["OOMKilled", "", "Warning", "oom-kill"],
  ["Killing", "Memory cgroup Out Of Memory: Killed process 1", "Warning", "oom-kill"],
  ["Killed", "container hit OOM", "Warning", "oom-kill"],
  ["Killing", "Stopping container web", "Warning", "pod-restart"],
  ["Killed", "", "Warning", "pod-restart"],
  ["BackOff", "Back-off restarting failed container", "Warning", "pod-restart"],
  ["BACKOFF", "pending", "Warning", "pod-restart"],
  ["Failed", "Error: failed to create containerd task", "Warning", "pod-restart"],
  ["Failed", "Error: ErrImagePull", "Warning", undefined],
  ["Failed", "the image is pending a scan", "Warning", "pod-pending"],
  ["Failed", "container image pending", "Warning", "pod-restart"],
  ["FailedScheduling", "0/6 nodes are available", "Warning", "pod-pending"],
  ["Pending", "", "Warning", "pod-pending"],
  ["FailedMount", "claim is Pending", "Warning", "pod-pending"],
  ["FailedMount", "claim is Pending", OTHER_TYPE, undefined],
  ["FailedMount", "secret not found", "Warning", undefined],
  ["Unhealthy", "Liveness probe failed: EOF", "Warning", "probe-failed"],
  ["Unhealthy", "Readiness probe failed: HTTP 503", "Warning", "probe-failed"],
  ["Unhealthy", "Startup probe failed: ", "Warning", "probe-failed"],
  ["Unhealthy", "Startup probe failed: ", OTHER_TYPE, "probe-failed"],
  ["Unhealthy", "Readiness probe failed: migrations pending: 3", "Warning", "pod-pending"],
  ["Unhealthy", "something else", "Warning", undefined],
  ["ProbeWarning", "slow", "Warning", "probe-failed"],
  ["ProbeWarning", "slow", OTHER_TYPE, undefined],
  ["NodeNotReady", "Node is not ready", "Warning", undefined],
  ["", "", "Warning", undefined],
];

describe("khook's mapping", () => {
  it.each(TABLE)("makes reason %j with note %j of type %s: %s", (reason, note, type, expected) => {
    expect(khookEventType({ ...EVENT, reason, note, type })).toBe(expected);
  });

  it("drops what is Normal, however it is written", () => {
    for (const type of ["Normal", "normal", "NORMAL"]) {
      expect(khookEventType({ ...EVENT, reason: "BackOff", type })).toBeUndefined();
    }
  });

  it("looks at Pods only", () => {
    for (const kind of ["Node", "Hook", "Deployment", "pod", ""]) {
      expect(khookEventType({ ...EVENT, reason: "OOMKilling", kind })).toBeUndefined();
    }
  });
});

describe("khook's age of an Event", () => {
  const now = Date.parse("2026-11-23T09:00:00Z");

  it("lets 15 minutes pass, not more", () => {
    expect(staleForKhook({ ...EVENT, creationTimestamp: "2026-11-23T08:45:00Z" }, now)).toBe(false);
    expect(staleForKhook({ ...EVENT, creationTimestamp: "2026-11-23T08:44:59Z" }, now)).toBe(true);
  });

  it("goes by eventTime before creationTimestamp, and by the series before both", () => {
    const old = { ...EVENT, eventTime: "2026-11-23T08:10:00.000000Z", creationTimestamp: "2026-11-23T08:59:00Z" };
    expect(staleForKhook(old, now)).toBe(true);
    expect(staleForKhook({ ...old, lastObservedTime: "2026-11-23T08:50:00.000000Z" }, now)).toBe(false);
    const quiet = {
      ...EVENT,
      eventTime: "2026-11-23T08:59:00.000000Z",
      lastObservedTime: "2026-11-23T08:20:00.000000Z",
    };
    expect(staleForKhook(quiet, now)).toBe(true);
  });

  it("does not see that a core Event was repeated just now", () => {
    const stored = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "web-1.1", namespace: "shop", creationTimestamp: "2026-11-23T08:00:00Z" },
      involvedObject: { kind: "Pod", name: "web-1", namespace: "shop" },
      reason: "BackOff",
      message: "Back-off restarting failed container",
      type: "Warning",
      eventTime: null,
      count: 200,
      firstTimestamp: "2026-11-23T08:00:00Z",
      lastTimestamp: "2026-11-23T08:59:58Z",
    };
    expect(khookEventType(watched(stored))).toBe("pod-restart");
    expect(staleForKhook(watched(stored), now)).toBe(true);
  });

  it("reads an Event in its other view as well", () => {
    const event = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "web-1.1", namespace: "shop", creationTimestamp: "2026-11-23T08:00:00Z" },
      regarding: { kind: "Pod", name: "web-1", namespace: "shop" },
      reason: "FailedScheduling",
      note: "0/6",
      type: "Warning",
      eventTime: "2026-11-23T08:00:00.123456Z",
      series: { count: 2, lastObservedTime: "2026-11-23T08:59:00.123456Z" },
    };
    expect(watched(event)).toEqual({
      namespace: "shop",
      kind: "Pod",
      resourceName: "web-1",
      type: "Warning",
      reason: "FailedScheduling",
      note: "0/6",
      creationTimestamp: "2026-11-23T08:00:00Z",
      eventTime: "2026-11-23T08:00:00.123456Z",
      lastObservedTime: "2026-11-23T08:59:00.123456Z",
    });
  });
});
