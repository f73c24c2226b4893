// Checks the demo's cluster as a whole: repeatable, alive, of real Events' shape, bounded, with a past.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { admitHook } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import type { KubeObject, ResourceName } from "../../../src/demo/kubeObject.ts";
import { demoHooks } from "../../../src/demo/scenario/demoHooks.ts";
import { populate } from "../../../src/demo/scenario/history.ts";
import { khookEventType, watched } from "../../../src/demo/scenario/khookMatching.ts";
import { Random } from "../../../src/demo/scenario/random.ts";
import type { Scenario } from "../../../src/demo/scenario/scenario.ts";
import { TROUBLES } from "../../../src/demo/scenario/troubles.ts";
import { WORKLOADS } from "../../../src/demo/scenario/workloads.ts";
import { Storage } from "../../../src/demo/server/storage.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface StoredEvent extends KubeObject {
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly source: { readonly component?: string };
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly count?: number;
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly eventTime: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

class World {
  readonly storage: Storage;
  readonly scenario: Scenario;
  private at = NOW;

  constructor(seed: string, days: number, ttl = 4 * DAY) {
    const now = () => new Date(this.at);
    this.storage = new Storage({ now, eventTtlMs: ttl, uid: () => "unseeded", historySize: 1000 });
    this.scenario = populate({ storage: this.storage, seed, now: NOW, days });
  }

  get events(): readonly StoredEvent[] {
    // Every Event in this storage was written by one of the scenario's recorders.
    return this.storage.list("events") as readonly StoredEvent[];
  }

  run(milliseconds: number, step: number): void {
    const end = this.at + milliseconds;
    while (this.at < end) {
      this.at = Math.min(this.at + step, end);
      this.scenario.step(this.at);
      this.storage.expireEvents();
    }
  }

  hash(): string {
    const resources: readonly ResourceName[] = ["namespaces", "customresourcedefinitions", "hooks", "events", "leases"];
    const all = resources.map((resource) => this.storage.list(resource));
    return createHash("sha256").update(JSON.stringify(all)).digest("hex");
  }
}

describe("a run", () => {
  it("repeats itself byte for byte with the same seed and clock", () => {
    const hashes = [1, 2].map(() => {
      const world = new World("demo", 1);
      world.run(20 * MINUTE, 5 * SECOND);
      return world.hash();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("does not depend on how finely it is stepped", () => {
    const [fine, coarse] = [500, 7 * MINUTE].map((step) => {
      const world = new World("demo", 0.25);
      world.run(20 * MINUTE, step);
      return world.hash();
    });
    expect(fine).toBe(coarse);
  });

  it("is another one with another seed", () => {
    expect(new World("demo", 0.25).hash()).not.toBe(new World("other", 0.25).hash());
  });

  it("leaves no uid or creation time to chance", () => {
    const world = new World("demo", 0.25);
    world.run(10 * MINUTE, SECOND);
    expect(JSON.stringify([world.events, world.storage.list("hooks")])).not.toContain("unseeded");
  });
});

describe("the past", () => {
  const world = new World("demo", 3);

  it("holds some thousand Events over three days, none of them later than now", () => {
    expect(world.events.length).toBeGreaterThan(1000);
    expect(world.events.length).toBeLessThan(6000);
    const created = world.events.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ""));
    expect(Math.min(...created)).toBeLessThan(NOW - 2.9 * DAY);
    expect(Math.min(...created)).toBeGreaterThanOrEqual(NOW - 3 * DAY);
    expect(Math.max(...created)).toBeLessThanOrEqual(NOW);
    for (let day = 0; day < 3; day += 1) {
      const from = NOW - (day + 1) * DAY;
      expect(created.filter((at) => at >= from && at < from + DAY).length).toBeGreaterThan(200);
    }
  });

  it("holds each of the four event types khook knows, in each of the four namespaces something of them", () => {
    const seen = world.events.map((event) => [event.metadata.namespace, khookEventType(watched(event))]);
    const types = new Set(seen.map(([, type]) => type).filter((type) => type !== undefined));
    expect([...types].sort()).toEqual(["oom-kill", "pod-pending", "pod-restart", "probe-failed"]);
    const namespaces = new Set(seen.filter(([, type]) => type !== undefined).map(([namespace]) => namespace));
    expect([...namespaces].sort()).toEqual(["data", "payments", "platform", "shop"]);
  });

  it("holds khook's audit Events of days ago", () => {
    const audit = world.events.filter(({ involvedObject }) => involvedObject.kind === "Hook");
    const reasons = new Set(audit.map(({ reason }) => reason));
    expect([...reasons].sort()).toEqual([
      "AgentCallFailure",
      "AgentCallSuccess",
      "DuplicateEventIgnored",
      "EventFiring",
    ]);
    const oldest = Math.min(...audit.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "")));
    expect(oldest).toBeLessThan(NOW - 2 * DAY);
    for (const { involvedObject, metadata } of audit) {
      expect(world.storage.get("hooks", metadata.namespace, involvedObject.name ?? "")?.metadata.uid).toBe(
        involvedObject.uid,
      );
    }
  });

  it("has left Hooks with a status, and something active", () => {
    const statuses = world.storage.list("hooks").map(({ status }) => JSON.stringify(status));
    for (const status of statuses) {
      const updated = Date.parse(status.match(/"lastUpdated":"([^"]+)"/)?.[1] ?? "");
      expect(updated).toBeLessThanOrEqual(NOW);
      expect(updated).toBeGreaterThan(NOW - 2 * MINUTE);
    }
    expect(statuses.some((status) => status.includes('"status":"firing"'))).toBe(true);
  });

  it("lies in the storage in the order in which it was written last", () => {
    const core = world.events.filter(({ lastTimestamp }) => lastTimestamp !== null);
    const order = [...core].sort(
      (one, other) => Number(one.metadata.resourceVersion) - Number(other.metadata.resourceVersion),
    );
    const times = order.map(({ lastTimestamp }) => Date.parse(lastTimestamp ?? ""));
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(core.length).toBeGreaterThan(1000);
  });

  it("may be empty", () => {
    const fresh = new World("demo", 0);
    expect(fresh.events).toEqual([]);
    fresh.run(3 * SECOND, SECOND);
    expect(fresh.events.length).toBeGreaterThan(0);
  });
});

