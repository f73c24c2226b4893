// Lets in what the demo only keeps: config maps, secrets, definitions of custom resources.
// Promises the rules for their metadata and a real server's defaults; content without a described type is kept as it is.
import { objectMeta } from "./builtinTypes.ts";
import {
  type BuiltinWrite,
  changedMetadata,
  checkVersionGiven,
  judgedMetadata,
  newMetadata,
  readBuiltin,
  refuseFaults,
} from "./builtinRequest.ts";
import { isJsonObject, type StructType } from "./fieldType.ts";
import type { KubeObject } from "./kubeObject.ts";
import { dnsSubdomain } from "./nameRules.ts";
import { configMapKind, type ObjectKind } from "./objectKind.ts";
import { changedMetadataFaults, newMetadataFaults } from "./objectMeta.ts";
import { type Admission, admission } from "./requestObject.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";

export interface PlainWrite extends BuiltinWrite {
  readonly resource: ApiResource;
}

/** What is known of the fields of such a resource: everything of a config map, the metadata of all others. */
export function plainKind(resource: ApiResource): ObjectKind {
  if (resource.plural === "configmaps") return configMapKind;
  const { group, version, kind, plural } = resource;
  const fields: StructType = { form: "struct", name: kind, fields: { metadata: { type: objectMeta } }, open: true };
  return {
    type: { group, version, kind },
    resource: { group, resource: plural },
    isCustom: false,
    hasStatus: resource.subresources.includes("status"),
    versions: { [apiVersionOf(resource)]: { fields, show: (stored) => stored } },
  };
}

export function admitPlain(object: unknown, write: PlainWrite): Admission {
  const { resource, previous } = write;
  const kind = plainKind(resource);
  return admission((warn) => {
    const read = readBuiltin(object, kind, write, warn);
    if (write.operation === "create" || previous === undefined) {
      const created = withDefaults({ ...read, metadata: newMetadata(read, write) });
      refuseFaults(created, resource.group, newMetadataFaults(judgedMetadata(created.metadata), write, dnsSubdomain));
      return created;
    }
    if (!resource.unconditionalUpdate) checkVersionGiven(read, kind);
    const changed: KubeObject = { ...read, metadata: changedMetadata(read, previous, kind) };
    refuseFaults(changed, resource.group, changedMetadataFaults(changed.metadata, previous.metadata));
    if (!kind.hasStatus) return changed;
    const { status, ...main } = changed;
    return write.operation === "status"
      ? withStatus(previous, status)
      : withStatus({ ...main, apiVersion: changed.apiVersion, kind: changed.kind, metadata: changed.metadata }, previous.status);
  });
}

function withStatus(object: KubeObject, status: unknown): KubeObject {
  return status === undefined ? object : { ...object, status };
}

function withDefaults(object: KubeObject): KubeObject {
  if (object.kind === "Secret") return { ...object, type: object.type ?? "Opaque" };
  if (object.kind !== "CustomResourceDefinition") return object;
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const versions: readonly unknown[] = Array.isArray(spec.versions) ? spec.versions : [];
  const storedVersions = versions.filter(isJsonObject).filter((version) => version.storage === true);
  return {
    ...object,
    spec: { ...spec, conversion: spec.conversion ?? { strategy: "None" } },
    status: {
      conditions: null,
      acceptedNames: { plural: "", kind: "" },
      storedVersions: storedVersions.map((version) => version.name),
    },
  };
}
