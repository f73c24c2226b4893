// Who owns which field of an object: metadata.managedFields.
// Promises the entries a real server would write: who changed what by which operation, oldest first, none without fields.

import type { KubeObject, ObjectMeta } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import { compare } from "./fieldComparison.ts";
import { FieldSet, fromFieldsV1, toFieldsV1 } from "./fieldSet.ts";
import { isJsonObject } from "./fieldType.ts";
import { emptyObject, type KindVersion, type ObjectKind } from "./objectKind.ts";
import { apiVersionOf } from "./requestObject.ts";

export interface Owner {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly subresource: string | undefined;
  readonly fields: FieldSet;
}

export interface Tracking {
  readonly kind: ObjectKind;
  /** The stored object before the write; undefined for a new one. */
  readonly previous: KubeObject | undefined;
  readonly manager: string;
  readonly subresource?: string | undefined;
  readonly now: Date;
}

/** The stored form of an object that was created, replaced or patched, with the writer as owner of what it changed. */
export function trackUpdate(object: KubeObject, tracking: Tracking): KubeObject {
  const { kind, previous, manager, subresource, now } = tracking;
  const apiVersion = apiVersionOf(kind.type);
  const changes = changesByVersion(kind, previous, object);
  const taken = ownable(changes(apiVersion).taken);
  const kept = ownersBefore(object, tracking).map((owner) => {
    const { taken: lost, removed } = changes(owner.apiVersion);
    return { ...owner, fields: owner.fields.difference(lost).difference(removed) };
  });
  const self = { manager, operation: "Update", apiVersion, subresource, time: kubeTime(now.getTime()) } as const;
  return withOwners(object, taken.isEmpty ? kept : joined(kept, { ...self, fields: taken }));
}

export interface Changes {
  readonly taken: FieldSet;
  readonly removed: FieldSet;
}

/** What a write took or removed, in the words of any version of the kind. Each version is compared at most once. */
export function changesByVersion(
  kind: ObjectKind,
  before: KubeObject | undefined,
  after: KubeObject,
): (apiVersion: string) => Changes {
  const known = new Map<string, Changes>();
  return (apiVersion) => {
    const version = kind.versions[apiVersion];
    let changes = known.get(apiVersion);
    if (changes === undefined) {
      changes = version === undefined ? NO_CHANGES : changesIn(version, kind, before, after);
      known.set(apiVersion, changes);
    }
    return changes;
  };
}

/** Fields owned through a version that is no longer served cannot be compared: they are left alone. */
const NO_CHANGES: Changes = { taken: new FieldSet(), removed: new FieldSet() };

function changesIn(version: KindVersion, kind: ObjectKind, before: KubeObject | undefined, after: KubeObject): Changes {
  const earlier = before === undefined ? emptyObject(kind, version) : version.show(before);
  const found = compare(version.fields, earlier, version.show(after));
  return { taken: found.added.union(found.modified), removed: found.removed };
}

/** The owners with one more, which adds to an entry of its own identity. */
function joined(owners: readonly Owner[], self: Owner): readonly Owner[] {
  const before = owners.find((owner) => isSame(owner, self));
  const others = owners.filter((owner) => owner !== before);
  return [...others, { ...self, fields: self.fields.union(before?.fields ?? []) }];
}

/** An applier keeps its entry when it changes to another version; an updater has one for each. */
export function isSame(owner: Owner, other: Owner): boolean {
  return (
    owner.manager === other.manager &&
    owner.operation === other.operation &&
    owner.subresource === other.subresource &&
    (owner.operation === "Apply" || owner.apiVersion === other.apiVersion)
  );
}

const NEVER_OWNED = new FieldSet([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
]);

/** What of a set can have an owner: everything but type, identity, and what is below managedFields. */
export function ownable(fields: FieldSet): FieldSet {
  return fields.difference(NEVER_OWNED);
}

export function withOwners(object: KubeObject, owners: readonly Owner[]): KubeObject {
  const entries = owners.filter((owner) => !owner.fields.isEmpty).sort(byAge);
  const { managedFields: _before, ...metadata } = object.metadata;
  return {
    ...object,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries.map(entryOf) },
  };
}

function byAge(first: Owner, second: Owner): number {
  const keys = (owner: Owner) => [
    owner.operation,
    owner.time ?? "",
    owner.manager,
    owner.apiVersion,
    owner.subresource ?? "",
  ];
  const [a, b] = [keys(first), keys(second)];
  const index = a.findIndex((key, position) => key !== b[position]);
  return index === -1 ? 0 : (a[index] ?? "") < (b[index] ?? "") ? -1 : 1;
}

function entryOf(owner: Owner): Readonly<Record<string, unknown>> {
  return {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(owner.time === undefined ? {} : { time: owner.time }),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(owner.fields),
    ...(owner.subresource === undefined ? {} : { subresource: owner.subresource }),
  };
}

/**
 * The owners a write starts from. A client may send them along and so change them; one empty entry resets them; none, or
 * some that cannot be read, are the stored ones. Writes to a subresource always start from the stored ones.
 */
function ownersBefore(object: KubeObject, tracking: Tracking): readonly Owner[] {
  const stored = tracking.previous === undefined ? [] : (ownersOf(tracking.previous.metadata) ?? []);
  if (tracking.subresource !== undefined) return stored;
  const [first, ...others] = object.metadata.managedFields ?? [];
  if (others.length === 0 && isJsonObject(first) && Object.keys(first).length === 0) return [];
  const sent = ownersOf(object.metadata);
  return sent === undefined || sent.length === 0 ? stored : sent;
}

/** The owners that metadata names; undefined when an entry is not a valid one. */
export function ownersOf(metadata: ObjectMeta): readonly Owner[] | undefined {
  const owners: Owner[] = [];
  for (const entry of metadata.managedFields ?? []) {
    const owner = ownerOf(entry);
    if (owner === undefined) return undefined;
    owners.push(owner);
  }
  return owners;
}

function ownerOf(entry: unknown): Owner | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { manager = "", operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry;
  const fields = fromFieldsV1(fieldsV1 ?? {});
  if ((operation !== "Apply" && operation !== "Update") || fieldsType !== "FieldsV1" || fields === undefined) {
    return undefined;
  }
  if (typeof manager !== "string" || typeof apiVersion !== "string" || apiVersion === "") return undefined;
  return {
    manager,
    operation,
    apiVersion,
    time: typeof time === "string" ? time : undefined,
    subresource: typeof subresource === "string" && subresource !== "" ? subresource : undefined,
    fields,
  };
}

const MANAGER_LIMIT = 128;

/** The name of a writer that gave none: what stands before the slash of its User-Agent. */
export function managerOf(userAgent: string): string {
  const name = (userAgent.split("/")[0] ?? "").replace(/\p{C}/gu, "");
  return [...name].slice(0, MANAGER_LIMIT).join("") || "unknown";
}
