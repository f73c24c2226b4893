// The rights that the chart gives are those that the gateway uses: an API server that keeps to them sees all that it does.
// A call without its right, and a right without its call, are faults alike.
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeKubeconfig } from "../../src/demo/server/kubeconfig.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { GuardedStage } from "../gateway/guarded.ts";
import { until } from "../gateway/storedEvents.ts";
import { hasHelm, rendered } from "./helm.ts";
import type { Values } from "./manifest.ts";
import { accountOf, asRule, covers, rightsOf } from "./rights.ts";
import { VALUE_SETS } from "./valueSets.ts";

/** What every account may, by `system:public-info-viewer`. */
const OF_EVERYBODY = ["/version"];
const HOOK = `apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata: { name: restarts, namespace: shop }
spec: { eventConfigurations: [{ eventType: pod-restart, agentRef: { name: agent }, prompt: Look }] }
`;

test.runIf(hasHelm).each<[string, Values, readonly string[]]>([
  ["all namespaces", {}, []],
  ["some namespaces", VALUE_SETS["some namespaces"] ?? {}, ["--watch-namespaces", "shop,billing"]],
  ["khook's pod", VALUE_SETS["in khook's pod"] ?? {}, ["--watch-namespaces", "shop"]],
])("in %s, each call has its right and each right its call", async (_, values, flags) => {
  const manifests = await rendered(values);
  const account = accountOf(manifests);
  const rights = rightsOf(manifests, account);
  expect(rights.length).toBeGreaterThan(5);

  const guarded = await GuardedStage.set();
  const { server } = guarded.stage.cluster;
  guarded.stage.cluster.happen(30);
  server.access.tokens.set("mounted", { user: account });
  server.access.withoutToken = undefined;
  server.access.rules.push(...rights.map((right) => asRule(right, account)));
  const kubeconfig = join(await temporaryDirectory(), "kubeconfig");
  await writeKubeconfig(kubeconfig, { url: server.url, token: "mounted" });

  const gateway = await guarded.gateway({ kubeconfig, flags });
  const { headers } = guarded.caller([{}, { paths: ["/diagnostics", "/metrics"] }]);
  const asked = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(gateway.url + path, { ...init, headers: { ...headers, ...init.headers } });
    expect(answer.status, `${path} ${await answer.clone().text()}`).toBe(200);
  };
  for (const path of ["events", "hooks", "stats/events/summary", "health", "diagnostics", "metrics"]) {
    await asked(`/api/v1/${path}`);
  }
  const manifest = { method: "POST", body: HOOK, headers: { "Content-Type": "application/yaml" } };
  await asked("/api/v1/hooks/validate", manifest);
  await asked("/api/v1/hooks/preview", manifest);
  const calls = () => [...server.requests].filter(({ user }) => user === account.username);
  await until(() => calls().some(({ resource }) => resource === "leases"), "a look for khook's Lease");
  await until(() => calls().every(({ code }) => code !== undefined), "answers to all of them");

  const told = calls().map((call) => ({ ...call, about: `${call.verb} ${call.path} ${call.code}` }));
  expect(told.filter(({ code = 0 }) => code === 401 || code === 403).map(({ about }) => about)).toEqual([]);
  const uncovered = told.filter(
    (call) => !rights.some((right) => covers(right, call)) && !OF_EVERYBODY.includes(call.path),
  );
  expect(uncovered.map(({ about }) => about)).toEqual([]);
  const unused = rights.filter((right) => !told.some((call) => covers(right, call)));
  expect(unused).toEqual([]);
  expect(gateway.errors).toEqual([]);
  expect(gateway.warnings).toEqual([]);
});

test.runIf(hasHelm)("without a right the gateway says so: the API server of this test keeps to them", async () => {
  const manifests = await rendered({ watchNamespaces: ["shop"] });
  const account = accountOf(manifests);
  const guarded = await GuardedStage.set();
  const { server } = guarded.stage.cluster;
  server.access.tokens.set("mounted", { user: account });
  server.access.rules.push(...rightsOf(manifests, account).map((right) => asRule(right, account)));
  const kubeconfig = join(await temporaryDirectory(), "kubeconfig");
  await writeKubeconfig(kubeconfig, { url: server.url, token: "mounted" });
  await guarded.stage.startGateway({ kubeconfig }); // of all namespaces
  const calls = () => [...server.requests].filter(({ user }) => user === account.username);
  await until(() => calls().some(({ code, resource }) => code === 403 && resource === "events"), "a refusal");
});

test.runIf(hasHelm)("rights that only a way of authentication needs are given with it alone", async () => {
  const reviews = async (values: Values) => {
    const manifests = await rendered(values);
    const rights = rightsOf(manifests, accountOf(manifests));
    expect(rights.every(({ verb }) => ["get", "list", "watch", "create"].includes(verb))).toBe(true);
    return rights.filter(({ verb }) => verb === "create").map(({ resource }) => resource);
  };
  expect(await reviews({})).toEqual(["tokenreviews", "subjectaccessreviews"]);
  expect(await reviews(VALUE_SETS["behind a proxy, over TLS"] ?? {})).toEqual(["subjectaccessreviews"]);
  expect(await reviews(VALUE_SETS["monitored without a token"] ?? {})).toEqual([]);
});
