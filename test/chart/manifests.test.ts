// What the chart makes of each of many installations: sound by Kubernetes' schemas, taken by an API server, bound as tightly as can be.
// The manifests are those of the real helm.
import { expect, test } from "vitest";
import { parse } from "yaml";
import { Rig } from "../demo/server/rig.ts";
import { CHART, hasHelm, helm, rendered, withValues } from "./helm.ts";
import { at, fileOf, kinds, listAt, only, podSpec, textAt, type Values } from "./manifest.ts";
import { restrictedFaults } from "./podSecurity.ts";
import { schemaFaults } from "./schemas.ts";
import { VALUE_SETS } from "./valueSets.ts";

const SETS = Object.entries(VALUE_SETS);
/** Kinds that the embedded API server knows, and where it takes them. */
const TAKEN: Readonly<Record<string, string>> = { ConfigMap: "configmaps" };

test.runIf(hasHelm)("helm lint has nothing to say against it, however strict", async () => {
  const { ok, stdout } = await helm("lint", "--strict", CHART);
  expect(ok, stdout).toBe(true);
  expect(stdout).not.toMatch(/\[(?:WARNING|ERROR)\]/);
});

test("there are many installations to look at", () => {
  expect(SETS.length).toBeGreaterThanOrEqual(12);
});

test.runIf(hasHelm).each(SETS)(
  "%s: every manifest is one that Kubernetes takes, and no two are one",
  async (_, values) => {
    const lint = await withValues("lint", values, "--strict");
    expect(lint.ok, lint.stdout + lint.stderr).toBe(true);
    const manifests = await rendered(values);
    const faults = await Promise.all(
      manifests.map(async (manifest) => (await schemaFaults(manifest)).map((fault) => `${manifest.kind}: ${fault}`)),
    );
    expect(faults.flat()).toEqual([]);
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const unlabelled = manifests.filter(
      ({ metadata }) => metadata.labels?.["app.kubernetes.io/name"] !== "khook-gateway",
    );
    expect(unlabelled.map(({ kind }) => kind)).toEqual([]);

    await using rig = await Rig.start();
    for (const manifest of manifests) {
      const plural = TAKEN[manifest.kind];
      if (plural === undefined) continue;
      const sent = { ...manifest, metadata: { ...manifest.metadata, namespace: "shop" } };
      const { code, body } = await rig.send("POST", `/api/v1/namespaces/shop/${plural}?fieldValidation=Strict`, sent);
      expect(code, body.toString()).toBe(201);
    }
  },
);

test.runIf(hasHelm).each(SETS)(
  "%s: the pod is restricted, finds what it mounts, and is found by its Service",
  async (_, values) => {
    const manifests = await rendered(values);
    const pod = podSpec(manifests);
    const jobs = manifests.filter(({ kind }) => kind === "Job").map((job) => at(job, "spec.template.spec"));
    expect([pod, ...jobs].flatMap(restrictedFaults)).toEqual([]);
    const [container] = listAt(pod, "containers");
    expect(at(container, "securityContext.readOnlyRootFilesystem")).toBe(true);

    const claims = listAt(
      manifests.find(({ kind }) => kind === "StatefulSet"),
      "spec.volumeClaimTemplates",
    );
    const volumes = [
      ...listAt(pod, "volumes").map((each) => textAt(each, "name")),
      ...claims.map((each) => textAt(each, "metadata.name")),
    ];
    expect(new Set(volumes).size).toBe(volumes.length);
    const mounts = listAt(container, "volumeMounts").map((each) => textAt(each, "name"));
    expect(mounts.toSorted()).toEqual(volumes.toSorted());

    const ports = listAt(container, "ports");
    const names = ports.map((port) => at(port, "name"));
    expect(names.every((name) => String(name).length <= 15)).toBe(true);
    expect(new Set(ports.map((port) => at(port, "containerPort"))).size).toBe(ports.length);
    for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
      expect(names).toContain(at(container, `${probe}.httpGet.port`));
    }
    const service = only(manifests, "Service");
    for (const port of listAt(service, "spec.ports")) expect(names).toContain(at(port, "targetPort"));
    for (const { kind, spec } of manifests.filter(({ kind }) => ["StatefulSet", "Deployment"].includes(kind))) {
      expect(at(spec, "replicas"), kind).toBeOneOf([0, 1]);
      expect(at(spec, "template.metadata.labels")).toMatchObject(at(spec, "selector.matchLabels") as object); // by its schema
      expect(at(spec, "template.metadata.labels")).toMatchObject(at(service, "spec.selector") as object); // by its schema
    }
  },
);

test.runIf(hasHelm)("with a volume it is a StatefulSet, without one a Deployment, and never both", async () => {
  const workloads = async (values: Values) =>
    kinds(await rendered(values)).filter((kind) => /Set$|Deployment|Claim$/.test(kind));
  expect(await workloads({})).toEqual(["StatefulSet"]);
  expect(await workloads({ store: { persistence: { enabled: false } } })).toEqual(["Deployment"]);
  expect(await workloads({ sidecar: { enabled: true } })).toEqual(["PersistentVolumeClaim"]);
});

test.runIf(hasHelm)("everything that can be left out is left out unless it is asked for", async () => {
  expect(kinds(await rendered())).toEqual([
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "Service",
    "ServiceAccount",
    "StatefulSet",
  ]);
});

test.runIf(hasHelm)("the defaults are what they were", async () => {
  const { stdout } = await withValues("template", {});
  await expect(stdout).toMatchFileSnapshot("../fixtures/chart/defaults.yaml");
});

test.runIf(hasHelm)("settings that change make another pod", async () => {
  const sets = [{}, { controller: { logLevel: "debug" } }, { eventMappings: [{ eventSource: "a", eventType: "b" }] }];
  const annotations = await Promise.all(
    sets.map(async (values) => {
      const workload = only(await rendered(values), "StatefulSet");
      return JSON.stringify(at(workload, "spec.template.metadata.annotations"));
    }),
  );
  expect(new Set(annotations).size).toBe(3);
});

test.runIf(hasHelm)("a pod is given the time that its stop takes, and ten seconds", async () => {
  const manifests = await rendered();
  const { shutdownDelay, shutdownGrace } = parse(fileOf(only(manifests, "ConfigMap"), "config.yaml"));
  expect([shutdownDelay, shutdownGrace]).toEqual(["5s", "20s"]);
  expect(at(podSpec(manifests), "terminationGracePeriodSeconds")).toBeGreaterThanOrEqual(5 + 20 + 10);
});
