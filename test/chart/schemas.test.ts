// The schemas themselves, held against manifests that are wrong: a check that lets everything pass shows nothing.
import { expect, test } from "vitest";
import type { Manifest } from "./manifest.ts";
import { schemaFaults } from "./schemas.ts";

const GOOD: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { app: "web" } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web" }] } },
  },
};

function changed(spec: object): Manifest {
  return { ...GOOD, spec: { ...(GOOD.spec as object), ...spec } }; // it is one, above
}

test("a good manifest has no faults", async () => {
  expect(await schemaFaults(GOOD)).toEqual([]);
});

test.each<[string, Manifest, RegExp]>([
  ["a number that is a text", changed({ replicas: "1" }), /^\/spec\/replicas .*integer/],
  ["a part that is missing", changed({ selector: undefined }), /^\/spec\/selector |^\/spec .*selector/],
  ["a field that there is not", changed({ replcas: 1 }), /^\/spec\/replcas is no field/],
  [
    "a field that there is not, deep down",
    changed({ template: { spec: { containers: [{ name: "web", imagePolicy: "Always" }] } } }),
    /^\/spec\/template\/spec\/containers\/0\/imagePolicy is no field/,
  ],
  ["a kind without a schema", { ...GOOD, kind: "Deploiment" }, /no schema for apps\/v1 Deploiment/],
])("%s is a fault", async (_, manifest, fault) => {
  expect((await schemaFaults(manifest)).join("\n")).toMatch(fault);
});
