// Server-side apply: a configuration becomes part of an object, and its manager the owner of what it says.
// Promises a real server's conflicts, word for word, unless forced; what a manager stops to mention goes when it is nobody's.
import { isDeepStrictEqual } from "node:util";
import type { KubeObject, KubeStatus } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import { badRequest, failure } from "../server/statusError.ts";
import { merge, undeclared, withoutFields } from "./appliedMerge.ts";
import { compare, fieldsOf } from "./fieldComparison.ts";
import { type FieldPath, FieldSet, pathText } from "./fieldSet.ts";
import { isJsonObject, type JsonObject } from "./fieldType.ts";
import { goJson } from "./goJson.ts";
import { DecodeError } from "./goStruct.ts";
import { quoted } from "./goText.ts";
import { changesByVersion, isSame, type Owner, ownable, ownersOf, withOwners } from "./managedFields.ts";
import { emptyObject, type ObjectKind, ownVersion } from "./objectKind.ts";
import type { Place } from "./objectMeta.ts";
import { apiVersionOf, unreadable } from "./requestObject.ts";

export interface ApplyOptions {
  readonly kind: ObjectKind;
  readonly place: Place;
  readonly fieldManager: string;
  readonly force: boolean;
  readonly subresource?: string | undefined;
  readonly now: Date;
}

export type Applied = { readonly object: KubeObject } | { readonly status: KubeStatus };

/**
 * The object in its API version's form with the configuration applied, managedFields included: they must not be
 * tracked again. `current` is the stored form, undefined to create. An apply that changes nothing answers the object as
 * it was.
 */
export function applyConfiguration(
  current: KubeObject | undefined,
  configuration: JsonObject,
  options: ApplyOptions,
): Applied {
  const { kind, fieldManager, subresource, now } = options;
  const apiVersion = apiVersionOf(kind.type);
  const version = ownVersion(kind);
  const refused = refusal(configuration, options);
  if (refused !== undefined) return { status: refused };
  const sent = part(configuration, kind, subresource);
  const live = current === undefined ? newObject(options) : version.show(current);
  const owners = current === undefined ? [] : ownersOrFirst(current, live, options);
  const identity = { manager: fieldManager, operation: "Apply", apiVersion, subresource } as const;
  const fields = ownable(fieldsOf(version.fields, sent));
  const self: Owner = { ...identity, fields, time: kubeTime(now.getTime()) };
  const before = owners.find((owner) => isSame(owner, self));
  const others = owners.filter((owner) => owner !== before);
  const owned = others.reduce((all, owner) => all.union(owner.fields), fields);
  const merged = withoutFields(
    version.fields,
    merge(version.fields, live, sent),
    before?.fields ?? new FieldSet(),
    owned,
  );
  // Merging and removing fields of an object leaves an object of its kind.
  const next = { ...(merged as JsonObject), apiVersion, kind: kind.type.kind, metadata: metadataOf(merged) };
  const kept = storedForm(next, kind);
  if ("status" in kept) return kept;
  const changes = changesByVersion(kind, current, kept.object);
  const disputed = others.map((owner) => ({
    owner,
    fields: owner.fields.intersection(changes(owner.apiVersion).taken),
  }));
  const conflicts = disputed.flatMap(({ owner, fields: lost }) => [...lost].map((path) => ({ owner, path })));
  if (conflicts.length > 0 && !options.force) return { status: conflictStatus(conflicts) };
  const rest = disputed.map(({ owner, fields: lost }) => ({
    ...owner,
    fields: owner.fields.difference(lost).difference(changes(owner.apiVersion).removed),
  }));
  const isUnchanged = before?.fields.equals(fields) && isDeepStrictEqual(next, { ...live });
  return { object: isUnchanged ? live : withOwners(next, [...rest, self]) };
}

/** The object as it would be stored, where comparing in another version starts; refused when a value does not fit. */
function storedForm(object: KubeObject, kind: ObjectKind): Applied {
  try {
    return { object: ownVersion(kind).store(object) };
  } catch (error) {
    if (error instanceof DecodeError) return { status: unreadable(kind.type, error.message).status };
    throw error;
  }
}

