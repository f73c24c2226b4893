// Lets in namespaces, config maps, leases and the like, or says everything that is wrong with them.
// Promises Go's decoding by type where the type is described, and a real server's defaults.
import { type FieldError, invalid, invalidStatus } from "./fieldError.ts";
import { decodeStruct } from "./goStruct.ts";
import { quoted } from "./goText.ts";
import type { KubeObject, ObjectMeta } from "./kubeObject.ts";
import { dnsLabel, dnsSubdomain } from "./nameRules.ts";
import { configMapKind, leaseKind, namespaceKind, type ObjectKind, ownVersion } from "./objectKind.ts";
import {
  changedMetadataFaults,
  generatedName,
  newMetadataFaults,
  type Place,
  placed,
  withIdentity,
  withoutIdentity,
} from "./objectMeta.ts";
import {
  type Admission,
  admission,
  checkNew,
  checkUnmodified,
  checkVersion,
  type FieldValidation,
  Refusal,
  readMetadata,
  reading,
  reportUnknown,
  typed,
  unreadable,
} from "./requestObject.ts";
import type { ApiResource } from "./resources.ts";

export interface BuiltinWrite extends Place {
  readonly resource: ApiResource;
  readonly operation: "create" | "update" | "status";
  readonly previous?: KubeObject | undefined;
  readonly fieldValidation: FieldValidation;
}

const KINDS: Readonly<Record<string, ObjectKind>> = {
  namespaces: namespaceKind,
  configmaps: configMapKind,
  leases: leaseKind,
};

/** What is known of the fields of a resource; undefined for those that are kept as they come. */
export function builtinKind(resource: ApiResource): ObjectKind | undefined {
  return KINDS[resource.plural];
}

export function admitBuiltin(object: unknown, write: BuiltinWrite): Admission {
  const { resource, previous } = write;
  return admission((warn) => {
    const request = typed(object, resource);
    if (request.kind !== resource.kind) {
      const why = `no kind ${quoted(request.kind)} is registered for version ${quoted(request.apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
      throw unreadable(resource, why);
    }
    checkVersion(request.apiVersion, resource);
    const { content, metadata: given, unknownFields } = decoded(request, resource);
    reportUnknown(unknownFields, write.fieldValidation, resource, warn);
    const place = placed(given, write);
    if ("status" in place) throw new Refusal(place.status);
    const { kind, apiVersion } = request;
    const asked: KubeObject = { kind, apiVersion, metadata: place.metadata, ...content };
    if (write.operation === "create" || previous === undefined) return created(asked, write);
    return updated(asked, previous, write);
  });
}

function decoded(request: Readonly<Record<string, unknown>>, resource: ApiResource) {
  const { kind: _kind, apiVersion: _version, ...rest } = request;
  const fields = KINDS[resource.plural];
  if (fields === undefined) {
    const { metadata, unknownFields } = readMetadata(request.metadata, resource);
    const { metadata: _metadata, ...content } = rest;
    return { content, metadata, unknownFields };
  }
  return reading(resource, () => {
    const { value, unknownFields } = decodeStruct(ownVersion(fields).fields, request);
    const { kind: _k, apiVersion: _v, metadata, ...content } = value;
    // Decoded by the description of ObjectMeta just now.
    return { content, metadata: metadata as ObjectMeta, unknownFields };
  });
}

function created(asked: KubeObject, write: BuiltinWrite): KubeObject {
  const { generateName = "", name = "" } = asked.metadata;
  const metadata = withoutIdentity(asked.metadata);
  // The rules for a name are checked on a stand-in when the real one is still to be made up.
  const judged = name === "" && generateName !== "" ? { ...metadata, name: generatedName(generateName, () => 0) } : metadata;
  const rule = write.resource.plural === "namespaces" ? dnsLabel : dnsSubdomain;
  refuseIf(asked, write, [...newMetadataFaults(judged, write, rule), ...contentFaults(asked)]);
  checkNew(asked.metadata);
  return withDefaults({ ...asked, metadata });
}

function updated(asked: KubeObject, previous: KubeObject, write: BuiltinWrite): KubeObject {
  const { resource } = write;
  const { name = "", resourceVersion = "" } = asked.metadata;
  const of = { group: resource.group, resource: resource.plural };
  if (resourceVersion === "" && !resource.unconditionalUpdate) {
    const fault = invalid("metadata.resourceVersion", 0, "must be specified for an update");
    throw new Refusal(invalidStatus({ group: resource.group, kind: resource.plural, name }, [fault]));
  }
  checkUnmodified(asked.metadata, previous.metadata, of);
  const metadata = withIdentity(asked.metadata, previous);
  refuseIf(asked, write, [...changedMetadataFaults(metadata, previous.metadata), ...contentFaults(asked)]);
  const { status: newStatus, ...main } = asked;
  if (write.operation === "status") return { ...previous, ...(newStatus === undefined ? {} : { status: newStatus }) };
  const status = resource.subresources.includes("status") ? previous.status : newStatus;
  return {
    ...main,
    apiVersion: asked.apiVersion,
    kind: asked.kind,
    metadata,
    ...(status === undefined ? {} : { status }),
  };
}

function contentFaults(object: KubeObject): readonly FieldError[] {
  if (object.kind !== "Lease") return [];
  const { leaseDurationSeconds, leaseTransitions } = Object(object.spec);
  const faults: FieldError[] = [];
  if (typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0) {
    faults.push(invalid("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0"));
  }
  if (typeof leaseTransitions === "number" && leaseTransitions < 0) {
    faults.push(invalid("spec.leaseTransitions", leaseTransitions, "must be greater than or equal to 0"));
  }
  return faults;
}

function withDefaults(object: KubeObject): KubeObject {
  const { metadata } = object;
  switch (object.kind) {
    case "Namespace": {
      const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name ?? "" };
      return {
        ...object,
        metadata: { ...metadata, labels },
        spec: { finalizers: ["kubernetes"] },
        status: { phase: "Active" },
      };
    }
    case "CustomResourceDefinition": {
      const { versions = [] } = Object(object.spec);
      const storedVersions = [...versions].filter((version) => version.storage).map((version) => version.name);
      return {
        ...object,
        spec: { ...Object(object.spec), conversion: { strategy: "None" } },
        status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions },
      };
    }
    case "Secret":
      return { ...object, type: object.type ?? "Opaque" };
    default:
      return object;
  }
}

function refuseIf(object: KubeObject, write: BuiltinWrite, faults: readonly FieldError[]): void {
  if (faults.length === 0) return;
  const { group, kind } = write.resource;
  throw new Refusal(invalidStatus({ group, kind, name: object.metadata.name ?? "" }, faults));
}
