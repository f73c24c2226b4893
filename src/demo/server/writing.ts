// create, update, patch, delete and deletecollection of a resource.
// Promises a real server's order: body, namespace, admission, ownership, storage; a dry run stops before the last.

import { isJsonObject } from "../admission/fieldType.ts";
import { goJson } from "../admission/goJson.ts";
import { trackUpdate } from "../admission/managedFields.ts";
import type { Admission } from "../admission/requestObject.ts";
import type { KubeObject } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import { admit, kindOf } from "./admitted.ts";
import type { Call } from "./api.ts";
import { establish, withFirstStatus } from "./establishing.ts";
import { list } from "./list.ts";
import { patched } from "./patching.ts";
import { namespaceOf, resourceName, selectorOf } from "./reading.ts";
import { listReply, objectReply, type Reply, statusReply } from "./reply.ts";
import { readBody, readOptions } from "./requestBody.ts";
import {
  alreadyExists,
  conflict,
  deleted,
  internalError,
  MODIFIED_MEANWHILE,
  methodNotAllowed,
  namespaceTerminating,
  notFound,
  StatusError,
} from "./statusError.ts";
import { StorageError } from "./storage.ts";

/** What etcd takes in one value. */
const STORED_LIMIT = 1.5 * 1024 * 1024;

export async function write(call: Call): Promise<Reply> {
  switch (call.route.verb) {
    case "create":
      return create(call);
    case "update":
      return update(call);
    case "patch":
      return patched(call);
    case "delete":
      return remove(call);
    case "deletecollection":
      return removeAll(call);
    default:
      throw methodNotAllowed();
  }
}

async function create(call: Call): Promise<Reply> {
  const { route, resource, request } = call;
  // Only custom resources can be posted to a name, which is then ignored.
  if (route.subresource !== undefined || (route.name !== undefined && !resource.custom)) throw methodNotAllowed();
  const body = await readBody(request, resource.kind);
  return created(call, admit(call, body, "create"), call.manager);
}

/** Stores what a create or an apply was admitted as. Without a manager, ownership is in the object already. */
export function created(call: Call, admission: Admission, manager: string | undefined): Reply {
  const { resource, form, now } = call;
  const warnings = warningHeaders(admission.warnings);
  // What cannot be read is refused first; what can be read needs a namespace before it is judged.
  if ("status" in admission && admission.status.code !== 422) throw new StatusError(admission.status, warnings);
  const name = "object" in admission ? (admission.object.metadata.name ?? "") : (admission.status.details?.name ?? "");
  checkNamespace(call, name);
  if ("status" in admission) throw new StatusError(admission.status, warnings);
  const own = owned(call, admission.object, undefined, manager);
  const object = resource.storage === "customresourcedefinitions" ? withFirstStatus(own) : own;
  checkSize(object);
  const stored = keep(call, object, name);
  return withHeaders(objectReply(201, resource, stored, form, now()), warnings);
}

function keep(call: Call, object: KubeObject, name: string): KubeObject {
  const { resource, storage, query, now } = call;
  try {
    if (isDryRun(query)) return storage.rehearse(resource.storage, object);
    const kept = storage.create(resource.storage, object);
    if (resource.storage === "customresourcedefinitions") establish(storage, kept, now());
    return kept;
  } catch (error) {
    throw refusalOf(call, name, error);
  }
}

/** The object with the writer as owner of what it changed. */
function owned(
  call: Call,
  object: KubeObject,
  previous: KubeObject | undefined,
  manager: string | undefined,
): KubeObject {
  if (manager === undefined) return object;
  return trackUpdate(object, {
    kind: kindOf(call),
    previous,
    manager,
    subresource: call.route.subresource,
    now: call.now(),
  });
}

async function update(call: Call): Promise<Reply> {
  const { route, resource, request } = call;
  if (route.name === undefined) throw methodNotAllowed();
  const body = await readBody(request, resource.kind);
  const previous = existing(call);
  const admission = admit(call, body, route.subresource === "status" ? "status" : "update", previous);
  return replaced(call, admission, previous, call.manager);
}

