// Lets a Hook in, or says everything that is wrong with it.
// Promises what a real server does by the CRD's schema: pruning, defaults, generation, and one subresource a write.
import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectMeta } from "../kubeObject.ts";
import { type FieldError, invalid, invalidStatus } from "./fieldError.ts";
import { isJsonObject } from "./fieldType.ts";
import { dnsSubdomain } from "./nameRules.ts";
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
  apiVersionOf,
  checkNew,
  checkUnmodified,
  checkVersion,
  type FieldValidation,
  Refusal,
  readMetadata,
  reportUnknown,
  typed,
} from "./requestObject.ts";
import { validate } from "./schemaValidation.ts";
import { prune, type StructuralSchema, withDefaults } from "./structuralSchema.ts";

export const HOOK_TYPE = { group: "kagent.dev", version: "v1alpha2", kind: "Hook" } as const;
const RESOURCE = { group: "kagent.dev", resource: "hooks" } as const;
const META_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

export interface HookWrite extends Place {
  readonly operation: "create" | "update" | "status";
  /** The stored Hook; needed for an update of either part. */
  readonly previous?: KubeObject | undefined;
  readonly fieldValidation: FieldValidation;
  /** The CRD's openAPIV3Schema for the version. */
  readonly schema: StructuralSchema;
  /** Makes up a name for `generateName`; without it that is left to whoever stores the Hook. */
  readonly random?: (() => number) | undefined;
}

export function admitHook(object: unknown, write: HookWrite): Admission {
  return admission((warn) => {
    const request = typed(object, HOOK_TYPE);
    const isHook = request.kind === HOOK_TYPE.kind;
    const { metadata: given, unknownFields } = readMetadata(request.metadata, HOOK_TYPE);
    // A version that the CRD does not have knows no field; another kind is not looked into at all.
    const isKnownVersion = request.apiVersion === apiVersionOf(HOOK_TYPE);
    const content = Object.fromEntries(Object.entries(request).filter(([key]) => !META_FIELDS.includes(key)));
    const pruned = isHook ? prune(isKnownVersion ? contentSchema(write.schema) : {}, content) : undefined;
    reportUnknown([...unknownFields, ...(pruned?.unknownFields ?? [])], write.fieldValidation, HOOK_TYPE, warn);
    checkVersion(request.apiVersion, HOOK_TYPE);
    const place = placed(given, write);
    if ("status" in place) throw new Refusal(place.status);
    const fields = withDefaults(contentSchema(write.schema), pruned?.value ?? content);
    const hook = { apiVersion: request.apiVersion, kind: request.kind, metadata: place.metadata, ...asObject(fields) };
    if (write.operation === "create" || write.previous === undefined) return created(hook, write);
    return write.operation === "update"
      ? updated(hook, write.previous, write)
      : withStatus(hook, write.previous, write);
  });
}

function created(hook: KubeObject, write: HookWrite): KubeObject {
  const { status: _status, ...main } = hook;
  const { generateName = "", name = "" } = hook.metadata;
  const makesName = name === "" && generateName !== "";
  const metadata: ObjectMeta = {
    ...withoutIdentity(hook.metadata),
    generation: 1,
    ...(makesName && write.random !== undefined ? { name: generatedName(generateName, write.random) } : {}),
  };
  // The rules for a name are checked on a stand-in when the real one is still to be made up.
  const judged =
    makesName && write.random === undefined ? { ...metadata, name: generatedName(generateName, () => 0) } : metadata;
  refuseIf(hook, () => [
    ...newMetadataFaults(judged, write, dnsSubdomain),
    ...validate(contentSchema(write.schema), contentOf(main)),
  ]);
  checkNew(hook.metadata);
  return { ...main, apiVersion: hook.apiVersion, kind: hook.kind, metadata };
}

function updated(hook: KubeObject, previous: KubeObject, write: HookWrite): KubeObject {
  checkOnTop(hook, previous);
  const { status: _status, ...main } = hook;
  const content = { ...contentOf(main), ...("status" in previous ? { status: previous.status } : {}) };
  const metadata = withIdentity(hook.metadata, previous);
  refuseIf(hook, () => [
    ...changedMetadataFaults(metadata, previous.metadata),
    ...validate(contentSchema(write.schema), content, { previous: contentOf(previous) }),
  ]);
  const isChanged = !isDeepStrictEqual(content, contentOf(previous));
  const generation = (previous.metadata.generation ?? 0) + (isChanged ? 1 : 0);
  return { apiVersion: hook.apiVersion, kind: hook.kind, metadata: { ...metadata, generation }, ...content };
}

function withStatus(hook: KubeObject, previous: KubeObject, write: HookWrite): KubeObject {
  checkOnTop(hook, previous);
  const { status: _status, ...rest } = previous;
  // An applied status brings its owners along.
  const { managedFields = previous.metadata.managedFields } = hook.metadata;
  const metadata = { ...previous.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
  const kept = { ...rest, apiVersion: previous.apiVersion, kind: previous.kind, metadata };
  const statusSchema = write.schema.properties?.status;
  refuseIf(hook, () =>
    hook.status === undefined || statusSchema === undefined
      ? []
      : validate(statusSchema, hook.status, { field: "status", previous: previous.status }),
  );
  return hook.status === undefined ? kept : { ...kept, status: hook.status };
}

/** A Hook is only ever replaced on top of a named state. */
function checkOnTop(hook: KubeObject, previous: KubeObject): void {
  const { name = "", resourceVersion = "" } = hook.metadata;
  if (resourceVersion === "" || resourceVersion === "0") {
    const fault = invalid("metadata.resourceVersion", 0, "must be specified for an update");
    throw new Refusal(invalidStatus({ group: RESOURCE.group, kind: RESOURCE.resource, name }, [fault]));
  }
  checkUnmodified(hook.metadata, previous.metadata, RESOURCE);
}

/** Refuses another kind for that alone, and a Hook for all its faults. */
function refuseIf(hook: KubeObject, faultsOf: () => readonly FieldError[]): void {
  const faults = hook.kind === HOOK_TYPE.kind ? faultsOf() : [invalid("kind", hook.kind, `must be ${HOOK_TYPE.kind}`)];
  if (faults.length === 0) return;
  const { name = "" } = hook.metadata;
  throw new Refusal(invalidStatus({ group: HOOK_TYPE.group, kind: hook.kind, name }, faults));
}

/** The schema of everything but type and metadata, which have rules of their own. */
function contentSchema(schema: StructuralSchema): StructuralSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => !META_FIELDS.includes(key));
  return { ...schema, properties: Object.fromEntries(properties) };
}

function contentOf(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !META_FIELDS.includes(key)));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}
