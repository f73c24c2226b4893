// The two forms of one Event: core/v1, which is also how it is stored, and events.k8s.io/v1.
// Promises the key order and the null, empty and absent fields of a real server, and that nothing is lost either way.

import type { KubeObject, ObjectMeta } from "../kubeObject.ts";
import { coreEvent, newEvent, objectMeta } from "./builtinTypes.ts";
import { isJsonObject, type StructType } from "./fieldType.ts";
import { decodeStruct, layout } from "./goStruct.ts";

export const CORE_VERSION = "v1";
export const NEW_VERSION = "events.k8s.io/v1";

/** How core/v1 calls the fields of events.k8s.io/v1 that have two names. */
const CORE_NAMES: Readonly<Record<string, string>> = {
  regarding: "involvedObject",
  note: "message",
  deprecatedSource: "source",
  deprecatedFirstTimestamp: "firstTimestamp",
  deprecatedLastTimestamp: "lastTimestamp",
  deprecatedCount: "count",
  reportingController: "reportingComponent",
};

const layoutMetadata = layout(objectMeta);
const layoutCore = layout(coreEvent);
const layoutNew = layout(newEvent, CORE_NAMES);

/** The stored form as core/v1 shows it. */
export function toCore(stored: KubeObject): KubeObject {
  return event(CORE_VERSION, layoutMetadata(stored.metadata), layoutCore(stored));
}

/** The stored form as events.k8s.io/v1 shows it. */
export function toNew(stored: KubeObject): KubeObject {
  const fields = layoutNew(stored);
  // Only events.k8s.io/v1 writes a count of zero.
  if (isJsonObject(stored.series)) fields.series = { count: 0, ...stored.series };
  return event(NEW_VERSION, layoutMetadata(stored.metadata), fields);
}

/** A core/v1 Event in the form it is stored in. Throws DecodeError when a value does not fit its type. */
export function fromCore(object: KubeObject): KubeObject {
  return decoded(coreEvent, object);
}

/** An events.k8s.io/v1 Event in the form it is stored in. Throws DecodeError when a value does not fit its type. */
export function fromNew(object: KubeObject): KubeObject {
  const stored = Object.entries(decodeStruct(newEvent, object).value).map(([key, value]) => [
    CORE_NAMES[key] ?? key,
    value,
  ]);
  return decoded(coreEvent, Object.fromEntries(stored));
}

function decoded(type: StructType, object: Readonly<Record<string, unknown>>): KubeObject {
  const { metadata, ...fields } = decodeStruct(type, object).value;
  return event(CORE_VERSION, metadata, fields);
}

function event(apiVersion: string, metadata: unknown, fields: Readonly<Record<string, unknown>>): KubeObject {
  const { kind: _kind, apiVersion: _version, metadata: _metadata, ...rest } = fields;
  // The metadata has been laid out as an ObjectMeta just before.
  return { kind: "Event", apiVersion, metadata: metadata as ObjectMeta, ...rest };
}
