// The kinds of objects that can be written here, as patches and ownership need to know them.
// Promises one row per group, version and plural; the two Event kinds know each other's form.

import type { KubeObject } from "../kubeObject.ts";
import type { GroupResource } from "../server/statusError.ts";
import { configMap, coreEvent, lease, namespace, newEvent, objectMeta } from "./builtinTypes.ts";
import { CORE_VERSION, fromCore, fromNew, NEW_VERSION, toCore, toNew } from "./eventViews.ts";
import type { Field, StructType } from "./fieldType.ts";
import { decodeStruct } from "./goStruct.ts";
import { HOOK_TYPE } from "./hookAdmission.ts";
import { apiVersionOf, type ExpectedType } from "./requestObject.ts";
import { type StructuralSchema, structuralType } from "./structuralSchema.ts";

/** One API version of a kind. */
export interface KindVersion {
  readonly fields: StructType;
  /** The stored form in this version. */
  readonly show: (stored: KubeObject) => KubeObject;
  /** An object of this version in the stored form. Throws DecodeError when a value does not fit its type. */
  readonly store: (shown: KubeObject) => KubeObject;
}

export interface ObjectKind {
  readonly type: ExpectedType;
  readonly resource: GroupResource;
  /** Defined by a CRD: no strategic merge patch, nothing written when empty. */
  readonly isCustom: boolean;
  /** `status` is written through its own subresource only. */
  readonly hasStatus: boolean;
  /** What the server itself gives every new one: nobody owns it. */
  readonly preset: Readonly<Record<string, unknown>>;
  /** By apiVersion; the kind's own is among them. */
  readonly versions: Readonly<Record<string, KindVersion>>;
}

const same = (object: KubeObject): KubeObject => object;

function builtin(type: ExpectedType, plural: string, fields: StructType, hasStatus = false): ObjectKind {
  return {
    type,
    resource: { group: type.group, resource: plural },
    isCustom: false,
    hasStatus,
    preset: {},
    versions: { [apiVersionOf(type)]: { fields, show: same, store: same } },
  };
}

const eventVersions: Readonly<Record<string, KindVersion>> = {
  [CORE_VERSION]: { fields: coreEvent, show: toCore, store: fromCore },
  [NEW_VERSION]: { fields: newEvent, show: toNew, store: fromNew },
};
const core = { group: "", version: "v1" };

export const coreEventKind: ObjectKind = {
  ...builtin({ ...core, kind: "Event" }, "events", coreEvent),
  versions: eventVersions,
};
export const newEventKind: ObjectKind = {
  ...builtin({ group: "events.k8s.io", version: "v1", kind: "Event" }, "events", newEvent),
  versions: eventVersions,
};
export const namespaceKind: ObjectKind = {
  ...builtin({ ...core, kind: "Namespace" }, "namespaces", namespace, true),
  preset: { spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } },
};
export const configMapKind = builtin({ ...core, kind: "ConfigMap" }, "configmaps", configMap);
export const leaseKind = builtin({ group: "coordination.k8s.io", version: "v1", kind: "Lease" }, "leases", lease);

/** The Hook kind under a CRD's schema. */
export function hookKind(schema: StructuralSchema): ObjectKind {
  const content = structuralType(schema);
  const declared: Readonly<Record<string, Field>> = content.form === "struct" ? content.fields : {};
  const fields: StructType = {
    form: "struct",
    name: HOOK_TYPE.kind,
    fields: { ...declared, metadata: { type: objectMeta } },
  };
  return {
    type: HOOK_TYPE,
    resource: { group: HOOK_TYPE.group, resource: "hooks" },
    isCustom: true,
    hasStatus: true,
    preset: {},
    versions: { [apiVersionOf(HOOK_TYPE)]: { fields, show: same, store: same } },
  };
}

/** What an object of the kind is before anything was set: the fields that a creation did not have to add. */
export function emptyObject(kind: ObjectKind, version: KindVersion): Readonly<Record<string, unknown>> {
  return kind.isCustom ? { metadata: {} } : { ...decodeStruct(version.fields, {}).value, ...kind.preset };
}

export function ownVersion(kind: ObjectKind): KindVersion {
  const version = kind.versions[apiVersionOf(kind.type)];
  if (version === undefined) throw new Error(`${kind.type.kind} does not know its own version`);
  return version;
}
