// One Kubernetes Event, however it is written, repeated or dated: each state that counts is one event.
import { expect, test } from "vitest";
import { kubeTime, microTime } from "../../src/demo/scenario/kubeTime.ts";
import { ADMIN_TOKEN } from "../../src/demo/server/access.ts";
import { namespaceObject } from "../../src/demo/server/bootstrap.ts";
import { Stage, type TestGateway, temporaryDirectory } from "./gateway.ts";
import { type StoredEvent, storedEvents, until } from "./storedEvents.ts";
import type { TroubledCluster } from "./troubledCluster.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const CORE = "/api/v1";
const NEW = "/apis/events.k8s.io/v1";

test("an Event written as core/v1 and as events.k8s.io/v1 in turn is one Event, each of its counts one event", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  cluster.storage.create("namespaces", namespaceObject("shop"));
  const gateway = await stage.gateway();
  const message = "Back-off restarting failed container web in pod web-0";
  const saidAt = Math.floor(stage.clock.now() / SECOND) * SECOND;
  const created = await send(cluster, "POST", `${CORE}/namespaces/shop/events`, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "web-0.1", namespace: "shop" },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-0" },
    reason: "BackOff",
    message,
    type: "Warning",
    source: { component: "kubelet", host: "node-1" },
    firstTimestamp: kubeTime(saidAt),
    lastTimestamp: kubeTime(saidAt),
    count: 1,
  });
  const { uid, creationTimestamp } = created.metadata;
  const createdAt = Date.parse(creationTimestamp);
  expect(createdAt).toBeGreaterThanOrEqual(saidAt);
  const says = (count: number, at: number): void => {
    const what = { eventType: "pod-restart", namespace: "shop", pod: "web-0", reason: "BackOff", message };
    cluster.given.push({ uid, count, at, firstAt: saidAt, ...what, isCertain: true });
  };
  const core = (patch: object) => send(cluster, "PATCH", `${CORE}/namespaces/shop/events/web-0.1`, patch);
  const asNew = (patch: object) => send(cluster, "PATCH", `${NEW}/namespaces/shop/events/web-0.1`, patch);

  says(1, createdAt);
  await stage.agreement(gateway);
  await core({ count: 3, lastTimestamp: kubeTime(createdAt + MINUTE) });
  says(3, createdAt + MINUTE);
  await stage.agreement(gateway);
  await asNew({ series: { count: 7, lastObservedTime: microTime(createdAt + 2 * MINUTE + 123) } });
  says(7, createdAt + 2 * MINUTE + 123);
  await stage.agreement(gateway);
  // The larger of its two counts holds, so this says nothing new; nor do labels.
  await core({ count: 5, lastTimestamp: kubeTime(createdAt + 3 * MINUTE) });
  await asNew({ metadata: { labels: { seen: "yes" } } });
  await core({ metadata: { annotations: { seen: "twice" } } });
  await caughtUp(stage, gateway);
  await stage.agreement(gateway);
  await core({ count: 40, lastTimestamp: kubeTime(createdAt + 11 * MINUTE) });
  says(40, createdAt + 11 * MINUTE);
  const stored = await stage.lastingAgreement(gateway);
  expect(stored.map(({ count, occurrences }) => [count, occurrences]).sort(byFirst)).toEqual([
    [1, 1],
    [3, 2],
    [7, 4],
    [40, 33],
  ]);
});

test("both recorders' Events, read through either version of the API, are the same Events", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  cluster.happen(60);
  const gateway = await stage.gateway();
  const stored = await stage.agreement(gateway);
  for (const version of [CORE, NEW]) {
    const { items } = await send(cluster, "GET", `${version}/events`);
    const uids = new Set(items.map(({ metadata }) => metadata.uid));
    expect(stored.filter(({ id }) => !uids.has(id.slice(0, id.lastIndexOf("."))))).toEqual([]);
  }
});

test("counts that jump, as series do that are flushed every half hour, are one event each that stands for all of it", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  cluster.happen(80, { repeats: 0.3 });
  const gateway = await stage.gateway();
  for (const by of [180, 1, 97]) {
    await stage.letPass(gateway, 30 * MINUTE);
    cluster.toPresent();
    cluster.repeatAll(by);
    await stage.agreement(gateway);
  }
  const stored = await stage.lastingAgreement(gateway);
  const jumps = stored.filter(({ occurrences }) => occurrences === 180 || occurrences === 97);
  expect(jumps.length).toBeGreaterThan(20);
  expectSumsOfCounts(stored);
});

test("counts that jumped while nobody looked stand for what was missed", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(80);
  const first = await stage.gateway({ dataDir });
  await stage.agreement(first);
  await stage.stop(first);
  for (const by of [1, 5, 1]) cluster.repeatAll(by);
  const second = await stage.gateway({ dataDir });
  const stored = await stage.lastingAgreement(second);
  expect(stored.filter(({ occurrences }) => occurrences === 7).length).toBeGreaterThan(10);
  expectSumsOfCounts(stored);
});

test("writes that change only metadata change nothing stored, not even its place among the changes", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(120);
  const gateway = await stage.gateway();
  await stage.letPass(gateway, 20 * MINUTE);
  await until(async () => (await stage.agreement(gateway)).every(({ status }) => status !== "firing"), "all be over");
  const { store } = gateway.gateway;
  const before = await cursors(gateway);
  const { head, revision } = store;
  for (let i = 0; i < 3; i++) {
    cluster.touchAll();
    await caughtUp(stage, gateway);
  }
  clock.advance(5 * SECOND);
  await stage.lastingAgreement(gateway);
  expect([store.head, store.revision]).toEqual([head, revision]);
  expect(await cursors(gateway)).toEqual(before);
});

