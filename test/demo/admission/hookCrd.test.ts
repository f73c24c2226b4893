// The Hook definition against the recorded one, and the documents that describe the API by it.
import { describe, expect, test } from "vitest";
import { isJsonObject } from "../../../src/demo/admission/fieldType.ts";
import { goJson } from "../../../src/demo/admission/goJson.ts";
import { hookCrd, hookSchema, schemaOf } from "../../../src/demo/admission/hookCrd.ts";
import { openapiV2, openapiV3, openapiV3Index } from "../../../src/demo/admission/hookOpenapi.ts";
import { normalised, recording } from "./recording.ts";

test("the definition is the one a real server shows once it is established", () => {
  const recorded = normalised(recording("105-crd-established").answer);
  expect(normalised(goJson(hookCrd))).toBe(recorded.replace('"uid":"…","resourceVersion":"…",', ""));
});

test("its schema is the one that was sent to the real server", () => {
  const sent = JSON.parse(recording("104-crd-create").body);
  expect(hookSchema).toEqual(sent.spec.versions[0].schema.openAPIV3Schema);
  expect(schemaOf(hookCrd, "v1alpha2")).toBe(hookSchema);
  expect(schemaOf(hookCrd, "v1")).toBeUndefined();
});

/** Everything a document refers to, looked up in it. */
function references(document: unknown, value: unknown = document): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.flatMap((item) => references(document, item));
  if (!isJsonObject(value)) return [];
  const inner = Object.values(value).flatMap((item) => references(document, item));
  if (typeof value.$ref !== "string") return inner;
  const found = value.$ref
    .slice(2)
    .split("/")
    .reduce<unknown>((part, step) => (isJsonObject(part) ? part[step] : undefined), document);
  return [[value.$ref, found], ...inner];
}

describe("the OpenAPI documents", () => {
  const index = Object.keys(Object(openapiV3Index().paths));
  const documents = index.map((root) => openapiV3(root.replace(/^apis?\//, "")));

  test("are there for every group and version of the index, and for no other", () => {
    expect(index).toEqual([
      "api/v1",
      "apis/coordination.k8s.io/v1",
      "apis/events.k8s.io/v1",
      "apis/kagent.dev/v1alpha2",
    ]);
    expect(documents.every(isJsonObject)).toBe(true);
    expect(openapiV3("kagent.dev/v1")).toBeUndefined();
  });

  test("hold everything they refer to", () => {
    for (const document of [...documents, openapiV2()]) {
      const found = references(document);
      expect(found.length).toBeGreaterThan(0);
      for (const [reference, target] of found) expect(target, reference).toMatchObject({ type: "object" });
    }
  });

  test("say for a write of Hooks what kubectl needs to know to let the server validate", () => {
    const { paths, components } = Object(openapiV3("kagent.dev/v1alpha2"));
    const { patch } = paths["/apis/kagent.dev/v1alpha2/namespaces/{namespace}/hooks/{name}"];
    const kind = { group: "kagent.dev", version: "v1alpha2", kind: "Hook" };
    expect(patch["x-kubernetes-group-version-kind"]).toEqual(kind);
    expect(patch.parameters.map((parameter: { name: string }) => parameter.name)).toContain("fieldValidation");
    expect(components.schemas["dev.kagent.v1alpha2.Hook"]).toMatchObject({
      "x-kubernetes-group-version-kind": [kind],
      properties: { spec: hookSchema.properties?.spec },
    });
  });

  test("follow a changed definition", () => {
    const schema = { ...hookSchema, properties: { ...hookSchema.properties, extra: { type: "string" as const } } };
    expect(openapiV3("kagent.dev/v1alpha2", schema)).toMatchObject({
      components: { schemas: { "dev.kagent.v1alpha2.Hook": { properties: { extra: { type: "string" } } } } },
    });
  });
});
