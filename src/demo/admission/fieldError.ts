// A fault of one field, and the 422 Status that lists all of them.
// Promises the words, reasons and value forms of a real API server; the order is the caller's.

import type { KubeStatus, StatusCause } from "../kubeObject.ts";
import { goJson } from "./goJson.ts";
import { quoted } from "./goText.ts";

export interface FieldError extends StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${shown(value)}: ${detail}`, field };
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { ...invalid(field, value, detail), reason: "FieldValueTypeInvalid" };
}

export function required(field: string, detail = ""): FieldError {
  return { reason: "FieldValueRequired", message: `Required value${detail === "" ? "" : `: ${detail}`}`, field };
}

export function forbidden(field: string, detail: string): FieldError {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${detail}`, field };
}

export function notSupported(field: string, value: unknown, supported: readonly unknown[]): FieldError {
  const list = supported.map((each) => quoted(typeof each === "string" ? each : goJson(each))).join(", ");
  return {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${shown(value)}: supported values: ${list}`,
    field,
  };
}

export function tooLong(field: string, limit: number): FieldError {
  const unit = limit === 1 ? "byte" : "bytes";
  return { reason: "FieldValueTooLong", message: `Too long: may not be more than ${limit} ${unit}`, field };
}

export function tooMany(field: string, actual: number, limit: number): FieldError {
  const unit = limit === 1 ? "item" : "items";
  return { reason: "FieldValueTooMany", message: `Too many: ${actual}: must have at most ${limit} ${unit}`, field };
}

export interface InvalidObject {
  readonly kind: string;
  readonly group: string;
  readonly name: string;
}

/** 422 for an object with these faults. The message says each different fault once, the causes list every one. */
export function invalidStatus(object: InvalidObject, errors: readonly FieldError[]): KubeStatus {
  const lines = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const type = object.group === "" ? object.kind : `${object.kind}.${object.group}`;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `${type} ${quoted(object.name)} is invalid: ${lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`}`,
    reason: "Invalid",
    details: {
      ...(object.name === "" ? {} : { name: object.name }),
      ...(object.group === "" ? {} : { group: object.group }),
      kind: object.kind,
      causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
    },
    code: 422,
  };
}

function shown(value: unknown): string {
  return typeof value === "string" ? quoted(value) : goJson(value);
}