test("of one pod's Events within one second the first heads the incident, seen by watch or by list", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  const watching = await stage.gateway();
  const at = clock.now() - 30 * MINUTE;
  for (let pod = 0; pod < 8; pod++) {
    for (const [index, container] of ["web", "proxy", "logs"].entries()) {
      // As client-go names them: by the nanosecond of the first occurrence. Their uids say nothing of the order.
      const nanos = BigInt(at) * 1_000_000n + BigInt(index);
      const uid = `${(pod * 5 + index * 7) % 10}-${pod}-${container}`;
      cluster.storage.create("events", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `pod-${pod}.${nanos.toString(16)}`, namespace: "shop", uid, creationTimestamp: kubeTime(at) },
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: `pod-${pod}` },
        reason: "BackOff",
        message: `Back-off restarting failed container ${container} in pod pod-${pod}`,
        type: "Warning",
        source: { component: "kubelet", host: "node-1" },
        firstTimestamp: kubeTime(at),
        lastTimestamp: kubeTime(at),
        count: 1,
        eventTime: null,
      });
    }
  }
  await caughtUp(stage, watching);
  const listing = await stage.gateway();
  const [watched, listed] = await Promise.all(
    [watching, listing].map(async ({ url }) => {
      await until(async () => (await storedEvents(url)).length === 24, "all events");
      const events = await storedEvents(url);
      return events.map(({ id, status, duplicateOf }) => ({ id, status, duplicateOf }));
    }),
  );
  expect(listed).toEqual(watched);
  const heads = watched?.filter(({ duplicateOf }) => duplicateOf === null).map(({ id }) => id);
  expect(heads?.every((id) => id.endsWith("-web.1"))).toBe(true);
  expect(heads).toHaveLength(8);
});

for (const [name, nodesAhead] of [
  ["ahead", [HOUR]],
  ["behind", [-HOUR]],
  ["ahead, behind and right", [0, HOUR, -HOUR]],
] as const) {
  test(`nodes whose clocks are an hour ${name} give the same events with and without trouble`, async () => {
    const stage = await Stage.set({ nodesAhead });
    const { cluster, clock } = stage;
    cluster.happen(150);
    const gateway = await stage.gateway();
    cluster.happen(50);
    await stage.agreement(gateway);
    clock.advance(5 * SECOND);
    cluster.away();
    cluster.faults.closeWatches();
    await cluster.faults.down();
    cluster.happen(50);
    stage.expireVersions();
    await cluster.faults.up();
    await until(() => gateway.events.listsDone === 2, "another list");
    await gateway.watching();
    cluster.back();
    cluster.happen(30);
    await stage.lastingAgreement(gateway);
    // What lies ahead is over in its time, and not before.
    await stage.letPass(gateway, 75 * MINUTE);
    const stored = await stage.agreement(gateway);
    expect(new Set(stored.map(({ status }) => status))).toEqual(new Set(["duplicate", "resolved"]));
    expect(await gateway.gateway.store.gaps(10)).toEqual([]);
  });
}

for (const [name, serverAhead] of [
  ["ahead", HOUR],
  ["behind", -HOUR],
] as const) {
  test(`a whole cluster whose clocks are an hour ${name} of ours is stored by its own time, and no gap is made up`, async () => {
    const stage = await Stage.set({ serverAhead });
    const { cluster, clock } = stage;
    const dataDir = await temporaryDirectory();
    cluster.happen(150);
    const first = await stage.gateway({ dataDir });
    cluster.happen(50);
    const stored = await stage.agreement(first);
    const hasFiring = stored.some(({ status }) => status === "firing");
    expect(hasFiring).toBe(serverAhead > 0);
    await stage.stop(first);
    cluster.happen(20);
    clock.advance(10 * MINUTE);
    const second = await stage.gateway({ dataDir });
    cluster.happen(20);
    await stage.lastingAgreement(second);
    await stage.letPass(second, 75 * MINUTE);
    const later = await stage.agreement(second);
    expect(later.some(({ status }) => status === "firing")).toBe(false);
    expect(await second.gateway.store.gaps(10)).toEqual([]);
  });
}

interface SentEvent {
  readonly metadata: { readonly uid: string; readonly creationTimestamp: string };
}

async function send(
  { server }: TroubledCluster,
  method: string,
  path: string,
  body?: object,
): Promise<SentEvent & { readonly items: readonly SentEvent[] }> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": type },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as SentEvent & { readonly items: readonly SentEvent[] }; // what is read of it
}

/** Until the gateway has been told of the latest write to an Event. */
async function caughtUp({ cluster }: Stage, gateway: TestGateway): Promise<void> {
  const revision = String(cluster.storage.revision);
  await until(() => gateway.events.resourceVersion === revision, "the latest write");
}

async function cursors({ gateway }: TestGateway): Promise<readonly string[]> {
  const answer = await fetch(`${gateway.url}/api/v1/events?limit=1000&sort=timestamp`);
  const { events } = (await answer.json()) as { readonly events: readonly { readonly cursor: string }[] }; // as the route says
  return events.map(({ cursor }) => cursor);
}

/** However often one was looked at, its occurrences add up to its last count. */
function expectSumsOfCounts(stored: readonly StoredEvent[]): void {
  const uids = new Set(stored.map(({ id }) => id.slice(0, id.lastIndexOf("."))));
  for (const uid of uids) {
    const own = stored.filter(({ id }) => id.startsWith(`${uid}.`));
    const sum = own.reduce((total, { occurrences }) => total + occurrences, 0);
    expect(sum).toBe(Math.max(...own.map(({ count }) => count)));
  }
}

function byFirst([a = 0]: readonly number[], [b = 0]: readonly number[]): number {
  return a - b;
}
