// The first look at an object that a request carries: is it one, and does it fit the URL it was sent to?
// Promises the 400s of a real server word for word, and what a request gets back when it is let in or refused.

import type { KubeObject, KubeStatus, ObjectMeta } from "../kubeObject.ts";
import { badRequest, conflict, failure, type GroupResource, MODIFIED_MEANWHILE } from "../server/statusError.ts";
import { objectMeta } from "./builtinTypes.ts";
import { isJsonObject, type JsonObject } from "./fieldType.ts";
import { goJson } from "./goJson.ts";
import { DecodeError, decodeStruct } from "./goStruct.ts";
import { quoted } from "./goText.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** What admission says. Warnings are the texts of `Warning: 299` headers, and come with refusals too. */
export type Admission =
  | { readonly object: KubeObject; readonly warnings: readonly string[] }
  | { readonly status: KubeStatus; readonly warnings: readonly string[] };

/** Ends an admission with a Status; caught where admission begins. */
export class Refusal extends Error {
  readonly status: KubeStatus;

  constructor(status: KubeStatus) {
    super(status.message ?? "");
    this.status = status;
  }
}

/** Runs an admission that refuses by throwing; warnings given before a refusal are kept. */
export function admission(admit: (warn: (warning: string) => void) => KubeObject): Admission {
  const warnings: string[] = [];
  try {
    return { object: admit((warning) => warnings.push(warning)), warnings };
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, warnings };
    throw error;
  }
}

export interface ExpectedType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function apiVersionOf(type: Pick<ExpectedType, "group" | "version">): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The value as an object with a kind and an apiVersion, and whatever it has as metadata. */
export function typed(value: unknown, expected: ExpectedType): JsonObject & { kind: string; apiVersion: string } {
  const unrecognized = (why: string) => {
    const body = goJson(value);
    const summary = body.length > 30 ? `${body.slice(0, 30)} ...` : body;
    return refuse400(`the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary})`);
  };
  if (!isJsonObject(value)) {
    throw unrecognized(
      "couldn't get version/kind; json parse error: json: cannot unmarshal value into Go value of type struct",
    );
  }
  const { kind, apiVersion } = value;
  if (typeof kind !== "string" || kind === "") throw unrecognized(`Object 'Kind' is missing in '${goJson(value)}'`);
  if (typeof apiVersion !== "string" || apiVersion === "") {
    throw unrecognized(`Object 'apiVersion' is missing in '${goJson(value)}'`);
  }
  return { ...value, kind, apiVersion };
}

export function refuse400(message: string): Refusal {
  return new Refusal(badRequest(message).status);
}

/** The 400 for an object that cannot be read as what the URL is for. */
export function unreadable(type: ExpectedType, why: string): Refusal {
  return refuse400(`${type.kind} in version ${quoted(type.version)} cannot be handled as a ${type.kind}: ${why}`);
}

export interface MetadataRead {
  readonly metadata: ObjectMeta;
  readonly unknownFields: readonly string[];
}

export function readMetadata(value: unknown, type: ExpectedType): MetadataRead {
  return reading(type, () => {
    const decoded = decodeStruct(objectMeta, value, "metadata");
    // Every field was just decoded by the description of ObjectMeta.
    return { metadata: decoded.value as ObjectMeta, unknownFields: decoded.unknownFields };
  });
}

/** Runs a decoder and refuses with 400 when a value does not fit its type. */
export function reading<T>(type: ExpectedType, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) throw unreadable(type, error.message);
    throw error;
  }
}

/** Warns of unknown fields, refuses them, or says nothing, as the request asked. */
export function reportUnknown(
  fields: readonly string[],
  validation: FieldValidation,
  type: ExpectedType,
  warn: (warning: string) => void,
): void {
  const faults = fields.map((field) => `unknown field ${quoted(field)}`);
  if (validation === "Strict" && faults.length > 0) {
    throw unreadable(type, `strict decoding error: ${faults.join(", ")}`);
  }
  if (validation === "Warn") for (const fault of faults) warn(fault);
}

/** Refuses an object of another API version than the URL's. */
export function checkVersion(apiVersion: string, type: ExpectedType): void {
  const expected = apiVersionOf(type);
  if (apiVersion !== expected) {
    throw refuse400(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
}

/** Refuses a new object that claims to have been stored already. */
export function checkNew(metadata: ObjectMeta): void {
  const { resourceVersion = "" } = metadata;
  if (resourceVersion !== "" && resourceVersion !== "0") {
    const message = "resourceVersion should not be set on objects to be created";
    throw new Refusal(failure({ code: 500, message }));
  }
}

/** Refuses a write that was made on top of another state, or of another object of the same name. */
export function checkUnmodified(metadata: ObjectMeta, previous: ObjectMeta, resource: GroupResource): void {
  const { name = "" } = previous;
  if (metadata.uid !== undefined && metadata.uid !== previous.uid) {
    const key = ["/registry", resource.group, resource.resource, previous.namespace, name].filter(Boolean).join("/");
    const why =
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ` +
      `UID in precondition: ${metadata.uid}, UID in object meta: ${previous.uid}`;
    throw new Refusal(conflict(resource, name, why).status);
  }
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== previous.resourceVersion) {
    throw new Refusal(conflict(resource, name, MODIFIED_MEANWHILE).status);
  }
}
