// What the admission of every built-in kind has in common: reading, placing, identity.
// Promises the object in its type's order, with metadata as it may be stored, or the refusal of a real server.

import type { KubeObject, ObjectMeta } from "../kubeObject.ts";
import { objectMeta } from "./builtinTypes.ts";
import { type FieldError, invalid, invalidStatus } from "./fieldError.ts";
import { isJsonObject } from "./fieldType.ts";
import { decodeStruct, layout } from "./goStruct.ts";
import { type ObjectKind, ownVersion } from "./objectKind.ts";
import { generatedName, type Place, placed, withIdentity, withoutIdentity } from "./objectMeta.ts";
import {
  apiVersionOf,
  checkNew,
  checkUnmodified,
  checkVersion,
  type FieldValidation,
  Refusal,
  reading,
  refuse400,
  reportUnknown,
  unreadable,
} from "./requestObject.ts";

export interface BuiltinWrite extends Place {
  readonly operation: "create" | "update" | "status";
  /** The stored object; needed for an update. */
  readonly previous?: KubeObject | undefined;
  readonly fieldValidation: FieldValidation;
  /** Makes up a name for `generateName`; without it that is left to whoever stores the object. */
  readonly random?: (() => number) | undefined;
}

const layoutMetadata = layout(objectMeta);

/** The object a request carries, in Go's order and at the place the URL says. A missing kind or apiVersion is filled in. */
export function readBuiltin(
  value: unknown,
  kind: ObjectKind,
  write: BuiltinWrite,
  warn: (warning: string) => void,
): KubeObject {
  const { type } = kind;
  if (!isJsonObject(value)) throw unreadable(type, `json: cannot unmarshal value into Go value of type ${type.kind}`);
  const { apiVersion = apiVersionOf(type), kind: kindName = type.kind } = value;
  if (typeof kindName !== "string" || typeof apiVersion !== "string") {
    throw unreadable(type, "couldn't get version/kind; json parse error: json: cannot unmarshal value of type string");
  }
  if (kindName !== type.kind) {
    throw refuse400(
      `${kindName} in version "${type.version}" cannot be handled as a ${type.kind}: no kind "${kindName}" is registered ` +
        `for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  checkVersion(apiVersion, type);
  const { value: fields, unknownFields } = reading(type, () => decodeStruct(ownVersion(kind).fields, value));
  reportUnknown(unknownFields, write.fieldValidation, type, warn);
  // The struct's metadata has just been decoded as an ObjectMeta.
  const place = placed(fields.metadata as ObjectMeta, write);
  if ("status" in place) throw new Refusal(place.status);
  return { ...fields, kind: type.kind, apiVersion, metadata: layoutMetadata(place.metadata) };
}

/** Metadata as a creation may store it. */
export function newMetadata(object: KubeObject, write: BuiltinWrite): ObjectMeta {
  checkNew(object.metadata);
  const { generateName = "", name = "" } = object.metadata;
  const makesName = name === "" && generateName !== "" && write.random !== undefined;
  return layoutMetadata({
    ...withoutIdentity(object.metadata),
    ...(makesName ? { name: generatedName(generateName, write.random) } : {}),
  });
}

/** The metadata a creation is judged by: a name that is still to be made up is stood in for. */
export function judgedMetadata(metadata: ObjectMeta): ObjectMeta {
  const { name = "", generateName = "" } = metadata;
  return name === "" && generateName !== "" ? { ...metadata, name: generatedName(generateName, () => 0) } : metadata;
}

/** Metadata as an update may store it; refuses an update on top of another state. */
export function changedMetadata(object: KubeObject, previous: KubeObject, kind: ObjectKind): ObjectMeta {
  checkUnmodified(object.metadata, previous.metadata, kind.resource);
  return layoutMetadata(withIdentity(object.metadata, previous));
}

/** Refuses an update that does not say which state it is made on top of. */
export function checkVersionGiven(object: KubeObject, kind: ObjectKind): void {
  const { resourceVersion = "", name = "" } = object.metadata;
  if (resourceVersion !== "" && resourceVersion !== "0") return;
  const fault = invalid("metadata.resourceVersion", 0, "must be specified for an update");
  throw new Refusal(invalidStatus({ group: kind.resource.group, kind: kind.resource.resource, name }, [fault]));
}

export function refuseFaults(object: KubeObject, group: string, faults: readonly FieldError[]): void {
  const { name = "" } = object.metadata;
  if (faults.length > 0) throw new Refusal(invalidStatus({ group, kind: object.kind, name }, faults));
}
