// Manifests judged by a whole gateway: by what its cluster has installed, its namespaces, and the hooks it watches.
import { expect, test } from "vitest";
import { GOOD } from "../hooks/marked.ts";
import { Stage } from "./gateway.ts";

async function judged(url: string, manifest: string) {
  const headers = { "Content-Type": "application/yaml" };
  const response = await fetch(`${url}/api/v1/hooks/validate`, { method: "POST", headers, body: manifest });
  expect(response.status).toBe(200);
  // biome-ignore lint/suspicious/noExplicitAny: read as the JSON it is
  return (await response.json()) as any;
}

test("the cluster's own definition and namespaces are what counts", async () => {
  const stage = await Stage.set({ pace: 1, namespaces: ["shop"] });
  const { url } = await stage.gateway();
  const { schema, errors, warnings } = await judged(url, GOOD.replace("namespace: kagent", "namespace: kagnet"));
  expect(schema).toEqual({ source: "cluster", apiVersions: ["kagent.dev/v1alpha2"], reason: null });
  expect(errors).toEqual([]);
  const codes = warnings.map(({ code }: { code: string }) => code);
  expect(codes).toContain("UNKNOWN_NAMESPACE");
}, 60_000);

test("without the definition the one that comes along is used, which is said", async () => {
  const stage = await Stage.set({ pace: 1, crd: false });
  const { url } = await stage.startGateway();
  const { schema, errors } = await judged(url, GOOD.replace("pod-restart", "pod-restrt"));
  expect(schema).toMatchObject({ source: "bundled", reason: expect.stringContaining("not found") });
  expect(errors).toMatchObject([{ code: "NOT_SUPPORTED" }]);
}, 60_000);
