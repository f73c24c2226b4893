// What people read: the notes after an install, the README's examples, and what is in the package.
// Each command and each value they name is one that there is.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { CHART, hasHelm, helm, RELEASE, rendered } from "./helm.ts";
import { at, fileOf, type Manifest, type Values } from "./manifest.ts";
import { schemaFaults } from "./schemas.ts";

const readme = readFileSync(`${CHART}/README.md`, "utf8");

async function notes(...set: readonly string[]): Promise<string> {
  const about = [RELEASE.name, CHART, "--namespace", RELEASE.namespace, "--dry-run=client"];
  const { ok, stdout, stderr } = await helm("install", ...about, ...set.flatMap((one) => ["--set", one]));
  if (!ok) throw new Error(stderr);
  return stdout.slice(stdout.indexOf("NOTES:"));
}

function isOneOf(manifests: readonly Manifest[], kind: string, name: string): boolean {
  return manifests.some((each) => each.kind.toLowerCase() === kind && each.metadata.name === name);
}

test.runIf(hasHelm)("the notes name what there is, and how a caller gets its rights", async () => {
  const text = await notes();
  const [, kind = "", name = ""] = /rollout status (\w+) (\S+)/.exec(text) ?? [];
  const manifests = await rendered();
  expect(isOneOf(manifests, kind, name)).toBe(true);
  const [, service = "", port] = /port-forward service\/(\S+) (\d+)/.exec(text) ?? [];
  expect(isOneOf(manifests, "service", service)).toBe(true);
  expect(port).toBe("8082");
  expect(text).toContain("--verb=list,watch --resource=events.events.k8s.io");
  expect(text).not.toContain("NOBODY");
  expect(await notes("auth.audiences={gateway}")).toContain("create token reader --audience=gateway");
});

test.runIf(hasHelm)("the notes say what is open, what is not kept, and what a scrape still needs", async () => {
  expect(await notes("auth.modes={none}", "auth.allowUnauthenticated=true")).toContain("NOBODY IS ASKED WHO THEY ARE");
  expect(await notes("store.persistence.enabled=false")).toContain("Nothing is kept");
  expect(await notes("metrics.serviceMonitor.enabled=true")).toContain("metrics.readers");
  expect(await notes("ingress.enabled=true", "ingress.hosts={a.example}")).toContain("http://a.example/graphql");
  const sidecar = await notes("sidecar.enabled=true");
  const [, holder = ""] = /get configmap (\S+) -o jsonpath='\{\.data\.patch\\\.yaml\}'/.exec(sidecar) ?? [];
  const configMap = (await rendered({ sidecar: { enabled: true } })).find(({ metadata }) => metadata.name === holder);
  expect(configMap && fileOf(configMap, "patch.yaml")).toContain("kind: Deployment");
});

test.runIf(hasHelm)("the README's values are taken, and make what Kubernetes takes", async () => {
  const examples = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => parse(text) as Values); // maps, by the schema
  expect(examples.length).toBeGreaterThanOrEqual(2);
  for (const example of examples) {
    const faults = await Promise.all((await rendered(example)).map(schemaFaults));
    expect(faults.flat()).toEqual([]);
  }
});

test("the README names values that there are", () => {
  const values: unknown = parse(readFileSync(`${CHART}/values.yaml`, "utf8"));
  const named = [
    ...readme.replace(/<!-- values:.*/s, "").matchAll(/`([a-z][A-Za-z]*(?:\.[a-z][A-Za-z]*)+)(?:=\w+)?`/g),
  ];
  const paths = named.map(([, path = ""]) => path).filter((path) => !/\.(?:yaml|json|io|dev)$/.test(path));
  expect(paths.length).toBeGreaterThan(3);
  const missing = paths.filter((path) => at(values, path) === undefined);
  expect(missing).toEqual([]);
});

test.runIf(hasHelm)("the package holds everything that the templates read, and installs from there", async () => {
  const directory = await temporaryDirectory();
  const packed = await helm("package", CHART, "--destination", directory);
  expect(packed.ok, packed.stderr).toBe(true);
  const { version } = parse(readFileSync(`${CHART}/Chart.yaml`, "utf8"));
  const archive = join(directory, `khook-gateway-${version}.tgz`);
  const all = ["metrics.prometheusRule.enabled=true", "metrics.dashboard.enabled=true"].flatMap((one) => [
    "--set",
    one,
  ]);
  const { ok, stdout } = await helm("template", RELEASE.name, archive, ...all);
  expect(ok).toBe(true);
  expect(stdout).toContain("alert: KagentDown");
  expect(stdout).toContain('"title": "khook-gateway"');
});

test("the chart is for the gateway's own version", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const { version, appVersion } = parse(readFileSync(`${CHART}/Chart.yaml`, "utf8"));
  expect([version, appVersion]).toEqual([manifest.version, manifest.version]);
});
