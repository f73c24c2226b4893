// A real kubectl against our API server. Without one on this machine it says so loudly and is skipped.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it, type TestContext } from "vitest";
import { writeKubeconfig } from "../../../src/demo/server/kubeconfig.ts";
import { Rig } from "./rig.ts";

const KUBECTL = process.env.KUBECTL ?? "kubectl";
const run = promisify(execFile);

let rig: Rig;
let folder: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  rig = await Rig.start();
  folder = await mkdtemp(join(tmpdir(), "kubectl-"));
  environment = { ...process.env, HOME: folder, KUBECONFIG: join(folder, "kubeconfig") };
  await writeKubeconfig(join(folder, "kubeconfig"), { url: rig.server.url, namespace: "shop" });
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(KUBECTL, args, { env: environment, timeout: 15_000 });
  return stdout;
}

async function needsKubectl(context: TestContext): Promise<void> {
  const isThere = await run(KUBECTL, ["version", "--client"], { env: environment }).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  console.warn(`NOT TESTED WITH KUBECTL: there is no ${KUBECTL} on this machine (KUBECTL names one).`);
  context.skip(`no kubectl on this machine`);
}

function manifest(prompt: string): string {
  return `apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata:
  name: watcher
spec:
  eventConfigurations:
  - eventType: pod-restart
    agentRef:
      name: k8s-agent
    prompt: ${prompt}
`;
}

/** Columns of a table, header aside. */
function rows(table: string): string[][] {
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s{2,}/));
}

it("apply creates, leaves alone, changes", async (context) => {
  await needsKubectl(context);
  const file = join(folder, "hook.yaml");
  const applied = async (prompt: string) => {
    await writeFile(file, manifest(prompt));
    return (await kubectl("apply", "-f", file)).trim();
  };
  expect(await applied("Look.")).toBe("hook.kagent.dev/watcher created");
  expect(await applied("Look.")).toBe("hook.kagent.dev/watcher unchanged");
  expect(await applied("Look again.")).toBe("hook.kagent.dev/watcher configured");
  expect(await kubectl("get", "hook", "watcher", "-o", "jsonpath={.spec.eventConfigurations[0].prompt}")).toBe(
    "Look again.",
  );
  const { metadata } = rig.storage.get("hooks", "shop", "watcher") ?? {};
  expect(metadata?.generation).toBe(2);
});

it("create makes a namespace, which is used and deleted again", async (context) => {
  await needsKubectl(context);
  expect(await kubectl("create", "namespace", "fresh", "--save-config")).toBe("namespace/fresh created\n");
  await expect(kubectl("create", "namespace", "fresh")).rejects.toThrow(/namespaces "fresh" already exists/);
  await expect(kubectl("create", "namespace", "No_Name")).rejects.toThrow(/metadata.name: Invalid value: "No_Name"/);
  expect(rig.storage.get("namespaces", undefined, "fresh")?.metadata).toMatchObject({
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": expect.stringContaining('"name":"fresh"') },
    managedFields: [{ manager: "kubectl-create", operation: "Update" }],
  });
  const file = join(folder, "hook.yaml");
  await writeFile(file, manifest("Look."));
  expect(await kubectl("apply", "-n", "fresh", "-f", file)).toBe("hook.kagent.dev/watcher created\n");
  expect(await kubectl("delete", "namespace", "fresh")).toContain('namespace "fresh" deleted');
  expect(rig.storage.get("namespaces", undefined, "fresh")).toBeUndefined();
});

it("apply tells what is wrong before anything is kept", async (context) => {
  await needsKubectl(context);
  const file = join(folder, "bad.yaml");
  await writeFile(file, manifest("Look.").replace("pod-restart", "pod-exploded"));
  await expect(kubectl("apply", "-f", file)).rejects.toThrow(/Unsupported value: "pod-exploded"/);
  expect(rig.storage.list("hooks")).toEqual([]);
});

it("server-side apply owns its fields and conflicts with others", async (context) => {
  await needsKubectl(context);
  const file = join(folder, "hook.yaml");
  await writeFile(file, manifest("Look."));
  await kubectl("apply", "--server-side", "--field-manager=one", "-f", file);
  await writeFile(file, manifest("Do not look."));
  const second = kubectl("apply", "--server-side", "--field-manager=two", "-f", file);
  await expect(second).rejects.toThrow(/conflict with "one"/);
});

it("get shows hooks and events of all namespaces", async (context) => {
  await needsKubectl(context);
  rig.hook("watcher");
  rig.event("web-1.a");
  rig.event("web-1.b", { reason: "Killing", type: "Normal" });
  const [hooks = "", events = ""] = (await kubectl("get", "hooks,events", "-A")).split("\n\n");
  expect(rows(hooks).map((row) => row.slice(0, 2))).toEqual([["shop", "hook.kagent.dev/watcher"]]);
  expect(rows(events).map((row) => [row[0], row[2], row[3], row[4]])).toEqual([
    ["shop", "Warning", "BackOff", "pod/web-1"],
    ["shop", "Normal", "Killing", "pod/web-1"],
  ]);
});

it("describe shows a hook with the events about it", async (context) => {
  await needsKubectl(context);
  const { uid } = rig.hook("watcher").metadata;
  const about = { kind: "Hook", apiVersion: "kagent.dev/v1alpha2", namespace: "shop", name: "watcher", uid };
  rig.event("watcher.a", {
    involvedObject: about,
    reason: "EventFiring",
    message: "Event pod-restart fired",
    type: "Normal",
  });
  rig.event("other.a");
  const described = await kubectl("describe", "hook", "watcher");
  expect(described).toContain("Prompt:      Look.");
  expect(described).toMatch(/Events:[\s\S]*Normal +EventFiring[\s\S]*Event pod-restart fired/);
  expect(described).not.toContain("BackOff");
});

it("get -w goes on telling", async (context) => {
  await needsKubectl(context);
  rig.hook("first");
  const watching = spawn(KUBECTL, ["get", "hooks", "-w", "--output-watch-events"], { env: environment });
  try {
    let told = "";
    watching.stdout.on("data", (data) => {
      told += data;
    });
    const until = async (text: string) => {
      for (let waited = 0; !told.includes(text); waited += 20) {
        if (waited > 10_000) throw new Error(`no ${text} in ${told}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await until("first");
    rig.hook("second");
    await until("second");
    rig.storage.delete("hooks", "shop", "first");
    await until("DELETED");
    expect(rows(told).map((row) => row.slice(0, 2))).toEqual([
      ["ADDED", "first"],
      ["ADDED", "second"],
      ["DELETED", "first"],
    ]);
  } finally {
    watching.kill();
  }
});
