// In khook's pod: the documented patch, laid by the real kubectl over a Deployment as khook's own chart makes it.
// Everything of khook's stays as it was, and what comes of it is a pod that Kubernetes takes.
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
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

function holderOf(manifests: readonly Manifest[]): Manifest {
  const holder = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.endsWith("-sidecar"));
  if (!holder) throw new Error("there is no patch");
  return holder;
}

/** As `kubectl patch deployment khook --patch-file patch.yaml` has it, without a cluster. */
async function patched(deployment: Manifest, manifests: readonly Manifest[], name = "patch.yaml"): Promise<Manifest> {
  const directory = await temporaryDirectory();
  const [file, patch] = [join(directory, "deployment.json"), join(directory, name)];
  await writeFile(file, JSON.stringify(deployment));
  await writeFile(patch, fileOf(holderOf(manifests), name));
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

const APPLIED: Values = { sidecar: { enabled: true, apply: true } };

test.runIf(hasHelm && hasKubectl)(
  "what the release lays by itself is the same patch, and it takes it away again",
  async () => {
    const manifests = await rendered(APPLIED);
    const holder = holderOf(manifests);
    expect(JSON.parse(fileOf(holder, "patch.json"))).toEqual(parse(fileOf(holder, "patch.yaml")));
    const without = await patched(await patched(khook, manifests), manifests, "removal.json");
    for (const path of ["spec.template.spec.containers", "spec.template.spec.volumes", "spec.template.metadata"]) {
      expect(at(without, path), path).toEqual(at(khook, path));
    }
  },
);

test.runIf(hasHelm)(
  "its Jobs may patch khook's Deployment, do that with their own token, and fail when they are refused",
  async () => {
    const manifests = await rendered(APPLIED);
    const account = only(manifests, "ServiceAccount").metadata.name;
    const role = only(manifests, "Role");
    expect(listAt(role, "rules")).toEqual([
      { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["khook"], verbs: ["patch"] },
    ]);
    expect(at(only(manifests, "RoleBinding"), "subjects.0.name")).toBe(account);
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "token"), "its-token\n");
    for (const name of ["patch.mjs", "patch.json", "removal.json"]) {
      await writeFile(join(directory, name), fileOf(holderOf(manifests), name));
    }

    for (const job of manifests.filter(({ kind }) => kind === "Job")) {
      expect(at(job, "spec.template.spec.serviceAccountName")).toBe(account);
      const command = listAt(job, "spec.template.spec.containers.0.command").map(String);
      const [, ...args] = command.map((text) => text.replace(/^\/patch\//, `${directory}/`));
      const file = command.at(-1)?.split("/").at(-1) ?? "";
      for (const code of [200, 403]) {
        await using api = await ApiStub.start(code);
        const ran = promisify(execFile)(process.execPath, args, { env: { SERVER: api.url, ACCOUNT: directory } });
        const said = await ran.then(
          ({ stdout }) => stdout,
          ({ stderr }: { readonly stderr: string }) => stderr,
        );
        expect(said).toContain(code === 200 ? "is patched" : "is not patched: 403 no, says the server");
        await (code === 200 ? expect(ran).resolves.toBeDefined() : expect(ran).rejects.toMatchObject({ code: 1 }));
        expect(api.heard).toEqual([
          {
            asked: "PATCH /apis/apps/v1/namespaces/khook/deployments/khook?fieldManager=khook-gateway",
            token: "Bearer its-token",
            type: "application/strategic-merge-patch+json",
            body: JSON.parse(fileOf(holderOf(manifests), file)),
          },
        ]);
      }
    }
  },
);

/** Answers everything with one code, and keeps what it heard. */
class ApiStub implements AsyncDisposable {
  readonly heard: unknown[] = [];
  readonly #server: Server;

  private constructor(code: number) {
    this.#server = createServer(async (req, res) => {
      const { authorization: token, "content-type": type } = req.headers;
      this.heard.push({ asked: `${req.method} ${req.url}`, token, type, body: await json(req) });
      res.writeHead(code).end("no, says the server");
    });
  }

  static async start(code: number): Promise<ApiStub> {
    const stub = new ApiStub(code);
    stub.#server.listen(0, "127.0.0.1");
    await once(stub.#server, "listening");
    return stub;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on one
    return `http://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
