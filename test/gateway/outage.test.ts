// An API server that is gone, for a while or from the start, and what the gateway does until it is there and after.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kubeconfig } from "../../src/demo/server/kubeconfig.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { storedEvents, until } from "./storedEvents.ts";

const SECOND = 1_000;

for (const connections of ["dropped", "kept"] as const) {
  test(`an API server that goes, its connections ${connections}, and comes back on its port has lost nobody's events`, async () => {
    const stage = await Stage.set();
    const { cluster, clock } = stage;
    cluster.happen(80);
    const gateway = await stage.gateway();
    for (let round = 0; round < 3; round++) {
      cluster.happen(10);
      await cluster.faults.down({ connections });
      cluster.happen(20);
      clock.advance(10 * SECOND);
      await clock.sleep(5 * SECOND, new AbortController().signal);
      // What it has is there all the time.
      expect((await storedEvents(gateway.url)).length).toBeGreaterThan(40);
      // A kept connection of a server that ends is closed at last.
      if (connections === "kept") cluster.faults.dropConnections();
      cluster.happen(10);
      await cluster.faults.up();
      await stage.agreement(gateway);
      await gateway.watching();
    }
    // Its versions were good all along, so nothing had to be listed again.
    expect(gateway.events.listsDone).toBe(1);
    await stage.lastingAgreement(gateway);
  });
}

test("an API server that has forgotten its past while it was gone is listed, and what it still has is stored once", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(80);
  const gateway = await stage.gateway();
  await cluster.faults.down();
  cluster.away();
  cluster.happen(60);
  stage.expireVersions();
  await clock.sleep(20 * SECOND, new AbortController().signal);
  await cluster.faults.up();
  await until(() => gateway.events.listsDone === 2, "another list");
  await gateway.watching();
  cluster.back();
  cluster.happen(20);
  await stage.lastingAgreement(gateway);
});

test("without a reachable cluster it starts, says so, answers from its store, and connects when the cluster comes", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(100);
  const first = await stage.gateway({ dataDir });
  const known = await stage.agreement(first);
  await stage.stop(first);
  await cluster.faults.down();
  cluster.happen(30);

  const second = await stage.startGateway({ dataDir });
  await until(() => second.warnings.length > 0, "a warning");
  expect(second.warnings).toContain("not in sync with the cluster");
  const ids = (await storedEvents(second.url)).map(({ id }) => id);
  expect(ids).toEqual(known.map(({ id }) => id));
  await clock.sleep(30 * SECOND, new AbortController().signal);
  expect(second.events.synced).toBe(false);

  await cluster.faults.up();
  await second.gateway.ready;
  await second.watching();
  cluster.back();
  cluster.happen(30);
  await stage.lastingAgreement(second);
});

test("a kubeconfig that is written only after the start is picked up", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(40);
  const path = join(await temporaryDirectory(), "kubeconfig");
  const gateway = await stage.startGateway({ kubeconfig: path, flags: ["--cluster-name", "late"] });
  expect(gateway.warnings).toContain("no cluster yet: answering from the store");
  expect(await storedEvents(gateway.url)).toEqual([]);
  await clock.sleep(30 * SECOND, new AbortController().signal);
  await writeFile(path, kubeconfig({ url: cluster.server.url }));
  await gateway.gateway.ready;
  await gateway.watching();
  cluster.back();
  cluster.happen(20);
  await stage.lastingAgreement(gateway);
});