describe("the Events of the cluster", () => {
  const world = new World("demo", 3);
  world.run(HOUR, 10 * SECOND);
  const { events } = world;
  const withReason = (reason: string) => events.filter((event) => event.reason === reason);

  it("have the fields of the core recorder or of the new one, never a mixture", () => {
    for (const event of events) {
      if (event.eventTime === null) {
        expect(event.count).toBeGreaterThanOrEqual(1);
        expect(event.firstTimestamp).toMatch(/T\d\d:\d\d:\d\dZ$/);
        expect(event.lastTimestamp).toMatch(/T\d\d:\d\d:\d\dZ$/);
        expect(event.series).toBeUndefined();
      } else {
        expect(event.eventTime).toMatch(/\.\d{6}Z$/);
        expect([event.firstTimestamp, event.lastTimestamp]).toEqual([null, null]);
        expect(event.source).toEqual({});
      }
    }
    expect(events.filter(({ eventTime }) => eventTime === null).length).toBeGreaterThan(1000);
    expect(events.filter(({ eventTime }) => eventTime !== null).length).toBeGreaterThan(100);
  });

  it("hold kubelet's BackOff of crash loops to the letter, with counts that rise", () => {
    const loops = withReason("BackOff").filter(({ type }) => type === "Warning");
    expect(loops.length).toBeGreaterThan(5);
    for (const { message, involvedObject, metadata } of loops) {
      const container = involvedObject.fieldPath?.match(/^spec\.containers\{(.+)\}$/)?.[1];
      expect(message.replace("(combined from similar events): ", "")).toBe(
        `Back-off restarting failed container ${container} in pod ${involvedObject.name}_${metadata.namespace}(${involvedObject.uid})`,
      );
    }
    expect(Math.max(...loops.map(({ count }) => count ?? 0))).toBeGreaterThan(25);
  });

  it("hold unschedulable pods in the shape of the new recorder, some as a series of more than two", () => {
    const unplaced = withReason("FailedScheduling");
    expect(unplaced.length).toBeGreaterThan(3);
    for (const { eventTime, message } of unplaced) {
      expect(eventTime).not.toBeNull();
      expect(message).toMatch(/^0\/6 nodes are available: /);
    }
    expect(unplaced.some(({ series }) => (series?.count ?? 1) > 2)).toBe(true);
  });

  it("hold failed probes of all three kinds", () => {
    const texts = withReason("Unhealthy").map(({ message }) => message);
    for (const probe of ["Liveness", "Readiness", "Startup"]) {
      expect(texts.some((text) => text.includes(`${probe} probe failed: `))).toBe(true);
    }
  });

  it("hold Failed with and without the word container, as a type of khook's and as none", () => {
    const types = new Set(withReason("Failed").map((event) => khookEventType(watched(event))));
    expect(types.has("pod-restart")).toBe(true);
    expect(types.has(undefined)).toBe(true);
  });

  it("hold memory kills on the node and on the pod", () => {
    expect(withReason("OOMKilling").every(({ involvedObject }) => involvedObject.kind === "Node")).toBe(true);
    expect(withReason("OOMKilling").every(({ metadata }) => metadata.namespace === "default")).toBe(true);
    const onPods = events.filter((event) => khookEventType(watched(event)) === "oom-kill");
    expect(new Set(onPods.map(({ reason }) => reason))).toEqual(new Set(["OOMKilled", "Killing"]));
  });

  it("hold a node that was not ready, as Normal on the Node", () => {
    const lost = withReason("NodeNotReady").filter(({ involvedObject }) => involvedObject.kind === "Node");
    expect(lost.length).toBeGreaterThan(0);
    for (const { type } of lost) expect(type).toBe("Normal");
  });

  it("hold aggregates, notes that are not ASCII, and much that is healthy", () => {
    expect(events.some(({ message }) => message.startsWith("(combined from similar events): "))).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII as such
    expect(events.some(({ message }) => /[^\u0000-\u007f]/.test(message))).toBe(true);
    for (const reason of ["Scheduled", "Pulled", "Created", "Started", "ScalingReplicaSet", "SuccessfulCreate"]) {
      expect(withReason(reason).length).toBeGreaterThan(5);
    }
    const normal = events.filter(({ type }) => type === "Normal").length;
    expect(normal).toBeGreaterThan(events.length / 2);
  });
});

