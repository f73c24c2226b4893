import { expect, test } from "vitest";
import { hookOf } from "../../src/cluster/hookObjects.ts";
import type { JsonObject } from "../../src/cluster/json.ts";
import { linesOf, recording } from "../demo/server/recording.ts";

function recorded(prefix: string): JsonObject {
  return JSON.parse(recording(prefix).response.body.toString()) as JsonObject;
}

test("a hook as the cluster holds it", () => {
  const object = recorded("114");
  const hook = hookOf(object);
  expect(hook).toMatchObject({
    namespace: "kagent",
    name: "basic-pod-monitoring",
    uid: "0021ecd7-2814-4acf-aadb-caa822a0391a",
    labels: { environment: "development", "monitoring-type": "basic" },
    annotations: {},
    generation: 1,
    createdAt: Date.parse("2026-11-23T08:01:24Z"),
    status: null,
    deletedAt: null,
  });
  expect(hook?.eventConfigurations.map(({ eventType, agentRef }) => ({ eventType, agentRef }))).toEqual([
    { eventType: "pod-restart", agentRef: { namespace: "kagent", name: "k8s-agent" } },
    { eventType: "oom-kill", agentRef: { namespace: "kagent", name: "k8s-agent" } },
  ]);
});

test("its manifest holds what a person wrote and nothing that the cluster wrote", () => {
  const object = recorded("141");
  expect(hookOf(object)?.manifest).toEqual({
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: {
      name: "basic-pod-monitoring",
      namespace: "kagent",
      labels: { environment: "development", "monitoring-type": "basic" },
    },
    spec: object.spec,
  });
});

test("the annotation in which kubectl keeps the last manifest is left out everywhere", () => {
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}", team: "sre" };
  const hook = hookOf({ metadata: { name: "h", namespace: "shop", annotations } });
  expect([hook?.annotations, hook?.manifest.metadata]).toEqual([
    { team: "sre" },
    { name: "h", namespace: "shop", annotations: { team: "sre" } },
  ]);
});

test("its status is what the controller wrote", () => {
  expect(hookOf(recorded("141"))?.status).toEqual({
    activeEvents: [
      {
        eventType: "pod-restart",
        resourceName: "p1",
        firstSeen: Date.parse("2026-01-02T03:04:05Z"),
        lastSeen: Date.parse("2026-01-02T03:04:05Z"),
        status: "firing",
      },
    ],
    lastUpdated: Date.parse("2026-01-02T03:04:05Z"),
  });
});

test("a hook without a spec matches nothing and is still a hook", () => {
  const hook = hookOf(recorded("127"));
  expect(hook?.eventConfigurations).toEqual([]);
  expect(hook?.manifest).toEqual({
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: { name: "no-spec", namespace: "kagent" },
  });
});

test("fields of the wrong type are as if they were not there", () => {
  const hook = hookOf({
    metadata: { name: "h", namespace: "shop", labels: { a: 1, b: "two" }, generation: "x", creationTimestamp: 5 },
    spec: { eventConfigurations: [null, 7, { eventType: 3 }, { eventType: "oom-kill", agentRef: [], prompt: {} }] },
    status: { activeEvents: [{}, "x", { eventType: "a", resourceName: "b" }], lastUpdated: "yesterday" },
  });
  expect(hook).toMatchObject({
    labels: { b: "two" },
    generation: 0,
    createdAt: 0,
    eventConfigurations: [{ eventType: "oom-kill", agentRef: { namespace: "shop", name: "" }, prompt: "" }],
    status: { activeEvents: [], lastUpdated: null },
  });
});

test("the object of a bookmark is no hook", () => {
  const lines = linesOf(recording("418-watch-hooks-timeoutSeconds-5-bookmark"));
  const bookmarks = lines.map((line) => JSON.parse(line) as { type: string; object: JsonObject });
  const objects = bookmarks.filter(({ type }) => type === "BOOKMARK").map(({ object }) => hookOf(object));
  expect(objects.length).toBeGreaterThan(0);
  for (const object of objects) expect(object).toBeUndefined();
});

test("an agent may live in another namespace", () => {
  const agentRef = { name: "k8s-agent", namespace: "kagent" };
  const hook = hookOf({
    metadata: { name: "h", namespace: "shop" },
    spec: { eventConfigurations: [{ eventType: "oom-kill", agentRef, prompt: "p" }] },
  });
  expect(hook?.eventConfigurations[0]?.agentRef).toEqual(agentRef);
});
