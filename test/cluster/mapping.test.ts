import { expect, test } from "vitest";
import type { JsonObject } from "../../src/cluster/json.ts";
import { countOf, timesOf, writtenAt } from "../../src/cluster/kubeEvent.ts";
import { MAX_MESSAGE, mapEvent, ruleFor } from "../../src/cluster/mapping.ts";
import { eventTypesOf, KHOOK_TABLE } from "../../src/cluster/mappingTable.ts";
import { linesOf, recording } from "../demo/server/recording.ts";

const CONTEXT = { cluster: "kind", source: "kubernetes", table: KHOOK_TABLE };

function recorded(prefix: string): JsonObject {
  return JSON.parse(recording(prefix).response.body.toString()) as JsonObject;
}

function typeOf(reason: string, message: string, type = "Warning", kind = "Pod"): string | null | undefined {
  return ruleFor(KHOOK_TABLE, { kind, type, reason, message })?.eventType;
}

test.each([
  // FACTS 3.2, row by row
  ["OOMKilling", "", "oom-kill"],
  ["OOMKilled", "", "oom-kill"],
  ["oomkilled", "", "oom-kill"],
  ["Killing", "Memory cgroup OOM", "oom-kill"],
  ["Killed", "Container ran out of memory", "oom-kill"],
  ["Killing", "Stopping container web", "pod-restart"],
  ["Killed", "", "pod-restart"],
  ["BackOff", "Back-off restarting failed container web", "pod-restart"],
  ["Failed", "Error: failed to start container", "pod-restart"],
  ["Failed", "Error: ImagePullBackOff", undefined],
  ["FailedScheduling", "0/3 nodes are available", "pod-pending"],
  ["Pending", "", "pod-pending"],
  ["FailedMount", "the pod stays PENDING", "pod-pending"],
  ["Unhealthy", "Liveness probe failed", "probe-failed"],
  ["Unhealthy", "Readiness probe failed", "probe-failed"],
  ["Unhealthy", "startup probe failed", "probe-failed"],
  ["Unhealthy", "something else", undefined],
  ["ProbeWarning", "", "probe-failed"],
  ["Scheduled", "Successfully assigned", undefined],
  // the first of several that hold
  ["Unhealthy", "Readiness probe failed: pending", "pod-pending"],
  ["ProbeError", "pending", "pod-pending"],
  ["Failed", "container is pending", "pod-restart"],
])("a Warning about a Pod with reason %s and message %j is %s", (reason, message, eventType) => {
  expect(typeOf(reason, message)).toBe(eventType);
});

test("what is Normal, or about anything but a Pod, is no event", () => {
  expect(typeOf("Killing", "Stopping container", "Normal")).toBeUndefined();
  expect(typeOf("BackOff", "", "Warning", "Node")).toBeUndefined();
  expect(typeOf("NodeNotReady", "", "Normal", "Node")).toBeUndefined();
});

test("rows that ask for a Warning take nothing else, the others take all but Normal", () => {
  expect(typeOf("FailedMount", "pending", "Fatal")).toBeUndefined();
  expect(typeOf("ProbeWarning", "", "Fatal")).toBeUndefined();
  expect(typeOf("BackOff", "", "Fatal")).toBe("pod-restart");
  expect(typeOf("BackOff", "", "")).toBe("pod-restart");
});

test("khook's table gives khook's four event types", () => {
  expect(eventTypesOf(KHOOK_TABLE).toSorted()).toEqual(["oom-kill", "pod-pending", "pod-restart", "probe-failed"]);
});

test("an Event of the core recorder is an observation", () => {
  expect(mapEvent(recorded("202"), CONTEXT)).toEqual({
    uid: "33941ded-2956-4195-8043-84ee119e30eb",
    count: 1,
    cluster: "kind",
    source: "kubernetes",
    eventType: "pod-restart",
    severity: "MEDIUM",
    namespace: "shop",
    resource: { apiVersion: "v1", kind: "Pod", name: "web-1", namespace: "shop", uid: "aaaa-bbbb" },
    reason: "BackOff",
    message: "Back-off restarting failed container web in pod web-1",
    tags: { reportingController: "kubelet", node: "node-1", container: "web" },
    firstSeen: Date.parse("2026-11-23T08:01:24Z"),
    lastSeen: Date.parse("2026-11-23T08:01:24Z"),
    ignoredByController: null,
  });
});

test("an Event of the new recorder is an observation, its series counted", () => {
  expect(mapEvent(recorded("208"), CONTEXT)).toMatchObject({
    uid: "f38a1ee4-4953-4917-96c0-370dff4278c5",
    count: 2,
    eventType: "probe-failed",
    firstSeen: Date.parse("2026-11-23T08:01:24.000Z"),
    lastSeen: Date.parse("2026-11-23T08:01:24.869Z"),
    tags: { reportingController: "kubelet", node: "node-1", container: "web" },
  });
});

test("a repeat of the core recorder is the same uid with the next count", () => {
  const [first, second] = [mapEvent(recorded("202"), CONTEXT), mapEvent(recorded("207"), CONTEXT)];
  expect([first?.uid === second?.uid, first?.count, second?.count]).toEqual([true, 1, 2]);
});

