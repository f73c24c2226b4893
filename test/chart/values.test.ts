// The values: schema, defaults and README are of one another, and what is wrong is refused by name.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readCommand } from "../../src/config.ts";
import { SETTINGS } from "../../src/settings.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { CHART, hasHelm, rendered, withValues } from "./helm.ts";
import { at, type Values } from "./manifest.ts";
import { mount } from "./mounted.ts";
import { VALUE_SETS } from "./valueSets.ts";

const values: unknown = parse(readFileSync(`${CHART}/values.yaml`, "utf8"));
const schema: unknown = JSON.parse(readFileSync(`${CHART}/values.schema.json`, "utf8"));

test("the schema knows every value that there is, and there is every value that it knows", () => {
  const faults: string[] = [];
  const compare = (value: unknown, of: unknown, path: string): void => {
    const properties = at(of, "properties");
    if (typeof properties !== "object" || properties === null || typeof value !== "object" || value === null) return;
    if (at(of, "additionalProperties") !== false) faults.push(`${path} takes anything`);
    const names = new Set([...Object.keys(value), ...Object.keys(properties)]);
    for (const name of names) {
      if (!(name in properties)) faults.push(`${path}.${name} is not in the schema`);
      else if (!(name in value)) faults.push(`${path}.${name} is not in values.yaml`);
      else compare(Reflect.get(value, name), Reflect.get(properties, name), `${path}.${name}`);
    }
  };
  compare(values, schema, "");
  const open = ["global", "resources.requests", "resources.limits", "resources.claims"]; // Helm's own, and Kubernetes'
  const settings = Object.keys(at(schema, "properties.settings.properties") as object); // an object, as all schemas
  const free = [...open, ...settings.map((name) => `settings.${name}`)].map((path) => `.${path} is not in values.yaml`);
  expect(faults.filter((fault) => !free.includes(fault))).toEqual([]);
});

test.runIf(hasHelm)("every setting of the gateway can be set by the chart, and by one value alone", async () => {
  const bySchema = Object.keys(at(schema, "properties.settings.properties") as object); // as above
  const byValues = new Set<string>();
  for (const { settings: _, ...set } of Object.values(VALUE_SETS)) {
    const command = readCommand({ argv: await mount(await rendered(set), await temporaryDirectory()), env: {} });
    if (command.run !== "gateway") throw new Error("these arguments start no gateway");
    for (const [name, origin] of Object.entries(command.origins)) if (origin !== "default") byValues.add(name);
  }
  // Where a gateway in a pod finds its cluster is not for settings to say, and a demo is no installation.
  const unset = ["kubeconfig", "context", "demo", "demoSeed"];
  expect([...bySchema, ...byValues, ...unset].toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
});

test.runIf(hasHelm).each<[string, Values, RegExp]>([
  ["two replicas", { replicaCount: 2 }, /at '\/replicaCount': maximum: got 2, want 1/],
  ["a name that there is not", { replicaCont: 1 }, /additional properties 'replicaCont' not allowed/],
  [
    "a name that there is not, deep down",
    { api: { graphql: { mod: "open" } } },
    /at '\/api\/graphql': additional properties 'mod'/,
  ],
  [
    "a level that there is not",
    { controller: { logLevel: "verbose" } },
    /at '\/controller\/logLevel': value must be one of 'trace', 'debug', 'info'/,
  ],
  ["a port that there is not", { api: { port: 70_000 } }, /at '\/api\/port': maximum/],
  [
    "a number for a duration",
    { store: { retention: { age: 30 } } },
    /at '\/store\/retention\/age': got number, want string/,
  ],
  [
    "a duration without a unit",
    { store: { retention: { age: "30" } } },
    /at '\/store\/retention\/age': '30' does not match/,
  ],
  ["another store", { store: { type: "postgres" } }, /at '\/store\/type': value must be 'sqlite'/],
  ["a setting that there is not", { settings: { maxStream: 5 } }, /at '\/settings': additional properties 'maxStream'/],
  ["a setting that has a value", { settings: { port: 5 } }, /at '\/settings': additional properties 'port'/],
  ["a budget that holds up a drain", { pdb: { maxUnavailable: 0 } }, /at '\/pdb\/maxUnavailable': minimum/],
  [
    "an alert that there is not",
    { metrics: { prometheusRule: { disabled: ["Watchdog"] } } },
    /at '\/metrics\/prometheusRule\/disabled\/0': value must be one of 'KhookGatewayAbsent'/,
  ],
  ["a rate of nothing", { rateLimit: { requests: "200" } }, /at '\/rateLimit\/requests': '200' does not match/],
  ["every origin", { api: { corsAllowedOrigins: ["*"] } }, /at '\/api\/corsAllowedOrigins\/0'/],
  ["a provider without TLS", { auth: { oidc: { issuerUrl: "http://login" } } }, /at '\/auth\/oidc\/issuerUrl'/],
  ["none beside others", { auth: { modes: ["none", "oidc"] } }, /auth\.modes: none must not stand beside others/],
  ["none by itself", { auth: { modes: ["none"] } }, /say auth\.allowUnauthenticated=true if that is meant/],
  [
    "oidc without a provider",
    { auth: { modes: ["oidc"] } },
    /oidc needs auth\.oidc\.issuerUrl and auth\.oidc\.clientId/,
  ],
  ["a proxy from anywhere", { auth: { modes: ["proxy"] } }, /proxy needs auth\.proxy\.trustedAddresses/],
  [
    "a proxy without a proof",
    { auth: { modes: ["proxy"], proxy: { trustedAddresses: ["10.0.0.1"] } } },
    /needs a proof of the proxy/,
  ],
  ["HTTP/2 without TLS", { tls: { http2: true } }, /need tls\.secretName/],
  ["an Ingress to nowhere", { ingress: { enabled: true } }, /needs ingress\.hosts, such as/],
  ["an HTTPRoute from nowhere", { httpRoute: { enabled: true } }, /needs httpRoute\.parentRefs, such as/],
  [
    "an Ingress to nothing",
    {
      ingress: { enabled: true, hosts: ["a.example"] },
      api: { graphql: { exposed: false }, rest: { exposed: false } },
    },
    /needs api\.graphql\.exposed or api\.rest\.exposed/,
  ],
  [
    "a monitor of no metrics",
    { metrics: { enabled: false, serviceMonitor: { enabled: true } } },
    /need metrics\.enabled/,
  ],
  ["two ports that are one", { metrics: { port: 8082 } }, /must differ: two of them are 8082/],
  ["a budget for khook's pod", { sidecar: { enabled: true }, pdb: { enabled: true } }, /they are khook's to have/],
])("refused by name: %s", async (_, wrong, message) => {
  const { ok, stderr } = await withValues("template", wrong);
  expect(ok).toBe(false);
  expect(stderr).toMatch(message);
});
