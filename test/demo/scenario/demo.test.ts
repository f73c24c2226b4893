// Checks the whole demo on a real socket: it answers, it lives, it leaves nothing behind.
import { access, readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Demo, startDemo } from "../../../src/demo/demo.ts";

let running: Demo | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(signal = new AbortController().signal): Promise<Demo> {
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  running = await startDemo({ seed: "demo", now: () => new Date(), signal, historyDays: 0.5, log });
  expect(logged).toEqual([]);
  return running;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

interface List {
  readonly items: readonly Record<string, unknown>[];
}

async function get(demo: Demo, path: string): Promise<List> {
  const { clusters, users }: Kubeconfig = parse(await readFile(demo.kubeconfigPath, "utf8"));
  const headers = { authorization: `Bearer ${users[0]?.user.token}` };
  const response = await fetch(`${clusters[0]?.cluster.server}${path}`, { headers });
  expect(response.status).toBe(200);
  // Every path asked for here is a list.
  return (await response.json()) as List;
}

describe("the demo", () => {
  it("serves its Hooks, its Events in both views and khook's Lease to whoever has the kubeconfig", async () => {
    const demo = await start();
    const hooks = await get(demo, "/apis/kagent.dev/v1alpha2/hooks");
    expect(hooks.items).toHaveLength(6);
    const core = await get(demo, "/api/v1/namespaces/shop/events");
    const renamed = await get(demo, "/apis/events.k8s.io/v1/namespaces/shop/events");
    expect(core.items.length).toBeGreaterThan(20);
    expect(core.items[0]).toHaveProperty("involvedObject");
    expect(renamed.items[0]).toHaveProperty("regarding");
    const leases = await get(demo, "/apis/coordination.k8s.io/v1/namespaces/kagent/leases");
    expect(leases.items[0]).toHaveProperty("spec.holderIdentity");
  });

  it("goes on living: a new Event comes within 5 seconds", { timeout: 8_000 }, async () => {
    const demo = await start();
    const written = await new Promise<string>((resolve) => {
      demo.storage.subscribe("events", ({ object }) => resolve(object.kind));
    });
    expect(written).toBe("Event");
  });

  it("leaves neither server nor kubeconfig behind, and can be stopped twice", async () => {
    const demo = await start();
    await demo.stop();
    await demo.stop();
    await expect(access(demo.kubeconfigPath)).rejects.toThrow("ENOENT");
    await expect(fetch(demo.url)).rejects.toThrow();
  });

  it("stops when its signal aborts", async () => {
    const lifetime = new AbortController();
    const demo = await start(lifetime.signal);
    lifetime.abort();
    await demo.stop();
    await expect(fetch(demo.url)).rejects.toThrow();
  });

  it("does not start when its signal has aborted", async () => {
    await expect(start(AbortSignal.abort())).rejects.toThrow("aborted");
  });

  it("ends its start with the reason of its signal, while the past is still being thought up", async () => {
    const lifetime = new AbortController();
    const starting = start(lifetime.signal);
    lifetime.abort(new Error("no demo after all"));
    await expect(starting).rejects.toThrow("no demo after all");
  });
});
