// Every PATCH: by its content type, the stored object becomes the patched one.
// Promises the patched object in the form of the request's API version, still to be admitted, or a real server's refusal.
import { parse } from "yaml";
import type { KubeObject, KubeStatus } from "../kubeObject.ts";
import { badRequest, failure, notFound, unsupportedMediaType } from "../server/statusError.ts";
import { type Applied, type ApplyOptions, applyConfiguration } from "./apply.ts";
import { forbidden, invalidStatus, required } from "./fieldError.ts";
import { isJsonObject } from "./fieldType.ts";
import { goSyntaxError } from "./goJson.ts";
import { applyJsonPatch, PatchError, type PatchOperation } from "./jsonPatch.ts";
import { applyMergePatch, applyStrategicPatch } from "./mergePatch.ts";
import { ownVersion } from "./objectKind.ts";

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

export interface PatchOptions extends Omit<ApplyOptions, "fieldManager" | "force"> {
  /** The query's fieldManager: an apply needs one. */
  readonly fieldManager: string | undefined;
  /** The query's force: only an apply may have one. */
  readonly force: boolean | undefined;
}

/**
 * The patched object. Ownership is part of an applied object only; after any other patch it is still to be tracked.
 * `current` is the stored form; only an apply does without it.
 */
export function applyPatch(
  contentType: string,
  current: KubeObject | undefined,
  body: string,
  options: PatchOptions,
): Applied {
  const { kind, place } = options;
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const accepted = [JSON_PATCH, MERGE_PATCH, ...(kind.isCustom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH];
  if (!accepted.includes(type)) return { status: unsupportedMediaType(accepted).status };
  const isApply = type === APPLY_PATCH;
  const { fieldManager = "", force } = options;
  if (isApply && fieldManager === "") {
    return { status: invalidStatus(PATCH_OPTIONS, [required("fieldManager", "is required for apply patch")]) };
  }
  if (!isApply && force !== undefined) {
    return { status: invalidStatus(PATCH_OPTIONS, [forbidden("force", "may not be specified for non-apply patch")]) };
  }
  if (current === undefined && !(isApply && options.subresource === undefined)) {
    return { status: notFound(kind.resource, place.name ?? "").status };
  }
  const read = isApply ? readYaml(body) : readJson(body);
  if ("status" in read) return read;
  if (isApply) {
    if (!isJsonObject(read.value)) return { status: badRequest("error decoding YAML: not an object").status };
    return applyConfiguration(current, read.value, { ...options, fieldManager, force: force ?? false });
  }
  const version = ownVersion(kind);
  // Not an apply, so there is an object: said above.
  const live = version.show(current as KubeObject);
  if (type === JSON_PATCH) return jsonPatched(live, read.value);
  if (!isJsonObject(read.value)) {
    const message = "error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}";
    return { status: badRequest(message).status };
  }
  const patched =
    kind.isCustom || type === MERGE_PATCH
      ? applyMergePatch(live, read.value)
      : applyStrategicPatch(version.fields, live, read.value);
  return asObject(patched, live);
}

const PATCH_OPTIONS = { group: "meta.k8s.io", kind: "PatchOptions", name: "" } as const;

function jsonPatched(live: KubeObject, operations: unknown): Applied {
  if (!Array.isArray(operations) || !operations.every(isOperation)) {
    const message = "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch";
    return { status: badRequest(message).status };
  }
  try {
    return asObject(applyJsonPatch(live, operations), live);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    // A real server keeps the cause to itself.
    const message = "the server rejected our request due to an error in our request";
    return { status: failure({ code: 422, message, reason: "Invalid", details: {} }) };
  }
}

function isOperation(value: unknown): value is PatchOperation {
  return isJsonObject(value) && typeof value.op === "string" && typeof value.path === "string";
}

/** A patch may break anything but the object's being one; what it says of metadata is for admission to judge. */
function asObject(patched: unknown, live: KubeObject): Applied {
  if (!isJsonObject(patched)) return { status: badRequest("the patched value is not an object").status };
  const { apiVersion = live.apiVersion, kind = live.kind, metadata } = patched;
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    const message = "couldn't get version/kind; json parse error: json: cannot unmarshal value of type string";
    return { status: badRequest(message).status };
  }
  return { object: { ...patched, apiVersion, kind, metadata: isJsonObject(metadata) ? metadata : {} } };
}

function readJson(body: string): { readonly value: unknown } | { readonly status: KubeStatus } {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return { status: badRequest(`error decoding patch: ${goSyntaxError(body)}`).status };
  }
}

function readYaml(body: string): { readonly value: unknown } | { readonly status: KubeStatus } {
  try {
    return { value: parse(body, { logLevel: "error" }) };
  } catch (error) {
    return { status: badRequest(`error decoding YAML: ${error instanceof Error ? error.message : ""}`).status };
  }
}
