// What every object's metadata must obey, on creation and on update.
// Promises the rules and texts of a real server for names, namespaces, labels, annotations and finalizers.

import type { KubeObject, KubeStatus, ObjectMeta } from "../kubeObject.ts";
import { badRequest } from "../server/statusError.ts";
import { type FieldError, forbidden, invalid, required, tooLong } from "./fieldError.ts";
import { dnsLabel, labelValue, type NameRule, qualifiedName } from "./nameRules.ts";

/** Where a request says that its object is. */
export interface Place {
  /** Undefined for cluster-scoped objects. */
  readonly namespace: string | undefined;
  /** Undefined when the URL has none, as on creation. */
  readonly name?: string | undefined;
}

const ANNOTATIONS_LIMIT = 256 * 1024;

/** The object's metadata with the namespace and name of the URL, or why they do not agree. */
export function placed(metadata: ObjectMeta, place: Place): { metadata: ObjectMeta } | { status: KubeStatus } {
  const { name = "", namespace = "" } = metadata;
  if (place.name !== undefined && name !== "" && name !== place.name) {
    const message = `the name of the object (${name}) does not match the name on the URL (${place.name})`;
    return { status: badRequest(message).status };
  }
  if (namespace !== "" && namespace !== (place.namespace ?? "")) {
    const message = "the namespace of the provided object does not match the namespace sent on the request";
    return { status: badRequest(message).status };
  }
  return {
    metadata: {
      ...metadata,
      ...(place.name === undefined ? {} : { name: place.name }),
      ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
    },
  };
}

const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const GENERATED_LENGTH = 63;

/** `generateName` and five letters, as a real server makes names up. `random` answers in [0, 1). */
export function generatedName(base: string, random: () => number): string {
  const letter = () => SUFFIX_LETTERS.charAt(Math.floor(random() * SUFFIX_LETTERS.length));
  return `${base.slice(0, GENERATED_LENGTH - 5)}${Array.from({ length: 5 }, letter).join("")}`;
}

/** Faults of a new object's metadata. `name` says what its kind may be called. */
export function newMetadataFaults(metadata: ObjectMeta, place: Place, nameRule: NameRule): readonly FieldError[] {
  const { name = "", generateName = "", namespace = "" } = metadata;
  const faults: FieldError[] = [];
  // The letters to come may follow a dash, so a trailing one is fine.
  const base = generateName.replace(/-$/, "a");
  if (generateName !== "") {
    faults.push(...nameRule(base).map((message) => invalid("metadata.generateName", generateName, message)));
  }
  if (name !== "") faults.push(...nameRule(name).map((message) => invalid("metadata.name", name, message)));
  else faults.push(required("metadata.name", "name or generateName is required"));
  if (place.namespace !== undefined) {
    faults.push(...dnsLabel(namespace).map((message) => invalid("metadata.namespace", namespace, message)));
  } else if (namespace !== "") faults.push(forbidden("metadata.namespace", "not allowed on this type"));
  return [...faults, ...commonFaults(metadata)];
}

/** Faults of an update, over metadata whose identity was filled in from the stored object. */
export function changedMetadataFaults(metadata: ObjectMeta, previous: ObjectMeta): readonly FieldError[] {
  const faults: FieldError[] = [];
  for (const key of ["name", "namespace", "uid"] as const) {
    if (metadata[key] !== previous[key]) {
      faults.push(invalid(`metadata.${key}`, metadata[key] ?? "", "field is immutable"));
    }
  }
  return [...faults, ...commonFaults(metadata)];
}

function commonFaults(metadata: ObjectMeta): readonly FieldError[] {
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    faults.push(...qualifiedName(key).map((message) => invalid("metadata.labels", key, message)));
    faults.push(...labelValue(value).map((message) => invalid("metadata.labels", value, message)));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    faults.push(...qualifiedName(key.toLowerCase()).map((message) => invalid("metadata.annotations", key, message)));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_LIMIT) faults.push(tooLong("metadata.annotations", ANNOTATIONS_LIMIT));
  for (const finalizer of metadata.finalizers ?? []) {
    faults.push(...qualifiedName(finalizer).map((message) => invalid("metadata.finalizers", finalizer, message)));
  }
  return faults;
}

/** A new object's metadata: what only the server may say is left out. */
export function withoutIdentity(metadata: ObjectMeta): ObjectMeta {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    selfLink: _link,
    ...rest
  } = metadata;
  return rest;
}

/** An updated object's metadata: what only the server may say is taken from the stored object. */
export function withIdentity(metadata: ObjectMeta, previous: KubeObject): ObjectMeta {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } =
    previous.metadata;
  const kept = { uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds };
  const identity = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  return { ...withoutIdentity(metadata), ...identity };
}
