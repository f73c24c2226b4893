// The types of custom resource definitions and secrets, field by field in Go's order.
// Promises ownership as a real server tracks it; the schemas inside a definition are kept as they were sent.

import type { KubeObject } from "../kubeObject.ts";
import { objectMeta } from "./builtinTypes.ts";
import { ANYTHING, type Field, type FieldType, type ListType, type StructType } from "./fieldType.ts";
import type { ObjectKind } from "./objectKind.ts";

const STRING: FieldType = { form: "string" };
const string: Field = { type: STRING };
const alwaysString: Field = { type: STRING, always: true };
const pointed = { pointer: true } as const;

function struct(name: string, fields: Readonly<Record<string, Field>>): StructType {
  return { form: "struct", name, fields };
}

function list(items: FieldType, merge: ListType["merge"] = "atomic"): ListType {
  return { form: "list", items, merge };
}

const names: Field = {
  type: struct("CustomResourceDefinitionNames", {
    plural: alwaysString,
    singular: string,
    shortNames: { type: list(STRING) },
    kind: alwaysString,
    listKind: string,
    categories: { type: list(STRING) },
  }),
};

const condition = struct("CustomResourceDefinitionCondition", {
  type: alwaysString,
  status: alwaysString,
  lastTransitionTime: { type: { form: "time" }, pointer: true },
  reason: string,
  message: string,
  observedGeneration: { type: { form: "int64" } },
});

const definition = struct("CustomResourceDefinition", {
  kind: string,
  apiVersion: string,
  metadata: { type: objectMeta },
  spec: {
    type: struct("CustomResourceDefinitionSpec", {
      group: alwaysString,
      names,
      scope: alwaysString,
      versions: { type: list(ANYTHING), always: true },
      conversion: {
        type: struct("CustomResourceConversion", { strategy: alwaysString, webhook: { type: ANYTHING, ...pointed } }),
        ...pointed,
      },
      preserveUnknownFields: { type: { form: "bool" } },
    }),
  },
  status: {
    type: struct("CustomResourceDefinitionStatus", {
      conditions: { type: list(condition, { keys: ["type"] }), always: true },
      acceptedNames: names,
      storedVersions: { type: list(STRING), always: true },
    }),
  },
});

const secret = struct("Secret", {
  kind: string,
  apiVersion: string,
  metadata: { type: objectMeta },
  immutable: { type: { form: "bool" }, ...pointed },
  data: { type: { form: "map", values: STRING } },
  stringData: { type: { form: "map", values: STRING } },
  type: string,
});

function kind(type: ObjectKind["type"], plural: string, fields: StructType, hasStatus: boolean): ObjectKind {
  const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
  return {
    type,
    resource: { group: type.group, resource: plural },
    isCustom: false,
    hasStatus,
    preset: {},
    versions: { [apiVersion]: { fields, show: same, store: same } },
  };
}

const same = (object: KubeObject): KubeObject => object;

export const definitionKind = kind(
  { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" },
  "customresourcedefinitions",
  definition,
  true,
);
export const secretKind = kind({ group: "", version: "v1", kind: "Secret" }, "secrets", secret, false);
