import { afterEach, expect, test } from "vitest";
import { KHOOK_TABLE } from "../../src/cluster/mappingTable.ts";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { Observation } from "../../src/events/event.ts";
import type { Gap } from "../../src/events/gap.ts";
import { type KubernetesSourceOptions, kubernetesSource } from "../../src/sources/kubernetes.ts";
import type { SourceSink } from "../../src/sources/source.ts";
import { Cluster, until } from "../cluster/cluster.ts";
import { TestClock } from "../cluster/testClock.ts";

const HOUR = 3_600_000;
const open: Cluster[] = [];

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function start(options: Parameters<typeof Cluster.start>[0] = {}): Promise<Cluster> {
  const cluster = await Cluster.start(options);
  open.push(cluster);
  return cluster;
}

/** What a source delivered, and how often it did not wait for a delivery before the next. */
class Kept implements SourceSink {
  readonly batches: (readonly Observation[])[] = [];
  readonly dispatchBatches: (readonly Dispatch[])[] = [];
  readonly gaps: Gap[] = [];
  readonly syncs: [string, number][] = [];
  overlaps = 0;
  #busy = false;

  get dispatches(): readonly Dispatch[] {
    return this.dispatchBatches.flat();
  }

  get ids(): readonly string[] {
    return this.batches.flat().map(({ uid, count }) => `${uid}.${count}`);
  }

  observed = (observations: readonly Observation[]) => this.#alone(() => void this.batches.push(observations));
  dispatched = (dispatches: readonly Dispatch[]) => this.#alone(() => void this.dispatchBatches.push(dispatches));
  missed = (gap: Gap) => this.#alone(() => void this.gaps.push(gap));
  synced = (source: string, at: number) => this.#alone(() => void this.syncs.push([source, at]));

  async #alone(take: () => void): Promise<void> {
    if (this.#busy) this.overlaps++;
    this.#busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    take();
    this.#busy = false;
  }
}

function sourceOf(cluster: Cluster, more: Partial<KubernetesSourceOptions> = {}) {
  return kubernetesSource({
    connection: cluster.connection,
    cluster: "kind",
    namespaces: [],
    mapping: KHOOK_TABLE,
    clock: cluster.clock,
    log: cluster.log,
    lastSyncedAt: null,
    eventTtl: HOUR,
    hooksReady: Promise.resolve(),
    ...more,
  });
}

function run(cluster: Cluster, more: Partial<KubernetesSourceOptions> = {}) {
  const kept = new Kept();
  const source = sourceOf(cluster, more);
  void cluster.run({ run: (signal) => source.run(kept, signal) });
  return { kept, source };
}

test("what the cluster has is delivered in order of time, although it is listed in order of names", async () => {
  const cluster = await start();
  for (const name of ["c", "a", "d", "b"]) {
    cluster.event(name);
    cluster.clock.advance(1_000);
  }
  const { kept, source } = run(cluster);
  await until(() => source.status().state === "RUNNING");
  expect(kept.ids).toEqual(["uid-of-c.1", "uid-of-a.1", "uid-of-d.1", "uid-of-b.1"]);
  expect(kept.batches.flat()[0]).toMatchObject({ cluster: "kind", source: "kubernetes", eventType: "pod-restart" });
  expect(source.status()).toMatchObject({ observed: 4, message: "watching /apis/events.k8s.io/v1/events" });
});

test("what no rule maps is not delivered", async () => {
  const cluster = await start();
  cluster.event("scheduled", { reason: "Scheduled" });
  cluster.event("killed", { reason: "OOMKilling" });
  const { kept, source } = run(cluster);
  await until(() => source.status().state === "RUNNING");
  expect(kept.batches.flat().map(({ eventType }) => eventType)).toEqual(["oom-kill"]);
});

test("a large list comes in batches of at most 250", async () => {
  const cluster = await start();
  for (let i = 0; i < 2500; i++) cluster.event(`e-${i}`);
  const { kept, source } = run(cluster);
  await until(() => source.status().state === "RUNNING");
  expect(kept.batches.map((batch) => batch.length)).toEqual(new Array(10).fill(250));
  expect([new Set(kept.ids).size, kept.overlaps]).toEqual([2500, 0]);
});

test("a list's dispatches come in batches of at most 250 as well, in its order", async () => {
  const cluster = await start();
  const names = Array.from({ length: 1100 }, (_, i) => `fired-${String(i).padStart(4, "0")}`);
  for (const name of names) {
    cluster.audit(name, "EventFiring", "Event oom-kill fired for resource web-1, calling agent kagent/k8s-agent");
  }
  const { kept, source } = run(cluster);
  await until(() => source.status().state === "RUNNING");
  expect(kept.dispatchBatches.map((batch) => batch.length)).toEqual([250, 250, 250, 250, 100]);
  expect(kept.dispatches.map(({ uid }) => uid)).toEqual(names.map((name) => `uid-of-${name}`));
  expect(kept.overlaps).toBe(0);
});

test("what arrives in one tick comes in one batch, in order, and a deletion changes nothing", async () => {
  const cluster = await start();
  const { kept, source } = run(cluster);
  await until(() => source.loops()[0]?.phase === "WATCHING");
  for (let i = 0; i < 30; i++) cluster.event(`e-${i}`);
  for (let i = 0; i < 10; i++) cluster.storage.delete("events", "default", `e-${i}`);
  await until(() => kept.ids.length === 30);
  cluster.event("last");
  await until(() => kept.ids.length === 31);
  expect(kept.ids.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, i) => `uid-of-e-${i}.1`));
  expect(kept.batches.length).toBeLessThan(10);
});