test("without the Hook CRD events are stored; once it is installed, new events name the hooks that match them", async () => {
  const stage = await Stage.set({ crd: false });
  const { cluster } = stage;
  cluster.happen(60);
  const gateway = await stage.gateway();
  const before = await stage.agreement(gateway);
  expect(before.filter(({ hooks }) => hooks.length > 0)).toEqual([]);
  const hookLoop = () => gateway.gateway.watches().find(({ path }) => path.endsWith("/hooks"));
  expect(hookLoop()?.phase).toBe("ABSENT");

  cluster.installCrd();
  cluster.hook("shop", "restarts", ["pod-restart", "oom-kill"]);
  cluster.hook("shop", "probes", ["probe-failed"]);
  cluster.hook("billing", "everything", ["pod-restart", "oom-kill", "probe-failed", "pod-pending"]);
  await until(() => hookLoop()?.phase === "WATCHING", "a watch of hooks");
  cluster.happen(80, { repeats: 0.3 });
  const after = await stage.agreement(gateway);
  const old = new Set(before.map(({ id }) => id));
  const matching = (event: (typeof after)[number]): string[] => {
    if (old.has(event.id)) return [];
    if (event.namespace === "billing") return ["everything"];
    if (event.namespace !== "shop" || event.eventType === "pod-pending") return [];
    return [event.eventType === "probe-failed" ? "probes" : "restarts"];
  };
  expect(after.map(({ id, hooks }) => [id, hooks.map(({ name }) => name)])).toEqual(
    after.map((event) => [event.id, matching(event)]),
  );
  expect(new Set(after.flatMap(({ hooks }) => hooks.map(({ name }) => name))).size).toBe(3);
  await stage.lastingAgreement(gateway);
});

test("hooks known from the last run match while the cluster has not answered yet for hooks", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  const dataDir = await temporaryDirectory();
  cluster.hook("shop", "everything", ["pod-restart", "oom-kill", "probe-failed", "pod-pending"]);
  const first = await stage.gateway({ dataDir });
  await stage.stop(first);
  cluster.faults.add({ match: { resource: "hooks" }, effect: { do: "answer", code: 500 } });
  cluster.happen(60);
  const second = await stage.startGateway({ dataDir });
  await second.watching();
  const stored = await stage.agreement(second);
  expect(stored.map(({ namespace, hooks }) => [namespace, hooks.length])).toEqual(
    stored.map(({ namespace }) => [namespace, namespace === "shop" ? 1 : 0]),
  );
  expect(stored.filter(({ hooks }) => hooks.length === 1).length).toBeGreaterThan(0);
});

test("of several namespaces it watches only those it was told to", async () => {
  const namespaces = ["shop", "billing", "search", "secret"];
  const stage = await Stage.set({ namespaces });
  const { cluster, clock } = stage;
  cluster.hook("shop", "everything", ["pod-restart", "oom-kill", "probe-failed", "pod-pending"]);
  cluster.hook("secret", "hidden", ["pod-restart"]);
  cluster.happen(100);
  const gateway = await stage.gateway({ flags: ["--watch-namespaces", "shop,billing"] });
  cluster.happen(60);
  // The others are nothing to this gateway.
  for (const state of cluster.given) if (!["shop", "billing"].includes(state.namespace)) state.isCertain = false;
  const stored = await stage.agreement(gateway);
  expect(new Set(stored.map(({ namespace }) => namespace))).toEqual(new Set(["shop", "billing"]));
  expect(new Set(stored.flatMap(({ hooks }) => hooks.map(({ name }) => name)))).toEqual(new Set(["everything"]));
  const hooks = (await (await fetch(`${gateway.url}/api/v1/hooks`)).json()) as { hooks: { name: string }[] };
  expect(hooks.hooks.map(({ name }) => name)).toEqual(["everything"]);
  expect(new Set(cluster.asked().map(({ namespace }) => namespace))).toEqual(new Set(["shop", "billing"]));

  // One of them in trouble leaves the other alone, and both are whole again.
  clock.advance(5 * SECOND);
  cluster.faults.add({
    match: { namespace: "shop", resource: "events" },
    effect: { do: "answer", code: 500 },
    times: 3,
  });
  cluster.faults.closeWatches({ resource: "events" });
  cluster.happen(30);
  for (const state of cluster.given) if (!["shop", "billing"].includes(state.namespace)) state.isCertain = false;
  const again = await stage.agreement(gateway);
  expect(again.some(({ namespace }) => namespace === "search" || namespace === "secret")).toBe(false);
  expect(gateway.errors).toEqual([]);
});
