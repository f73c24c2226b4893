// The code of what the API server refuses, by its reason; where that is too wide, by the words that it has for each rule of a schema.
// The same fault has the same code, whoever finds it.
import type { DryRunCause } from "../events/hookDryRun.ts";
import type { FindingCode } from "./finding.ts";

const BY_REASON: ReadonlyMap<string, FindingCode> = new Map([
  ["FieldValueRequired", "REQUIRED"],
  ["FieldValueNotSupported", "NOT_SUPPORTED"],
  ["FieldValueTypeInvalid", "WRONG_TYPE"],
  ["FieldValueTooLong", "TOO_LONG"],
  ["FieldValueTooMany", "TOO_LONG"],
  ["FieldUnknown", "UNKNOWN_FIELD"],
]);

/** Of what is invalid for no other reason. */
const BY_FIELD: ReadonlyMap<string, FindingCode> = new Map([
  ["kind", "WRONG_KIND"],
  ["metadata.labels", "BAD_LABEL"],
  ["metadata.annotations", "BAD_ANNOTATION"],
]);

/** Of which all that is wrong is one code. */
const NAMES: readonly string[] = ["metadata.name", "metadata.generateName", "metadata.namespace"];

/** What an API server says of a value that a schema does not allow. */
const BY_WORDS: readonly (readonly [RegExp, FindingCode])[] = [
  [/ must be of type (?:object|array|string|integer|number|boolean|null)\b/, "WRONG_TYPE"],
  [/ must be of type /, "BAD_FORMAT"],
  [/ should match /, "BAD_FORMAT"],
  [/ should (?:be|have) at least \d/, "TOO_SHORT"],
  [/ should (?:be|have) at most \d/, "TOO_LONG"],
  [/ should be (?:less|greater) than /, "OUT_OF_RANGE"],
];

export function causeCode({ reason, field, message }: DryRunCause): FindingCode {
  if (NAMES.includes(field) && /^FieldValue(?:Invalid|TooLong)$/.test(reason)) return "BAD_NAME";
  const code = BY_REASON.get(reason);
  if (code) return code;
  if (reason !== "FieldValueInvalid") return "REFUSED";
  return BY_FIELD.get(field) ?? BY_WORDS.find(([words]) => words.test(message))?.[1] ?? "REFUSED";
}