test("khook's audit Events are dispatches, not events", async () => {
  const cluster = await start();
  cluster.audit("fired", "EventFiring", "Event oom-kill fired for resource web-1, calling agent kagent/k8s-agent");
  const { kept, source } = run(cluster);
  await until(() => source.loops()[0]?.phase === "WATCHING");
  cluster.audit(
    "dup",
    "DuplicateEventIgnored",
    "Duplicate event oom-kill ignored for resource web-1 (within deduplication window)",
  );
  await until(() => kept.dispatches.length === 2);
  expect(kept.dispatches.map(({ outcome, hook }) => [outcome, hook.name])).toEqual([
    ["FIRED", "watch-pods"],
    ["DUPLICATE_IGNORED", "watch-pods"],
  ]);
  expect(kept.batches).toEqual([]);
});

test("with namespaces named, only those are asked for, and all of it is delivered", async () => {
  const cluster = await start();
  for (let i = 0; i < 5; i++) cluster.event(`e-${i}`);
  const { kept, source } = run(cluster, { namespaces: ["default", "kube-system"] });
  await until(() => source.status().state === "RUNNING");
  expect(source.loops().map(({ path }) => path)).toEqual([
    "/apis/events.k8s.io/v1/namespaces/default/events",
    "/apis/events.k8s.io/v1/namespaces/kube-system/events",
  ]);
  expect(kept.ids.length).toBe(5);
});

test("the first events wait for the hooks", async () => {
  const cluster = await start({ clock: new TestClock({ patience: 5_000 }) });
  cluster.event("one");
  const hooks = Promise.withResolvers<void>();
  const { kept } = run(cluster, { hooksReady: hooks.promise });
  await until(() => cluster.asked("list") === 1 && cluster.clock.sleeping > 0);
  expect(kept.ids).toEqual([]);
  hooks.resolve();
  await until(() => kept.ids.length === 1);
});

test.each([
  ["never come", () => new Promise<void>(() => undefined)],
  ["fail", () => Promise.reject(new Error("no hooks"))],
])("events do not wait for ever for hooks that %s", async (_, hooks) => {
  const cluster = await start({ clock: new TestClock({ patience: 5_000 }) });
  cluster.event("one");
  const { kept } = run(cluster, { hooksReady: hooks() });
  await until(() => cluster.asked("list") === 1);
  await until(() => cluster.clock.sleeping > 0);
  cluster.clock.advance(10_000);
  await until(() => kept.ids.length === 1);
});

test("a start after longer than the TTL says what may be missing, and from when on it is in sync again", async () => {
  const cluster = await start();
  const now = cluster.clock.now();
  const { kept, source } = run(cluster, { lastSyncedAt: now - 5 * HOUR });
  await until(() => source.status().state === "RUNNING" && kept.syncs.length > 0);
  expect(kept.gaps).toEqual([
    {
      from: now - 5 * HOUR,
      to: now - HOUR,
      source: "kubernetes",
      reason: expect.stringContaining("not in sync for 5h"),
    },
  ]);
  expect(kept.syncs).toEqual([["kubernetes", now]]);
});

test("its status says what is wrong, and that it stopped", async () => {
  const cluster = await start();
  const source = sourceOf(cluster);
  const kept = new Kept();
  expect(source.status()).toEqual({ state: "STARTING", message: "listing Events", observed: 0, lastObservedAt: null });
  const fault = cluster.faults.add({ match: { resource: "events" }, effect: { do: "answer", code: 403 } });
  void cluster.run({ run: (signal) => source.run(kept, signal) });
  await until(() => source.status().state === "DEGRADED");
  expect(source.status().message).toContain("/apis/events.k8s.io/v1/events: forbidden");
  fault.remove();
  await until(() => source.loops()[0]?.phase === "WATCHING");
  cluster.clock.advance(2_000); // a watch that lasts
  expect(source.status().state).toBe("RUNNING");
  await cluster.stop();
  expect(source.status().state).toBe("STOPPED");
});

test("stopping among a list's dispatches delivers no more of either kind", async () => {
  const cluster = await start();
  cluster.event("e");
  for (let i = 0; i < 600; i++) {
    cluster.audit(`f-${i}`, "EventFiring", "Event oom-kill fired for resource web-1, calling agent kagent/k8s-agent");
  }
  const kept = new Kept();
  const stop = new AbortController();
  const { observed, missed, synced } = kept;
  const dispatched: SourceSink["dispatched"] = async (dispatches) => {
    stop.abort();
    await kept.dispatched(dispatches);
  };
  await sourceOf(cluster).run({ observed, dispatched, missed, synced }, stop.signal);
  expect([kept.dispatches.length, kept.ids.length, kept.syncs]).toEqual([250, 0, []]);
});

test("stopping in the middle of a large list delivers no more, and does not claim to be in sync", async () => {
  const cluster = await start();
  for (let i = 0; i < 5000; i++) cluster.event(`e-${i}`);
  const source = sourceOf(cluster);
  const kept = new Kept();
  const stop = new AbortController();
  const slow: SourceSink = {
    ...kept,
    observed: async (observations) => {
      stop.abort();
      await kept.observed(observations);
    },
    dispatched: kept.dispatched,
    missed: kept.missed,
    synced: kept.synced,
  };
  await source.run(slow, stop.signal);
  expect([kept.ids.length, kept.syncs]).toEqual([250, []]);
});
