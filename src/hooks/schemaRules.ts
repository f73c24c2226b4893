// What the API server says by the CRD's schema: the same fields, all at once, and what it would drop without refusing.
// Not a library for JSON Schema: those know neither `nullable` nor pruning, which decide what is missing and what is unknown.
import { didYouMean } from "../events/nearest.ts";
import type { FindingCode, Remarks, Severity } from "./finding.ts";
import { below, isNull, type Located, plain, typeName } from "./located.ts";
import type { StructuralSchema } from "./structuralSchema.ts";

/** Names that khook's own texts still use, and what the CRD has instead. */
const FORMER_NAMES: ReadonlyMap<string, string> = new Map([
  ["agentId", "agentRef.name"],
  ["agentID", "agentRef.name"],
  ["agentName", "agentRef.name"],
  ["agent", "agentRef.name"],
  ["agentNamespace", "agentRef.namespace"],
  ["type", "eventType"],
]);

export interface Place {
  readonly path: string;
  /** Where to point when something is missing here: the key of the object, or the object. */
  readonly home: number;
}

/** Judges the value and everything below it. `leaveOut` are keys of the value that have rules of their own. */
export function schemaRules(
  schema: StructuralSchema,
  value: Located,
  place: Place,
  remark: Remarks,
  leaveOut: readonly string[] = [],
): void {
  const say = (
    code: FindingCode,
    message: () => string,
    at = value.at,
    path = place.path,
    severity: Severity = "error",
  ) => remark({ severity, code, origin: "SCHEMA", path, at, message });

  if (isNull(value) && schema.nullable) return;
  const found = typeName(value);
  if (!fits(schema, found)) {
    say("WRONG_TYPE", () => `must be ${withArticle(schema.type ?? "")}, not ${withArticle(found)}`);
    return;
  }
  const allowed = schema.enum;
  if (allowed && !allowed.some((each) => isEqual(each, plain(value)))) {
    say("NOT_SUPPORTED", () => notAmong(plain(value), allowed));
    return;
  }
  if (value.kind === "scalar") {
    if (typeof value.value === "string") judgeText(schema, value.value, say);
    if (typeof value.value === "number") judgeNumber(schema, value.value, say);
  }
  if (value.kind === "list") {
    const { length } = value.items;
    if (length < schema.minItems) {
      say("TOO_SHORT", () => `has ${count(length, "item")}: at least ${schema.minItems} must be there`, place.home);
    }
    if (length > schema.maxItems) say("TOO_LONG", () => `has ${length} items: give at most ${schema.maxItems}`);
    for (const [index, item] of value.items.entries()) {
      const path = `${place.path}[${index}]`;
      if (schema.items) schemaRules(schema.items, item, { path, home: item.at }, remark);
    }
  }
  if (value.kind !== "object" || schema.type !== "object") return;

  for (const [key, entry] of value.entries) {
    if (leaveOut.includes(key)) continue;
    const property = schema.properties.get(key) ?? schema.others;
    const path = below(place.path, key);
    if (property) {
      if (!isNull(entry.value) || property.nullable) {
        schemaRules(property, entry.value, { path, home: entry.keyAt }, remark);
      }
    } else if (!schema.keepsUnknown)
      say("UNKNOWN_FIELD", () => unknownField(key, schema), entry.keyAt, path, "warning");
  }
  for (const key of schema.required) {
    if (leaveOut.includes(key)) continue;
    const entry = value.entries.get(key);
    const property = schema.properties.get(key);
    const isMissing = !entry || (isNull(entry.value) && !property?.nullable);
    if (isMissing && !property?.hasDefault) {
      say("REQUIRED", () => required(key, property), entry?.keyAt ?? place.home, below(place.path, key));
    }
  }
}

type Say = (code: FindingCode, message: () => string) => void;

function judgeText({ minLength, maxLength, pattern, format }: StructuralSchema, text: string, say: Say): void {
  const length = [...text].length;
  if (length < minLength) {
    say("TOO_SHORT", () =>
      length === 0 ? "must not be empty" : `has ${count(length, "character")}: give at least ${minLength}`,
    );
  }
  if (length > maxLength) say("TOO_LONG", () => `has ${length} characters: give at most ${maxLength}`);
  if (pattern && !pattern.test(text)) say("BAD_FORMAT", () => `${shown(text)} must match ${pattern.source}`);
  const expression = format === undefined ? undefined : FORMATS.get(format);
  if (expression && !(expression.test(text) && !Number.isNaN(Date.parse(text)))) {
    say("BAD_FORMAT", () => `${shown(text)} must be a ${format}, such as 2026-11-23T08:01:24Z`);
  }
}

function judgeNumber({ minimum, maximum }: StructuralSchema, value: number, say: Say): void {
  if (value < minimum) say("OUT_OF_RANGE", () => `is ${value}: at least ${minimum} is allowed`);
  if (value > maximum) say("OUT_OF_RANGE", () => `is ${value}: at most ${maximum} is allowed`);
}

const FORMATS: ReadonlyMap<string, RegExp> = new Map([
  ["date-time", /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/],
]);

function fits({ type, isIntOrString }: StructuralSchema, found: string): boolean {
  if (isIntOrString) return found === "integer" || found === "string";
  return type === undefined || found === type || (found === "integer" && type === "number");
}

function isEqual(allowed: unknown, value: unknown): boolean {
  return allowed === value || JSON.stringify(allowed) === JSON.stringify(value);
}

function notAmong(value: unknown, allowed: readonly unknown[]): string {
  const names = allowed.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  const near = typeof value === "string" ? didYouMean(value, names) : "";
  return `${shown(value)} is none of ${names.join(", ")}${near}`;
}

function required(key: string, property: StructuralSchema | undefined): string {
  const type = property?.type === undefined ? "" : `: give ${withArticle(property.type)}`;
  const among = property?.enum ? ` that is one of ${property.enum.join(", ")}` : "";
  const parts = property?.required.length ? ` with ${property.required.join(" and ")}` : "";
  return `${key} is missing${type}${among}${parts}`;
}

/** What khook's texts called it is known; otherwise the nearest of the names at this place. */
export function unknownField(key: string, schema: Pick<StructuralSchema, "properties">): string {
  const former = FORMER_NAMES.get(key);
  const [head = ""] = former?.split(".") ?? [];
  const near = schema.properties.has(head)
    ? `: did you mean "${former}"?`
    : didYouMean(key.slice(0, 64), [...schema.properties.keys()]);
  return `${shown(key)} is no field of this resource and would be dropped${near}`;
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function withArticle(type: string): string {
  if (type === "null") return "null";
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function count(number: number, unit: string): string {
  return number === 0 ? `no ${unit}` : `${number} ${unit}${number === 1 ? "" : "s"}`;
}