/** Stores what an update or patch was admitted as. Without a manager, ownership is in the object already. */
export function replaced(call: Call, admission: Admission, previous: KubeObject, manager: string | undefined): Reply {
  const { resource, storage, form, now } = call;
  const warnings = warningHeaders(admission.warnings);
  if ("status" in admission) throw new StatusError(admission.status, warnings);
  const object = owned(call, admission.object, previous, manager);
  checkSize(object);
  if (isDryRun(call.query)) return withHeaders(objectReply(200, resource, object, form, now()), warnings);
  try {
    const stored = storage.replace(resource.storage, object);
    return withHeaders(objectReply(200, resource, finished(call, stored), form, now()), warnings);
  } catch (error) {
    throw refusalOf(call, object.metadata.name ?? "", error);
  }
}

/** An object that was only waiting for its finalizers goes when the last of them is taken away. */
function finished(call: Call, stored: KubeObject): KubeObject {
  const { deletionTimestamp, finalizers, namespace, name } = stored.metadata;
  const waits = deletionTimestamp === undefined || (finalizers ?? []).length > 0 || hasTermination(call);
  return waits ? stored : call.storage.delete(call.resource.storage, namespace, name ?? "");
}

function hasTermination(call: Call): boolean {
  return ["namespaces", "customresourcedefinitions"].includes(call.resource.storage);
}

async function remove(call: Call): Promise<Reply> {
  const { route, resource, request, storage, form, now, termination } = call;
  if (route.subresource !== undefined) throw methodNotAllowed();
  const options = await readOptions(request);
  const previous = existing(call);
  const name = route.name ?? "";
  const preconditions = isJsonObject(options.preconditions) ? options.preconditions : {};
  checkPreconditions(call, previous, preconditions);
  if (isDryRun(call.query) || [options.dryRun].flat().includes("All")) {
    return statusReply(deleted(resourceName(call), name, previous.metadata.uid), 200);
  }
  if (resource.storage === "namespaces")
    return objectReply(200, resource, termination.ofNamespace(previous), form, now());
  if (resource.storage === "customresourcedefinitions") {
    return objectReply(200, resource, termination.ofCrd(previous), form, now());
  }
  if ((previous.metadata.finalizers ?? []).length > 0) {
    const deletionTimestamp = previous.metadata.deletionTimestamp ?? kubeTime(now().getTime());
    const metadata = { ...previous.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 };
    return objectReply(200, resource, storage.replace(resource.storage, { ...previous, metadata }), form, now());
  }
  storage.delete(resource.storage, namespaceOf(call), name);
  return statusReply(deleted(resourceName(call), name, previous.metadata.uid), 200);
}

/** Answers the objects as they were; each goes in a write of its own. */
async function removeAll(call: Call): Promise<Reply> {
  const { route, resource, request, storage, query, form, now } = call;
  if (!resource.verbs.includes("deletecollection")) throw methodNotAllowed();
  await readOptions(request);
  const { metadata, items } = list(storage, resource, route.namespace, query, selectorOf(call));
  if (!isDryRun(query)) {
    for (const item of items) storage.delete(resource.storage, item.metadata.namespace, item.metadata.name ?? "");
  }
  return listReply(resource, metadata, items, form, now());
}

function checkPreconditions(call: Call, previous: KubeObject, wanted: Readonly<Record<string, unknown>>): void {
  const { uid, resourceVersion, name = "" } = previous.metadata;
  const of = { group: call.resource.group, resource: call.resource.kind };
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(of, name, why);
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(of, name, why);
  }
}

/** The stored object that the route names. */
export function existing(call: Call): KubeObject {
  const name = call.route.name ?? "";
  const stored = call.storage.get(call.resource.storage, namespaceOf(call), name);
  if (stored === undefined) throw notFound(resourceName(call), name);
  return stored;
}

function checkNamespace(call: Call, name: string): void {
  const namespace = namespaceOf(call);
  if (namespace === undefined) return;
  const found = call.storage.get("namespaces", undefined, namespace);
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (found.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(resourceName(call), name, namespace);
}

function checkSize(object: KubeObject): void {
  if (goJson(object).length > STORED_LIMIT) throw internalError("etcdserver: request is too large");
}

export function isDryRun(query: URLSearchParams): boolean {
  return query.getAll("dryRun").includes("All");
}

export function warningHeaders(warnings: readonly string[]): Record<string, readonly string[]> {
  return warnings.length === 0 ? {} : { Warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`) };
}

function withHeaders(reply: Reply, headers: Reply["headers"]): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function refusalOf(call: Call, name: string, error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  if (error.fault === "AlreadyExists") return alreadyExists(resourceName(call), name);
  if (error.fault === "NotFound") return notFound(resourceName(call), name);
  return conflict(resourceName(call), name, MODIFIED_MEANWHILE);
}
