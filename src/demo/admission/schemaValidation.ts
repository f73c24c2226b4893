// Validation of custom resources by their structural schema.
// Promises a real server's texts and reasons, all faults at once; those of one object come in schema order.
import { isDeepStrictEqual } from "node:util";
import { type FieldError, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "./fieldError.ts";
import { isJsonObject, type JsonObject } from "./fieldType.ts";
import { propertySchema, type StructuralSchema } from "./structuralSchema.ts";

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
