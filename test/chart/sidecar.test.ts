// In khook's pod: the documented patch, laid by the real kubectl over a Deployment as khook's own chart makes it.
// Everything of khook's stays as it was, and what comes of it is a pod that Kubernetes takes.
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { hasHelm, rendered } from "./helm.ts";
import { asManifest, at, fileOf, listAt, type Manifest, only, type Values } from "./manifest.ts";
import { restrictedFaults } from "./podSecurity.ts";
import { schemaFaults } from "./schemas.ts";

const KUBECTL = process.env.KUBECTL ?? "kubectl";
const KHOOK = new URL("../fixtures/chart/khook-deployment.yaml", import.meta.url);

const hasKubectl = spawnSync(KUBECTL, ["version", "--client"], { stdio: "ignore" }).status === 0;
if (!hasKubectl) console.warn(`NOT TESTED WITH KUBECTL: there is no ${KUBECTL} on this machine (KUBECTL names one).`);

const khook = asManifest(parse(readFileSync(KHOOK, "utf8")));

/** As `kubectl patch deployment khook --patch-file patch.yaml` has it, without a cluster. */
async function patched(deployment: Manifest, manifests: readonly Manifest[]): Promise<Manifest> {
  const directory = await temporaryDirectory();
  const [file, patch] = [join(directory, "deployment.json"), join(directory, "patch.yaml")];
  await writeFile(file, JSON.stringify(deployment));
  const holder = manifests.find(({ metadata }) => metadata.name.endsWith("-sidecar"));
  if (!holder) throw new Error("there is no patch");
  await writeFile(patch, fileOf(holder, "patch.yaml"));
  const flags = ["patch", "--local", "-f", file, "--patch-file", patch, "-o", "json"];
  const env = { PATH: process.env.PATH ?? "", HOME: directory };
  const { stdout } = await promisify(execFile)(KUBECTL, flags, { env });
  return asManifest(JSON.parse(stdout));
}

test.runIf(hasHelm && hasKubectl).each<[string, Values]>([
  ["with a volume", { sidecar: { enabled: true } }],
  ["nothing kept", { sidecar: { enabled: true }, store: { persistence: { enabled: false } } }],
])("%s: khook's pod has the gateway in it, and khook as it was", async (_, values) => {
  const manifests = await rendered(values);
  const both = await patched(khook, manifests);
  expect(await schemaFaults(both)).toEqual([]);
  const pod = at(both, "spec.template.spec");
  expect(restrictedFaults(pod)).toEqual([]);

  const containers = listAt(pod, "containers");
  expect(containers.map((each) => at(each, "name")).toSorted()).toEqual(["khook-gateway", "manager"]);
  const manager = containers.find((each) => at(each, "name") === "manager");
  expect(manager).toEqual(at(khook, "spec.template.spec.containers.0"));
  expect(listAt(pod, "volumes")).toEqual(expect.arrayContaining([...listAt(khook, "spec.template.spec.volumes")]));
  const ports = containers.flatMap((each) => listAt(each, "ports"));
  for (const field of ["name", "containerPort"]) {
    expect(new Set(ports.map((port) => at(port, field))).size, field).toBe(ports.length);
  }
  const gateway = containers.find((each) => at(each, "name") === "khook-gateway");
  const volumes = listAt(pod, "volumes").map((each) => at(each, "name"));
  for (const mount of listAt(gateway, "volumeMounts")) expect(volumes).toContain(at(mount, "name"));
  expect(at(both, "spec.strategy.type")).toBe(values.store ? "RollingUpdate" : "Recreate");
  expect(at(both, "spec.strategy.rollingUpdate") === undefined).toBe(!values.store);

  // Patched again after a change, there is still one of each.
  const again = await patched(both, await rendered({ ...values, controller: { logLevel: "debug" } }));
  expect(listAt(again, "spec.template.spec.containers")).toEqual(containers);
  expect(at(again, "spec.template.metadata.annotations")).not.toEqual(at(both, "spec.template.metadata.annotations"));
});

test.runIf(hasHelm)(
  "beside khook there is a Service for its pods, and rights for its account, but nothing that runs",
  async () => {
    const manifests = await rendered({ sidecar: { enabled: true } });
    expect(at(only(manifests, "Service"), "spec.selector")).toEqual(at(khook, "spec.selector.matchLabels"));
    expect(listAt(only(manifests, "ClusterRoleBinding"), "subjects")).toEqual([
      { kind: "ServiceAccount", name: at(khook, "spec.template.spec.serviceAccountName"), namespace: "khook" },
    ]);
    expect(manifests.filter(({ kind }) => /^(?:StatefulSet|Deployment|ServiceAccount)$/.test(kind))).toEqual([]);
  },
);
