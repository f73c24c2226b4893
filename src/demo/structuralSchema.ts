// A CRD's structural schema at work: pruning, defaulting and validation of custom resources.
// Promises what a real server does with the same schema, all faults at once; faults of one object come in schema order.
import { isDeepStrictEqual } from "node:util";
import { type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "./fieldError.ts";
import { ANYTHING, type Field, type FieldType, isJsonObject, type JsonObject } from "./fieldType.ts";

/** The part of OpenAPI v3 that a structural schema may use and this server knows. */
export interface StructuralSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly format?: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: StructuralSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: "atomic" | "granular";
}

export interface Pruned {
  readonly value: unknown;
  /** Paths of what was dropped, in order of the text. */
  readonly unknownFields: readonly string[];
}

/** The value without what the schema does not know. Nulls that the schema does not allow go too, without a word. */
export function prune(schema: StructuralSchema, value: unknown, path = ""): Pruned {
  const unknown: string[] = [];
  const pruned = pruneValue(schema, value, path, unknown);
  return { value: pruned, unknownFields: unknown.sort() };
}

function pruneValue(schema: StructuralSchema, value: unknown, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? value
      : value.map((item, index) => pruneValue(items, item, `${path}[${index}]`, unknown));
  }
  if (!isJsonObject(value)) return value;
  // Entries, not assignments: a key may be called __proto__.
  const kept: [string, unknown][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    const known = propertySchema(schema, key);
    if (known === undefined) {
      if (keepsUnknown(schema)) kept.push([key, inner]);
      else unknown.push(at);
    } else if (inner !== null || known.nullable === true) kept.push([key, pruneValue(known, inner, at, unknown)]);
  }
  return Object.fromEntries(kept);
}

/** The value with the schema's defaults where a property is missing. */
export function withDefaults(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withDefaults(items, item));
  }
  if (!isJsonObject(value)) return value;
  const filled = new Map(Object.entries(value));
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (filled.get(key) === undefined && property.default !== undefined) filled.set(key, property.default);
  }
  const entries = [...filled].map(([key, inner]) => {
    const property = propertySchema(schema, key);
    return [key, property === undefined ? inner : withDefaults(property, inner)];
  });
  return Object.fromEntries(entries);
}

export interface ValidationRoot {
  /** Where the value stands in the object: causes name fields from here. */
  readonly field?: string;
  /** The value before the write: what did not change is not held against a schema that did. */
  readonly previous?: unknown;
}

/** Every fault of the value. */
export function validate(schema: StructuralSchema, value: unknown, root: ValidationRoot = {}): readonly FieldError[] {
  const faults: FieldError[] = [];
  const prefix = root.field ?? "";
  // Texts name the path inside the validated value, causes the path inside the whole object.
  const field = (path: string) => (prefix === "" || path === "" ? `${prefix}${path}` : `${prefix}.${path}`);
  validateValue(schema, value, root.previous, "", { faults, field });
  return faults;
}

interface Report {
  readonly faults: FieldError[];
  readonly field: (path: string) => string;
}

function validateValue(
  schema: StructuralSchema,
  value: unknown,
  previous: unknown,
  path: string,
  report: Report,
): void {
  if (value === null && schema.nullable === true) return;
  if (previous !== undefined && isDeepStrictEqual(value, previous)) return;
  const say = (message: string) => `${path} in body ${message}`;
  const { faults, field } = report;
  const found = jsonType(value);
  if (!fits(schema, value)) {
    faults.push(typeInvalid(field(path), found, say(`must be of type ${schema.type}: "${found}"`)));
  }
  if (typeof value === "string") faults.push(...stringFaults(schema, value, path, report));
  if (typeof value === "number") {
    const { minimum, maximum } = schema;
    if (maximum !== undefined && value > maximum) {
      faults.push(invalid(field(path), value, say(`should be less than or equal to ${maximum}`)));
    }
    if (minimum !== undefined && value < minimum) {
      faults.push(invalid(field(path), value, say(`should be greater than or equal to ${minimum}`)));
    }
  }
  if (Array.isArray(value)) {
    const { minItems, maxItems, items } = schema;
    if (items !== undefined) {
      for (const [index, item] of value.entries()) validateValue(items, item, undefined, `${path}[${index}]`, report);
    }
    if (minItems !== undefined && value.length < minItems) {
      faults.push(invalid(field(path), value.length, say(`should have at least ${minItems} items`)));
    }
    if (maxItems !== undefined && value.length > maxItems) faults.push(tooMany(field(path), value.length, maxItems));
  }
  if (schema.enum !== undefined && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    faults.push(notSupported(field(path), value, schema.enum));
  }
  if (isJsonObject(value) && schema.type === "object") validateObject(schema, value, previous, path, report);
}

