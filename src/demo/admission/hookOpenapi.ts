// The OpenAPI documents of the API server: v3 by group and version, and v2 for clients that still ask for it.
// Promises what kubectl's apply, create, explain and validation look for; operations say no more than that.
import { objectMeta } from "./builtinTypes.ts";
import { HOOK_TYPE } from "./hookAdmission.ts";
import { hookSchema } from "./hookCrd.ts";
import {
  configMapKind,
  coreEventKind,
  hookKind,
  leaseKind,
  namespaceKind,
  newEventKind,
  type ObjectKind,
  ownVersion,
} from "./objectKind.ts";
import { componentName, customSchema, type Schema, type Schemas, structSchemas } from "./openapiSchemas.ts";
import { apiVersionOf, type ExpectedType } from "./requestObject.ts";
import type { StructuralSchema } from "./structuralSchema.ts";

export type OpenapiDocument = Readonly<Record<string, unknown>>;

interface Described {
  readonly kind: ObjectKind;
  /** The package that a real server names the kind's schemas by. */
  readonly home: string;
}

const BUILTIN: readonly Described[] = [
  { kind: namespaceKind, home: "io.k8s.api.core.v1" },
  { kind: coreEventKind, home: "io.k8s.api.core.v1" },
  { kind: configMapKind, home: "io.k8s.api.core.v1" },
  { kind: newEventKind, home: "io.k8s.api.events.v1" },
  { kind: leaseKind, home: "io.k8s.api.coordination.v1" },
];
const INFO = { title: "Kubernetes", version: "v1.36.2" };
const V3 = "#/components/schemas/";
const V2 = "#/definitions/";

/** `/openapi/v3`: where the document of each group and version is. */
export function openapiV3Index(): OpenapiDocument {
  const versions = new Set(described(hookSchema).map(({ kind }) => rootOf(kind.type)));
  const paths = [...versions].sort().map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }]);
  return { paths: Object.fromEntries(paths) };
}

/** The document of `v1` or `<group>/<version>`; undefined when there is none. The schema is the Hook definition's. */
export function openapiV3(groupVersion: string, schema: StructuralSchema = hookSchema): OpenapiDocument | undefined {
  const kinds = described(schema).filter(({ kind }) => apiVersionOf(kind.type) === groupVersion);
  if (kinds.length === 0) return undefined;
  return {
    openapi: "3.0.0",
    info: INFO,
    paths: Object.assign({}, ...kinds.map(({ kind }) => pathsOf(kind, v3Operation))),
    components: { schemas: schemasOf(kinds, V3, schema) },
  };
}

/** `/openapi/v2`: everything in one document. */
export function openapiV2(schema: StructuralSchema = hookSchema): OpenapiDocument {
  const kinds = described(schema);
  return {
    swagger: "2.0",
    info: INFO,
    paths: Object.assign({}, ...kinds.map(({ kind }) => pathsOf(kind, v2Operation))),
    definitions: schemasOf(kinds, V2, schema),
  };
}

function described(schema: StructuralSchema): readonly Described[] {
  return [...BUILTIN, { kind: hookKind(schema), home: "dev.kagent.v1alpha2" }];
}

function schemasOf(kinds: readonly Described[], prefix: string, schema: StructuralSchema): Schemas {
  const all: Record<string, Schema> = {};
  for (const { kind, home } of kinds) {
    const names = { prefix, home };
    const own = kind.isCustom
      ? {
          ...structSchemas(objectMeta, names),
          [componentName(HOOK_TYPE.kind, names)]: customSchema(schema, prefix),
        }
      : structSchemas(ownVersion(kind).fields, names);
    Object.assign(all, own);
    const component = componentName(kind.type.kind, names);
    all[component] = { ...all[component], "x-kubernetes-group-version-kind": [typeOf(kind)] };
  }
  return all;
}

/** The two documents' ways to write one parameter of a request. */
type Parameter = (name: string, where: "query" | "path", type: "string" | "boolean") => Schema;
type OperationOf = (action: string, kind: ObjectKind) => Schema;

const ACTIONS = { get: "get", put: "put", patch: "patch", delete: "delete" } as const;
const LIST_ACTIONS = { get: "list", post: "post", delete: "deletecollection" } as const;
const STATUS_ACTIONS = { get: "get", put: "put", patch: "patch" } as const;

function pathsOf(kind: ObjectKind, operation: OperationOf): Readonly<Record<string, Schema>> {
  const root = `/${rootOf(kind.type)}`;
  const { resource } = kind.resource;
  const isNamespaced = kind !== namespaceKind;
  const place = isNamespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`;
  const item = (actions: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(actions).map(([method, action]) => [method, operation(action, kind)]));
  return {
    ...(isNamespaced ? { [`${root}/${resource}`]: item({ get: "list" }) } : {}),
    [place]: item(LIST_ACTIONS),
    [`${place}/{name}`]: item(ACTIONS),
    ...(kind.hasStatus ? { [`${place}/{name}/status`]: item(STATUS_ACTIONS) } : {}),
  };
}

const WRITES: readonly string[] = ["post", "put", "patch"];

function operationOf(action: string, kind: ObjectKind, parameter: Parameter): Schema {
  const writing = ["dryRun", "fieldManager", "fieldValidation"].map((name) => parameter(name, "query", "string"));
  return {
    ...(WRITES.includes(action) ? { parameters: writing } : {}),
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": typeOf(kind),
  };
}

const v3Operation: OperationOf = (action, kind) =>
  operationOf(action, kind, (name, where, type) => ({ name, in: where, schema: { type, uniqueItems: true } }));

const v2Operation: OperationOf = (action, kind) =>
  operationOf(action, kind, (name, where, type) => ({ name, in: where, type, uniqueItems: true }));

function typeOf({ type }: ObjectKind): Schema {
  return { group: type.group, kind: type.kind, version: type.version };
}

/** `api/v1` or `apis/<group>/<version>` */
function rootOf(type: ExpectedType): string {
  return type.group === "" ? `api/${type.version}` : `apis/${apiVersionOf(type)}`;
}
