import { expect, test } from "vitest";
import { dispatchOf } from "../../src/cluster/dispatches.ts";
import type { JsonObject } from "../../src/cluster/json.ts";

function audit(reason: string, note: string, more: JsonObject = {}): JsonObject {
  return {
    metadata: { uid: "u-1", namespace: "shop", name: "h.1", creationTimestamp: "2026-11-23T08:00:00Z" },
    reportingController: "khook",
    deprecatedSource: { component: "khook" },
    regarding: { kind: "Hook", apiVersion: "kagent.dev/v1alpha2", namespace: "shop", name: "watch-pods" },
    reason,
    note,
    deprecatedCount: 3,
    deprecatedFirstTimestamp: "2026-11-23T08:00:00Z",
    deprecatedLastTimestamp: "2026-11-23T08:05:00Z",
    ...more,
  };
}

test("a firing names the type, the resource and the agent", () => {
  const note = "Event pod-restart fired for resource web-1, calling agent kagent/k8s-agent";
  expect(dispatchOf(audit("EventFiring", note))).toEqual({
    id: "u-1.3",
    uid: "u-1",
    count: 3,
    hook: { namespace: "shop", name: "watch-pods" },
    outcome: "FIRED",
    eventType: "pod-restart",
    resourceName: "web-1",
    agent: "kagent/k8s-agent",
    requestId: null,
    error: null,
    message: note,
    timestamp: Date.parse("2026-11-23T08:05:00Z"),
  });
});

test("a call that succeeded names the request", () => {
  const note = "Successfully called agent k8s-agent for event oom-kill on resource db-0 (request: 3f-(x)-9)";
  expect(dispatchOf(audit("AgentCallSuccess", note))).toMatchObject({
    outcome: "SUCCEEDED",
    eventType: "oom-kill",
    resourceName: "db-0",
    agent: "k8s-agent",
    requestId: "3f-(x)-9",
    error: null,
  });
});

test("a call that failed carries the error, whatever is in it", () => {
  const error =
    'Post "http://kagent/api": dial tcp: lookup kagent: no such host (request: 7)\n for event x on resource y: z';
  const note = `Failed to call agent k8s-agent for event pod-pending on resource job-7: ${error}`;
  expect(dispatchOf(audit("AgentCallFailure", note))).toMatchObject({
    outcome: "FAILED",
    eventType: "pod-pending",
    resourceName: "job-7",
    agent: "k8s-agent",
    requestId: null,
    error,
  });
});

test("an ignored duplicate names no agent", () => {
  const note = "Duplicate event probe-failed ignored for resource api-5 (within deduplication window)";
  expect(dispatchOf(audit("DuplicateEventIgnored", note))).toMatchObject({
    outcome: "DUPLICATE_IGNORED",
    eventType: "probe-failed",
    resourceName: "api-5",
    agent: null,
  });
});

test("merged Events are read behind their prefix, and keep it in the message", () => {
  const note =
    "(combined from similar events): Duplicate event oom-kill ignored for resource a (within deduplication window)";
  expect(dispatchOf(audit("DuplicateEventIgnored", note))).toMatchObject({ eventType: "oom-kill", message: note });
});

test.each([
  [
    "of another component",
    audit("EventFiring", "Event a fired for resource b, calling agent c", { reportingController: "me" }),
  ],
  [
    "about another kind",
    audit("EventFiring", "Event a fired for resource b, calling agent c", { regarding: { kind: "Pod", name: "x" } }),
  ],
  ["with another reason", audit("EventResolved", "Event a fired for resource b, calling agent c")],
  ["with a reason of every object", audit("constructor", "Event a fired for resource b, calling agent c")],
  ["with another text", audit("EventFiring", "Event a was fired for resource b")],
  [
    "with a text cut short",
    audit("AgentCallSuccess", "Successfully called agent a for event b on resource c (request: 7"),
  ],
  [
    "with more behind the text",
    audit("DuplicateEventIgnored", "Duplicate event a ignored for resource b (within deduplication window)!"),
  ],
  ["without a type", audit("EventFiring", "Event  fired for resource b, calling agent c")],
  ["without a text", audit("EventFiring", "", { note: null })],
])("an Event %s is no dispatch", (_, event) => {
  expect(dispatchOf(event)).toBeUndefined();
});

test("the component may be named only in the old field", () => {
  const event = audit("EventFiring", "Event a fired for resource b, calling agent c", { reportingController: "" });
  expect(dispatchOf(event)?.outcome).toBe("FIRED");
});

test("a hostile text of a megabyte takes no time to refuse", () => {
  const note = `Failed to call agent ${" for event ".repeat(100_000)}`;
  const before = performance.now();
  expect(dispatchOf(audit("AgentCallFailure", note))).toBeUndefined();
  expect(performance.now() - before).toBeLessThan(200);
});
