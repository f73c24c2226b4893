// The built-in types this API server writes, field by field in Go's order.
// Promises the null, empty and absent rules of a real server: what is `always` is written even when empty.
import { ANYTHING, type Field, type FieldType, type ListType, type MapType, type StructType } from "./fieldType.ts";

const STRING: FieldType = { form: "string" };
const INT32: FieldType = { form: "int32" };
const INT64: FieldType = { form: "int64" };
const BOOL: FieldType = { form: "bool" };
const TIME: FieldType = { form: "time" };
const MICRO_TIME: FieldType = { form: "microTime" };
const STRINGS: MapType = { form: "map", values: STRING };

const string: Field = { type: STRING };
const alwaysString: Field = { type: STRING, always: true };
const optionalTime: Field = { type: TIME, pointer: true };
/** A Go time that is not a pointer: null when unset, unless it is left out altogether (`omitzero`). */
const alwaysTime: Field = { type: TIME, always: true };
const alwaysMicroTime: Field = { type: MICRO_TIME, always: true };

function struct(name: string, fields: Readonly<Record<string, Field>>, atomic?: "atomic"): StructType {
  return { form: "struct", name, fields, ...(atomic === undefined ? {} : { atomic: true }) };
}

function list(items: FieldType, merge: ListType["merge"] = "atomic"): ListType {
  return { form: "list", items, merge };
}

const ownerReference = struct(
  "OwnerReference",
  {
    apiVersion: alwaysString,
    kind: alwaysString,
    name: alwaysString,
    uid: alwaysString,
    controller: { type: BOOL, pointer: true },
    blockOwnerDeletion: { type: BOOL, pointer: true },
  },
  "atomic",
);

const managedFieldsEntry = struct("ManagedFieldsEntry", {
  manager: string,
  operation: string,
  apiVersion: string,
  time: optionalTime,
  fieldsType: string,
  fieldsV1: { type: ANYTHING, pointer: true },
  subresource: string,
});

export const objectMeta = struct("ObjectMeta", {
  name: string,
  generateName: string,
  namespace: string,
  selfLink: string,
  uid: string,
  resourceVersion: string,
  generation: { type: INT64 },
  creationTimestamp: optionalTime,
  deletionTimestamp: optionalTime,
  deletionGracePeriodSeconds: { type: INT64, pointer: true },
  labels: { type: STRINGS },
  annotations: { type: STRINGS },
  ownerReferences: { type: list(ownerReference, { keys: ["uid"] }) },
  finalizers: { type: list(STRING, "set") },
  managedFields: { type: list(managedFieldsEntry) },
});

const objectReference = struct(
  "ObjectReference",
  {
    kind: string,
    namespace: string,
    name: string,
    uid: string,
    apiVersion: string,
    resourceVersion: string,
    fieldPath: string,
  },
  "atomic",
);

const eventSource = struct("EventSource", { component: string, host: string });

const typeMeta = { kind: string, apiVersion: string };
const metadata: Field = { type: objectMeta };

export const coreEvent = struct("Event", {
  ...typeMeta,
  metadata,
  involvedObject: { type: objectReference },
  reason: string,
  message: string,
  source: { type: eventSource },
  firstTimestamp: alwaysTime,
  lastTimestamp: alwaysTime,
  count: { type: INT32 },
  type: string,
  eventTime: alwaysMicroTime,
  series: {
    type: struct("EventSeries", { count: { type: INT32 }, lastObservedTime: alwaysMicroTime }),
    pointer: true,
  },
  action: string,
  related: { type: objectReference, pointer: true },
  reportingComponent: alwaysString,
  reportingInstance: alwaysString,
});

export const newEvent = struct("Event", {
  ...typeMeta,
  metadata,
  eventTime: alwaysMicroTime,
  series: {
    type: struct("EventSeries", { count: { type: INT32, always: true }, lastObservedTime: alwaysMicroTime }),
    pointer: true,
  },
  reportingController: string,
  reportingInstance: string,
  action: string,
  reason: string,
  regarding: { type: objectReference },
  related: { type: objectReference, pointer: true },
  note: string,
  type: string,
  deprecatedSource: { type: eventSource },
  deprecatedFirstTimestamp: alwaysTime,
  deprecatedLastTimestamp: alwaysTime,
  deprecatedCount: { type: INT32 },
});

export const lease = struct("Lease", {
  ...typeMeta,
  metadata,
  spec: {
    type: struct("LeaseSpec", {
      holderIdentity: { type: STRING, pointer: true },
      leaseDurationSeconds: { type: INT32, pointer: true },
      acquireTime: { type: MICRO_TIME, pointer: true },
      renewTime: { type: MICRO_TIME, pointer: true },
      leaseTransitions: { type: INT32, pointer: true },
      strategy: { type: STRING, pointer: true },
      preferredHolder: { type: STRING, pointer: true },
    }),
  },
});

const namespaceCondition = struct("NamespaceCondition", {
  type: alwaysString,
  status: alwaysString,
  lastTransitionTime: alwaysTime,
  reason: string,
  message: string,
});

export const namespace = struct("Namespace", {
  ...typeMeta,
  metadata,
  spec: { type: struct("NamespaceSpec", { finalizers: { type: list(STRING) } }) },
  status: {
    type: struct("NamespaceStatus", {
      phase: string,
      conditions: { type: list(namespaceCondition, { keys: ["type"] }) },
    }),
  },
});

export const configMap = struct("ConfigMap", {
  ...typeMeta,
  metadata,
  immutable: { type: BOOL, pointer: true },
  data: { type: STRINGS },
  binaryData: { type: STRINGS },
});