describe("a watched run", () => {
  it("shows the first new Event within 3 seconds and then one every few seconds", () => {
    const world = new World("demo", 3);
    const times: number[] = [];
    world.storage.subscribe("events", () => times.push(world.scenario.timeline.now));
    world.run(3 * SECOND, 250);
    expect(times.length).toBeGreaterThan(0);
    world.run(10 * MINUTE, SECOND);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(30 * SECOND);
    expect(times.length).toBeGreaterThan(200);
  });

  it("renews khook's Lease every 2 seconds, in MicroTime", () => {
    const world = new World("demo", 0);
    const renewed: unknown[] = [];
    world.storage.subscribe("leases", ({ object }) => renewed.push(object.spec));
    world.run(MINUTE, SECOND);
    expect(renewed).toHaveLength(30);
    const lease = world.storage.get("leases", "kagent", "khook");
    expect(lease?.spec).toMatchObject({ leaseDurationSeconds: 15 });
    expect(JSON.stringify(lease?.spec)).toMatch(/"renewTime":"2026-11-23T12:01:00\.\d{6}Z"/);
  });

  it("goes through 24 hours without growing without end", () => {
    const world = new World("demo", 0, HOUR);
    world.run(12 * HOUR, 10 * SECOND);
    const half = [world.storage.count("events"), world.scenario.timeline.pending, world.scenario.khook.load.remembered];
    world.run(12 * HOUR, 10 * SECOND);
    expect(half[0]).toBeLessThan(3000);
    expect(world.storage.count("events")).toBeLessThan(3000);
    expect(world.scenario.timeline.pending).toBeLessThan(100);
    expect(world.scenario.khook.load.remembered).toBeLessThan(200);
    expect(world.scenario.khook.load.waiting).toBeLessThan(50);
  });

  it("ends its loop when the signal aborts", async () => {
    const world = new World("demo", 0);
    const stop = new AbortController();
    let at = NOW;
    const running = world.scenario.run(() => {
      at += 2 * SECOND;
      if (at > NOW + 10 * SECOND) stop.abort();
      return at;
    }, stop.signal);
    await running;
    expect(world.events.length).toBeGreaterThan(0);
  });
});

describe("the cast", () => {
  it("is 20 workloads in 4 namespaces whose troubles all exist, and every trouble befalls somebody", () => {
    expect(WORKLOADS).toHaveLength(20);
    expect(new Set(WORKLOADS.map(({ namespace }) => namespace)).size).toBe(4);
    const named = new Set(WORKLOADS.flatMap(({ troubles }) => troubles));
    expect([...named].sort()).toEqual([...TROUBLES.keys()].sort());
  });

  it("has Hooks in at least three namespaces that the API server admits without a warning", () => {
    const random = new Random("hooks");
    const hooks = demoHooks("2026-11-01T00:00:00Z", () => random.uuid());
    expect(new Set(hooks.map(({ metadata }) => metadata.namespace)).size).toBeGreaterThanOrEqual(3);
    for (const hook of hooks) {
      const { namespace, name } = hook.metadata;
      const manifest = { ...hook, metadata: { name, namespace, labels: hook.metadata.labels } };
      const write = { operation: "create", namespace, fieldValidation: "Strict", schema: hookSchema } as const;
      const admitted = admitHook(manifest, write);
      expect(admitted).toHaveProperty("object");
      expect(admitted.warnings).toEqual([]);
    }
    expect(JSON.stringify(hooks)).toContain("\\n• ");
  });
});