test("a minimal Event, without reason, note and type, is no event and breaks nothing", () => {
  expect(mapEvent(recorded("218"), CONTEXT)).toBeUndefined();
  expect(mapEvent({}, CONTEXT)).toBeUndefined();
  expect(mapEvent({ regarding: "x", series: 3, metadata: null, reason: 7 }, CONTEXT)).toBeUndefined();
});

test("a minimal Event with a reason has the time of its creation and a count of one", () => {
  const observation = mapEvent({ ...recorded("218"), reason: "OOMKilling" }, CONTEXT);
  expect(observation).toMatchObject({
    count: 1,
    resource: { apiVersion: "v1", kind: "Pod", name: "p", namespace: "shop", uid: null },
    firstSeen: Date.parse("2026-11-23T08:01:24Z"),
    lastSeen: Date.parse("2026-11-23T08:01:24Z"),
    tags: {},
  });
});

test("the namespace is the Event's own, the resource may be of another", () => {
  const regarding = { ...(recorded("202").regarding as JsonObject), namespace: "elsewhere" };
  expect(mapEvent({ ...recorded("202"), regarding }, CONTEXT)).toMatchObject({
    namespace: "shop",
    resource: { namespace: "elsewhere" },
  });
});

test("a recorded watch of both recorders maps line by line", () => {
  const lines = linesOf(recording("417-watch-events-timeoutSeconds-3"));
  const objects = lines.map((line) => (JSON.parse(line) as { object: JsonObject }).object);
  expect(objects.map((object) => mapEvent(object, CONTEXT)?.eventType)).toEqual(
    objects.map(({ reason }) => (reason === "OOMKilling" ? "oom-kill" : "probe-failed")),
  );
  expect(new Set(objects.map(({ reason }) => reason))).toEqual(new Set(["OOMKilling", "Unhealthy"]));
});

test("times come from both recorders by one rule", () => {
  const created = "2026-11-23T08:00:00Z";
  expect(
    timesOf({
      metadata: { creationTimestamp: created },
      eventTime: null,
      deprecatedFirstTimestamp: "2026-11-23T07:00:00Z",
      deprecatedLastTimestamp: "2026-11-23T09:00:00Z",
    }),
  ).toEqual({
    firstSeen: Date.parse("2026-11-23T07:00:00Z"),
    lastSeen: Date.parse("2026-11-23T09:00:00Z"),
    controllerTime: Date.parse(created),
  });
  expect(
    timesOf({
      metadata: { creationTimestamp: created },
      eventTime: "2026-11-23T07:59:59.123456Z",
      series: { count: 4, lastObservedTime: "2026-11-23T08:30:00.000000Z" },
      deprecatedFirstTimestamp: null,
      deprecatedLastTimestamp: null,
    }),
  ).toEqual({
    firstSeen: Date.parse("2026-11-23T07:59:59.123Z"),
    lastSeen: Date.parse("2026-11-23T08:30:00Z"),
    controllerTime: Date.parse("2026-11-23T08:30:00Z"),
  });
  expect(timesOf({ metadata: {} })).toBeUndefined();
});

test("the count is the largest that any recorder wrote", () => {
  expect(countOf({ series: { count: 7 }, deprecatedCount: 3 })).toBe(7);
  expect(countOf({ series: null, deprecatedCount: 3 })).toBe(3);
  expect(countOf({ deprecatedCount: 0 })).toBe(1);
  expect(countOf({})).toBe(1);
});

test("the last write is never taken for earlier than the object tells", () => {
  const event = recorded("202");
  expect(writtenAt(event)).toBe(Date.parse("2026-11-23T08:01:24Z"));
  const metadata = event.metadata as JsonObject;
  const managedFields = [{ time: "2026-11-23T08:40:00Z" }, { time: "nonsense" }];
  expect(writtenAt({ ...event, metadata: { ...metadata, managedFields } })).toBe(Date.parse("2026-11-23T08:40:00Z"));
});

test.each([
  ["2026-11-23T08:16:24Z", null],
  ["2026-11-23T08:16:25Z", "STALE"],
])("a BackOff created at 08:01:24 and last seen at %s would be dropped by khook: %s", (last, expected) => {
  const event = { ...recorded("207"), deprecatedLastTimestamp: last };
  expect(mapEvent(event, CONTEXT)?.ignoredByController).toBe(expected);
});

test("a series is not stale for khook, however long it lasts", () => {
  const event = { ...recorded("208"), series: { count: 90, lastObservedTime: "2026-11-23T12:00:00.000000Z" } };
  expect(mapEvent(event, CONTEXT)?.ignoredByController).toBeNull();
});

test("a message of a megabyte is cut", () => {
  const message = mapEvent({ ...recorded("202"), note: "x".repeat(1_000_000) }, CONTEXT)?.message ?? "";
  expect([message.length, message.at(-1)]).toEqual([MAX_MESSAGE, "…"]);
});
