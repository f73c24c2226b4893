import { afterEach, expect, test } from "vitest";
import { type HookSink, HookWatch } from "../../src/cluster/hookWatch.ts";
import type { Hook, HookKey } from "../../src/events/hook.ts";
import { hookPath } from "../../src/events/hook.ts";
import { Cluster, until } from "./cluster.ts";

const open: Cluster[] = [];

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function start(): Promise<Cluster> {
  const cluster = await Cluster.start();
  open.push(cluster);
  return cluster;
}

/** What the gateway would know of hooks, and every call that told it. */
class Known implements HookSink {
  readonly calls: string[] = [];
  readonly hooks = new Map<string, Hook>();

  async hooksListed(hooks: readonly Hook[]): Promise<void> {
    this.calls.push(`listed ${hooks.map(hookPath).join(" ")}`);
    this.hooks.clear();
    for (const hook of hooks) this.hooks.set(hookPath(hook), hook);
  }

  async hookChanged(hook: Hook): Promise<void> {
    this.calls.push(`changed ${hookPath(hook)}`);
    this.hooks.set(hookPath(hook), hook);
  }

  async hookDeleted(hook: HookKey): Promise<void> {
    this.calls.push(`deleted ${hookPath(hook)}`);
    this.hooks.delete(hookPath(hook));
  }
}

function watch(cluster: Cluster, namespaces: readonly string[] = []) {
  const known = new Known();
  const { connection, clock, log } = cluster;
  const hooks = new HookWatch({ connection, namespaces, sink: known, clock, log });
  void cluster.run(hooks);
  return { known, hooks };
}

test("hooks are told as a whole, then one by one, and deletions too", async () => {
  const cluster = await start();
  cluster.hook("a");
  cluster.hook("b");
  const { known, hooks } = watch(cluster);
  await hooks.ready;
  await until(() => hooks.status()[0]?.phase === "WATCHING");
  cluster.hook("c");
  await until(() => known.calls.length === 2);
  cluster.storage.delete("hooks", "default", "a");
  await until(() => known.calls.length === 3);
  expect(known.calls).toEqual(["listed default/a default/b", "changed default/c", "deleted default/a"]);
});

test("what was deleted while nobody watched is gone after the next list", async () => {
  const cluster = await start();
  cluster.hook("a");
  cluster.hook("b");
  const { known, hooks } = watch(cluster);
  await until(() => hooks.status()[0]?.phase === "WATCHING");
  cluster.clock.advance(5_000);
  await cluster.faults.down();
  cluster.storage.delete("hooks", "default", "a");
  cluster.faults.expireVersions();
  await cluster.faults.up();
  await until(() => known.calls.length === 2);
  expect(known.calls[1]).toBe("listed default/b");
});

test("without the CRD there are no hooks, and they are found when it comes", async () => {
  const cluster = await start();
  cluster.hook("a");
  const fault = cluster.faults.add({ match: { resource: "hooks" }, effect: { do: "answer", code: 404 } });
  const { known, hooks } = watch(cluster);
  await hooks.ready;
  await until(() => known.calls.length > 0);
  expect(known.calls).toEqual(["listed "]);
  fault.remove();
  await until(() => known.hooks.size === 1);
  expect(cluster.log.at("error")).toEqual([]);
});

test("hooks that may not be read leave what is known as it is, and keep nobody waiting", async () => {
  const cluster = await start();
  const fault = cluster.faults.add({ match: { resource: "hooks" }, effect: { do: "answer", code: 403 } });
  const { known, hooks } = watch(cluster);
  await hooks.ready;
  await until(() => fault.hits > 3);
  expect(known.calls).toEqual([]);
});

test("with several namespaces the whole is told when each has answered, and a list of one keeps the others", async () => {
  const cluster = await start();
  cluster.hook("a", "default");
  cluster.hook("b", "kube-system");
  const slow = cluster.faults.add({ match: { namespace: "kube-system" }, effect: { do: "answer", code: 403 } });
  const { known } = watch(cluster, ["default", "kube-system"]);
  await until(() => slow.hits > 1);
  expect(known.calls).toEqual(["changed default/a"]);
  slow.remove();
  await until(() => known.calls.length === 2);
  expect(known.calls[1]).toBe("listed default/a kube-system/b");
});

test("hooks of other namespaces are not asked for", async () => {
  const cluster = await start();
  cluster.hook("a", "default");
  cluster.hook("b", "kube-system");
  const { known, hooks } = watch(cluster, ["kube-system"]);
  await hooks.ready;
  expect(known.calls).toEqual(["listed kube-system/b"]);
});
