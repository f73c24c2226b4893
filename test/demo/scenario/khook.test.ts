// Checks the fake khook against what the real one leaves in a cluster, on a storage of its own and virtual time.
import { beforeEach, describe, expect, it } from "vitest";
import { admitHook } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { CoreRecorder } from "../../../src/demo/scenario/coreRecorder.ts";
import { Khook } from "../../../src/demo/scenario/khook.ts";
import { Random } from "../../../src/demo/scenario/random.ts";
import { StorageClient } from "../../../src/demo/scenario/storageClient.ts";
import { Timeline } from "../../../src/demo/scenario/timeline.ts";
import { Storage } from "../../../src/demo/server/storage.ts";

const START = Date.parse("2026-11-23T08:00:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LONGEST_CALL = 20 * SECOND;

interface AuditEvent extends KubeObject {
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

let storage: Storage;
let timeline: Timeline;
let kubelet: CoreRecorder;
let khook: Khook;

function hook(name: string, eventTypes: readonly string[], namespace = "shop"): KubeObject {
  const eventConfigurations = eventTypes.map((eventType) => ({
    agentRef: { name: "k8s-agent", namespace: "kagent" },
    eventType,
    prompt: "Look at {{.ResourceName}}",
  }));
  return {
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: { name, namespace },
    spec: { eventConfigurations },
  };
}

function backOff(pod: string, namespace = "shop"): void {
  kubelet.warning(podOf(pod, namespace), "BackOff", `Back-off restarting failed container web in pod ${pod}`);
}

function podOf(name: string, namespace = "shop") {
  return { kind: "Pod", namespace, name, uid: `uid-of-${name}`, apiVersion: "v1" };
}

function pass(milliseconds: number): void {
  timeline.runUntil(timeline.now + milliseconds);
}

function audit(reason?: string): readonly AuditEvent[] {
  // Everything about a Hook in this storage was written by the core recorder.
  const events = storage.list("events") as readonly AuditEvent[];
  return events.filter((event) => event.involvedObject.kind === "Hook" && (reason ?? event.reason) === event.reason);
}

function start(...hooks: readonly KubeObject[]): readonly KubeObject[] {
  const stored = hooks.map((one) => storage.create("hooks", one));
  khook.start();
  return stored;
}

beforeEach(() => {
  timeline = new Timeline(START);
  const uids = new Random("uids");
  storage = new Storage({ now: () => new Date(timeline.now), eventTtlMs: 60 * MINUTE, uid: () => uids.uuid() });
  const cluster = new StorageClient(storage, new Random("cluster"));
  const now = () => timeline.now;
  kubelet = new CoreRecorder({
    source: { component: "kubelet", host: "worker-1" },
    sink: cluster,
    now,
    random: new Random("kubelet"),
  });
  const recorder = new CoreRecorder({
    source: { component: "khook" },
    sink: cluster,
    now,
    random: new Random("recorder"),
  });
  khook = new Khook({ cluster, recorder, timeline, random: new Random("khook") });
});

describe("khook's audit Events", () => {
  it("tell of firing and of the agent's answer, in khook's words, on the Hook", () => {
    const [stored] = start(hook("restarts", ["pod-restart"]));
    backOff("web-1");
    pass(SECOND);
    expect(audit().map(({ reason }) => reason)).toEqual(["EventFiring"]);
    pass(LONGEST_CALL);
    const [firing] = audit("EventFiring");
    expect(firing).toMatchObject({
      type: "Normal",
      message: "Event pod-restart fired for resource web-1, calling agent k8s-agent",
      involvedObject: {
        kind: "Hook",
        namespace: "shop",
        name: "restarts",
        uid: stored?.metadata.uid,
        apiVersion: "kagent.dev/v1alpha2",
      },
      source: { component: "khook" },
      reportingComponent: "khook",
      eventTime: null,
    });
    const [answer] = audit("AgentCallSuccess");
    expect(answer?.type).toBe("Normal");
    expect(answer?.message).toMatch(
      /^Successfully called agent k8s-agent for event pod-restart on resource web-1 \(request: [0-9a-f-]{36}\)$/,
    );
  });

  it("tell of failed calls as Warnings, which do happen but are the smaller part", () => {
    start(hook("restarts", ["pod-restart"]));
    for (let pod = 0; pod < 60; pod += 1) {
      backOff(`web-${pod}`);
      pass(10 * MINUTE);
    }
    const failures = audit("AgentCallFailure");
    expect(failures.length).toBeGreaterThan(0);
    for (const { type, message } of failures) {
      expect(type).toBe("Warning");
      expect(message).toMatch(
        /^Failed to call agent k8s-agent for event pod-restart on resource web-\d+: (failed to|session creation failed)/,
      );
    }
    expect(failures.length).toBeLessThan(audit("AgentCallSuccess").length);
  });

  it("tell of duplicates as often as they come, in one Event with a rising count", () => {
    start(hook("restarts", ["pod-restart"]));
    for (let times = 0; times < 4; times += 1) {
      backOff("web-1");
      pass(30 * SECOND);
    }
    const duplicates = audit("DuplicateEventIgnored");
    expect(duplicates).toHaveLength(1);
    expect(duplicates[0]).toMatchObject({
      type: "Normal",
      count: 3,
      message: "Duplicate event pod-restart ignored for resource web-1 (within deduplication window)",
    });
  });

  it("are limited to 25 at once for each Hook, so that counts from them are lower bounds", () => {
    start(hook("restarts", ["pod-restart"]), hook("probes", ["probe-failed"]));
    for (let times = 0; times < 24; times += 1) {
      for (let pod = 0; pod < 5; pod += 1) backOff(`web-${pod}`);
      pass(SECOND);
    }
    pass(5 * LONGEST_CALL);
    const written = audit().reduce((sum, { count }) => sum + count, 0);
    expect(written).toBeLessThanOrEqual(25);
    kubelet.warning(podOf("other"), "Unhealthy", "Liveness probe failed: EOF");
    pass(LONGEST_CALL + SECOND);
    expect(audit().filter(({ involvedObject }) => involvedObject.name === "probes")).toHaveLength(2);
  });

  it("are merged when many resources fire within ten minutes", () => {
    start(hook("restarts", ["pod-restart"]));
    for (let pod = 0; pod < 12; pod += 1) {
      backOff(`web-${pod}`);
      pass(LONGEST_CALL + SECOND);
    }
    const merged = audit().filter(({ message }) => message.startsWith("(combined from similar events): "));
    expect(merged[0]?.message).toMatch(/^\(combined from similar events\): (Event|Successfully)/);
  });
});

describe("khook's matching and deduplication", () => {
  it("fires again once the window has passed since the last successful call, not before", () => {
    start(hook("restarts", ["pod-restart"]));
    backOff("web-1");
    pass(LONGEST_CALL + SECOND);
    expect(audit("AgentCallSuccess")).toHaveLength(1);
    const answered = Date.parse(audit("AgentCallSuccess")[0]?.metadata.creationTimestamp ?? "");
    timeline.runUntil(answered + 10 * MINUTE - 2 * SECOND);
    backOff("web-1");
    pass(SECOND);
    expect(audit("EventFiring")[0]?.count).toBe(1);
    timeline.runUntil(answered + 10 * MINUTE + 2 * SECOND);
    backOff("web-1");
    pass(SECOND);
    expect(audit("EventFiring")[0]?.count).toBe(2);
  });

  it("calls for each hook of the namespace with that type, one after the other, and for no other", () => {
    start(hook("first", ["pod-restart", "oom-kill"]), hook("second", ["pod-restart"]), hook("oom", ["oom-kill"]));
    storage.create("hooks", hook("elsewhere", ["pod-restart"], "payments"));
    backOff("web-1");
    pass(500);
    expect(audit().map(({ involvedObject }) => involvedObject.name)).toEqual(["first"]);
    pass(2 * LONGEST_CALL);
    const names = audit("EventFiring").map(({ involvedObject }) => involvedObject.name);
    expect(names.sort()).toEqual(["first", "second"]);
  });

  it("holds back what comes while it waits for an agent", () => {
    start(hook("restarts", ["pod-restart"]));
    backOff("web-1");
    pass(10);
    backOff("web-2");
    pass(10);
    expect(audit("EventFiring")).toHaveLength(1);
    expect(khook.load.waiting).toBe(1);
    pass(2 * LONGEST_CALL);
    expect(audit("EventFiring")).toHaveLength(2);
  });

  it("no longer sees a kubelet Event that has been repeated for over 15 minutes", () => {
    start(hook("restarts", ["pod-restart"]));
    for (let minute = 0; minute <= 40; minute += 4) {
      backOff("web-1");
      pass(4 * MINUTE);
    }
    const [event] = storage.list("events").filter(({ reason }) => reason === "BackOff");
    expect(event?.count).toBe(11);
    // Seen: minute 0, which fired; 4 and 8, within 10 minutes of the answer; 12, which fired again. Not 16 to 40.
    expect(audit("EventFiring")[0]?.count).toBe(2);
    expect(audit("DuplicateEventIgnored")[0]?.count).toBe(2);
  });

  it("ignores Normal Events and other kinds", () => {
    start(hook("all", ["pod-restart", "pod-pending", "oom-kill", "probe-failed"]));
    kubelet.normal(podOf("web-1"), "Killing", "Stopping container web");
    kubelet.warning({ kind: "Node", name: "worker-1", uid: "worker-1" }, "OOMKilling", "out of memory");
    pass(MINUTE);
    expect(audit()).toEqual([]);
  });
});

describe("Hook.status", () => {
  const statusOf = (name: string) => storage.get("hooks", "shop", name)?.status;

  it("is written once a minute, with what is active", () => {
    start(hook("restarts", ["pod-restart"]));
    pass(59 * SECOND);
    expect(statusOf("restarts")).toBeUndefined();
    pass(2 * SECOND);
    expect(statusOf("restarts")).toEqual({ lastUpdated: "2026-11-23T08:01:00Z" });
    backOff("web-1");
    pass(MINUTE);
    expect(statusOf("restarts")).toEqual({
      activeEvents: [
        {
          eventType: "pod-restart",
          firstSeen: "2026-11-23T08:01:01Z",
          lastSeen: "2026-11-23T08:01:01Z",
          resourceName: "web-1",
          status: "firing",
        },
      ],
      lastUpdated: "2026-11-23T08:02:00Z",
    });
  });

  it("says resolved 10 minutes after firstSeen although it goes on, and then drops it", () => {
    start(hook("restarts", ["pod-restart"]));
    pass(61 * SECOND);
    const seen = new Set<string>();
    for (let minute = 0; minute < 20; minute += 1) {
      backOff("web-1");
      pass(MINUTE);
      seen.add(JSON.stringify(statusOf("restarts")).match(/"status":"(\w+)"/)?.[1] ?? "none");
    }
    expect([...seen]).toEqual(["firing", "resolved", "none"].filter((status) => seen.has(status)));
    expect(seen).toContain("resolved");
  });

  it("is what the CRD accepts on the status subresource", () => {
    start(hook("restarts", ["pod-restart"]));
    backOff("web-1");
    pass(2 * MINUTE);
    const stored = storage.get("hooks", "shop", "restarts");
    expect(stored).toHaveProperty("status.activeEvents");
    const admitted = admitHook(stored, {
      operation: "status",
      previous: stored,
      namespace: "shop",
      name: "restarts",
      fieldValidation: "Strict",
      schema: hookSchema,
    });
    expect(admitted).toHaveProperty("object.status.activeEvents");
    expect(admitted.warnings).toEqual([]);
  });
});

describe("khook's blindness", () => {
  it("lasts, without a word, until the hooks of the namespace change", () => {
    start(hook("restarts", ["pod-restart"]), hook("payments", ["pod-restart"], "payments"));
    khook.goBlind("shop");
    backOff("web-1");
    backOff("pay-1", "payments");
    pass(5 * MINUTE);
    expect(audit().filter(({ metadata }) => metadata.namespace === "shop")).toEqual([]);
    expect(audit().filter(({ metadata }) => metadata.namespace === "payments")).not.toEqual([]);
    expect(storage.get("hooks", "shop", "restarts")).not.toHaveProperty("status");
    expect(khook.namespaces).toContain("shop");

    storage.create("hooks", hook("another", ["oom-kill"]));
    pass(31 * SECOND);
    expect(audit("EventFiring").map(({ involvedObject }) => involvedObject.name)).toContain("restarts");
  });

  it("lets what was queued be worked off first", () => {
    start(hook("restarts", ["pod-restart"]));
    backOff("web-1");
    backOff("web-2");
    pass(10);
    khook.goBlind();
    backOff("web-3");
    pass(3 * LONGEST_CALL);
    const told = audit("EventFiring").map(({ message }) => message.match(/resource (\S+),/)?.[1]);
    expect(told).toEqual(["web-1", "web-2"]);
  });
});

describe("a change of hooks", () => {
  it("is noticed within 30 seconds; Events of the last 15 minutes are looked at again", () => {
    khook.start();
    backOff("web-1");
    pass(10 * SECOND);
    storage.create("hooks", hook("late", ["pod-restart"]));
    pass(19 * SECOND);
    expect(audit()).toEqual([]);
    pass(2 * SECOND);
    expect(audit("EventFiring")).toHaveLength(1);
  });

  it("cancels the agent call under way", () => {
    start(hook("restarts", ["pod-restart"]));
    pass(29 * SECOND + 900);
    backOff("web-1");
    storage.create("hooks", hook("another", ["oom-kill"]));
    pass(LONGEST_CALL + SECOND);
    expect(audit("AgentCallFailure")[0]?.message).toMatch(/context canceled$/);
  });

  it("ends the work in a namespace that has no hooks any more", () => {
    start(hook("restarts", ["pod-restart"]));
    storage.delete("hooks", "shop", "restarts");
    pass(31 * SECOND);
    expect(khook.namespaces).toEqual([]);
    backOff("web-1");
    pass(MINUTE);
    expect(audit()).toEqual([]);
  });
});