function newObject({ kind, place }: ApplyOptions): KubeObject {
  const metadata = {
    ...(place.name === undefined ? {} : { name: place.name }),
    ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
  };
  return { apiVersion: apiVersionOf(kind.type), kind: kind.type.kind, metadata };
}

function refusal(configuration: JsonObject, options: ApplyOptions): KubeStatus | undefined {
  const { kind, place } = options;
  const expected = apiVersionOf(kind.type);
  if (configuration.apiVersion !== expected) {
    const message = `Incorrect version specified in apply patch. Specified patch version: ${shown(configuration.apiVersion)}, expected: ${expected}`;
    return badRequest(message).status;
  }
  const metadata = isJsonObject(configuration.metadata) ? configuration.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    return badRequest("metadata.managedFields must be nil").status;
  }
  const unknown = undeclared(ownVersion(kind).fields, configuration).filter(
    ([first]) => !["f:apiVersion", "f:kind"].includes(first ?? ""),
  );
  if (unknown.length === 0) return undefined;
  const faults = unknown.map((path) => `${pathText(path)}: field not declared in schema`);
  const list = faults.length === 1 ? faults[0] : `errors:\n${faults.map((fault) => `  ${fault}`).join("\n")}`;
  const where = `${shown(metadata.namespace ?? place.namespace)}/${shown(metadata.name ?? place.name)}; ${expected.includes("/") ? expected : `/${expected}`}`;
  // A plain error in a real server, so it has no reason.
  return failure({
    code: 500,
    message: `failed to create typed patch object (${where}, Kind=${kind.type.kind}): ${list}`,
  });
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : goJson(value);
}

/** What of a configuration the written part of the object is made of. */
function part(configuration: JsonObject, kind: ObjectKind, subresource: string | undefined): JsonObject {
  const { metadata, status, ...main } = configuration;
  if (subresource === "status") return status === undefined ? {} : { status };
  const given = metadata === undefined ? {} : { metadata };
  return kind.hasStatus || status === undefined ? { ...main, ...given } : { ...main, ...given, status };
}

function metadataOf(merged: unknown): KubeObject["metadata"] {
  const metadata = isJsonObject(merged) ? merged.metadata : undefined;
  return isJsonObject(metadata) ? metadata : {};
}

/** The stored owners. What an object without any says was set before the first apply, by nobody who is known. */
function ownersOrFirst(current: KubeObject, live: KubeObject, { kind, now }: ApplyOptions): readonly Owner[] {
  const owners = ownersOf(current.metadata) ?? [];
  if (owners.length > 0) return owners;
  const version = ownVersion(kind);
  const found = compare(version.fields, emptyObject(kind, version), live);
  return [
    {
      manager: "before-first-apply",
      operation: "Update",
      apiVersion: apiVersionOf(kind.type),
      subresource: undefined,
      time: kubeTime(now.getTime()),
      fields: ownable(found.added.union(found.modified)),
    },
  ];
}

interface Conflict {
  readonly owner: Owner;
  readonly path: FieldPath;
}

function conflictStatus(conflicts: readonly Conflict[]): KubeStatus {
  const causes = conflicts.map(({ owner, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${ownerText(owner)}`,
    field: pathText(path),
  }));
  const [first] = conflicts;
  const message =
    conflicts.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: conflict with ${ownerText(first.owner)}: ${pathText(first.path)}`
      : `Apply failed with ${conflicts.length} conflicts: ${byOwner(conflicts).join("\n")}`;
  return failure({ code: 409, message, reason: "Conflict", details: { causes } });
}

function byOwner(conflicts: readonly Conflict[]): readonly string[] {
  const groups = Map.groupBy(conflicts, ({ owner }) => ownerText(owner));
  return [...groups].flatMap(([owner, group]) => [
    `conflicts with ${owner}:`,
    ...group.map(({ path }) => `- ${pathText(path)}`),
  ]);
}

function ownerText({ manager, subresource, operation, apiVersion }: Owner): string {
  const name =
    subresource === undefined ? quoted(manager) : `${quoted(manager)} with subresource ${quoted(subresource)}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