function stringFaults(schema: StructuralSchema, value: string, path: string, report: Report): readonly FieldError[] {
  const faults: FieldError[] = [];
  const at = report.field(path);
  const length = [...value].length;
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined && length > maxLength) faults.push(tooLong(at, maxLength));
  if (minLength !== undefined && length < minLength) {
    faults.push(invalid(at, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    faults.push(invalid(at, value, `${path} in body should match '${pattern}'`));
  }
  const expression = format === undefined ? undefined : FORMATS[format];
  if (expression !== undefined && !(expression.test(value) && !Number.isNaN(Date.parse(value)))) {
    faults.push(typeInvalid(at, value, `${path} in body must be of type ${format}: "${value}"`));
  }
  return faults;
}

function validateObject(schema: StructuralSchema, value: JsonObject, previous: unknown, path: string, report: Report) {
  const { faults, field } = report;
  const count = Object.keys(value).length;
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && count < minProperties) {
    faults.push(invalid(field(path), count, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && count > maxProperties) {
    faults.push(invalid(field(path), count, `${path} in body should have at most ${maxProperties} properties`));
  }
  const inner = (key: string) => (path === "" ? key : `${path}.${key}`);
  const before = isJsonObject(previous) ? previous : {};
  const declared = Object.keys(schema.properties ?? {});
  const others = Object.keys(value).filter((key) => !declared.includes(key));
  for (const key of [...declared, ...others]) {
    const property = propertySchema(schema, key);
    if (value[key] !== undefined && property !== undefined) {
      validateValue(property, value[key], before[key], inner(key), report);
    }
  }
  for (const key of schema.required ?? []) if (value[key] === undefined) faults.push(required(field(inner(key))));
}

/** Checked by shape here and as a moment in time by the caller. Formats that are not listed are not checked. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
};

/** The schema as the type that merging and ownership go by: lists are replaced as a whole unless they say otherwise. */
export function structuralType(schema: StructuralSchema): FieldType {
  if (schema.type === "array" && schema.items !== undefined) {
    const items = structuralType(schema.items);
    const listType = schema["x-kubernetes-list-type"];
    if (listType === "map") {
      return { form: "list", items, merge: { keys: schema["x-kubernetes-list-map-keys"] ?? [] } };
    }
    return { form: "list", items, merge: listType === "set" ? "set" : "atomic" };
  }
  if (schema.type !== "object") return ANYTHING;
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? { atomic: true as const } : {};
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const values = additionalProperties === true ? ANYTHING : structuralType(additionalProperties);
    return { form: "map", values, ...atomic };
  }
  const fields = Object.entries(schema.properties ?? {}).map(([key, property]): [string, Field] => [
    key,
    { type: structuralType(property) },
  ]);
  const open = keepsUnknown(schema) ? { open: true as const } : {};
  return { form: "struct", name: "", fields: Object.fromEntries(fields), ...atomic, ...open };
}

function propertySchema(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  const { additionalProperties } = schema;
  if (additionalProperties === true) return { "x-kubernetes-preserve-unknown-fields": true };
  return additionalProperties === false ? undefined : additionalProperties;
}

function keepsUnknown(schema: StructuralSchema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}

function fits(schema: StructuralSchema, value: unknown): boolean {
  if (schema.type === undefined) return true;
  const found = jsonType(value);
  return found === schema.type || (found === "integer" && schema.type === "number");
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
