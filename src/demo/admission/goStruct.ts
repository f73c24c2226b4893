// Reads JSON into a built-in type as Go's decoder does.
// Promises the declared key order, zero values where Go writes them, the unknown fields it met, or Go's error.
import { type Field, type FieldType, isJsonObject, type StructType } from "./fieldType.ts";
import { parseTime } from "./goTime.ts";

/** A value that does not fit its type; the message is Go's. */
export class DecodeError extends Error {}

export interface Decoded {
  readonly value: Readonly<Record<string, unknown>>;
  /** Paths as in `spec.list[0].extra`, in the order they were met. */
  readonly unknownFields: readonly string[];
}

/** Throws DecodeError for the first value that does not fit. */
export function decodeStruct(type: StructType, value: unknown, path = ""): Decoded {
  const unknownFields: string[] = [];
  return { value: readStruct(type, value, path, unknownFields), unknownFields };
}

/**
 * A function that lays out the fields of an already decoded value in the type's order and adds what Go writes when
 * empty. It looks no deeper than these fields, so it is cheap enough for every object of a long list. `names` says
 * under which name the value keeps a field, where that differs.
 */
export function layout(
  type: StructType,
  names: Readonly<Record<string, string>> = {},
): (value: Readonly<Record<string, unknown>>) => Record<string, unknown> {
  const plan = Object.entries(type.fields).map(
    ([field, rule]) => [field, rule, names[field] ?? field, readField(rule, undefined, type.name, "", [])] as const,
  );
  return (value) => {
    const result: Record<string, unknown> = {};
    for (const [field, rule, name, empty] of plan) {
      const shown = value[name] ?? empty;
      if (isWritten(rule, shown)) result[field] = shown;
    }
    return result;
  };
}

function readStruct(type: StructType, value: unknown, path: string, unknown: string[]): Record<string, unknown> {
  const given = value === null || value === undefined ? {} : value;
  if (!isJsonObject(given)) throw mismatch(given, type.name, path, `v1.${type.name}`);
  for (const key of Object.keys(given)) if (!Object.hasOwn(type.fields, key)) unknown.push(join(path, key));
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(type.fields)) {
    const read = readField(field, given[key], type.name, join(path, key), unknown);
    if (read !== undefined) result[key] = read;
  }
  return result;
}

/** Undefined when Go would leave the field out. */
function readField(field: Field, value: unknown, owner: string, path: string, unknown: string[]): unknown {
  const absent = value === undefined || value === null;
  if (field.pointer && absent) return undefined;
  const read = absent ? zero(field.type, path, unknown) : readValue(field.type, value, owner, path, unknown);
  return isWritten(field, read) ? read : undefined;
}

function isWritten(field: Field, value: unknown): boolean {
  return value !== undefined && (field.always === true || field.pointer === true || !isEmpty(field.type, value));
}

function readValue(type: FieldType, value: unknown, owner: string, path: string, unknown: string[]): unknown {
  switch (type.form) {
    case "struct":
      return readStruct(type, value, path, unknown);
    case "map": {
      if (!isJsonObject(value)) throw mismatch(value, owner, path, "map[string]string");
      // Go writes the keys of a map in order.
      const keys = Object.keys(value).sort();
      return Object.fromEntries(
        keys.map((key) => [key, readValue(type.values, value[key] ?? zeroScalar(type.values), owner, path, unknown)]),
      );
    }
    case "list":
      if (!Array.isArray(value)) throw mismatch(value, owner, path, "[]string");
      return value.map((item, index) => readValue(type.items, item, owner, `${path}[${index}]`, unknown));
    case "time":
    case "microTime": {
      if (typeof value !== "string") {
        throw new DecodeError(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`);
      }
      const parsed = parseTime(value, type.form);
      if ("error" in parsed) throw new DecodeError(parsed.error);
      return parsed.text;
    }
    case "int32":
    case "int64": {
      const limit = type.form === "int32" ? 2 ** 31 : 2 ** 63;
      if (typeof value !== "number") throw mismatch(value, owner, path, type.form);
      if (!Number.isInteger(value) || value < -limit || value >= limit) {
        throw new DecodeError(unfit(`number ${value}`, owner, path, type.form));
      }
      return value;
    }
    case "bool":
    case "string":
      if (typeof value !== (type.form === "bool" ? "boolean" : "string")) throw mismatch(value, owner, path, type.form);
      return value;
    case "any":
      return value;
  }
}

function zero(type: FieldType, path: string, unknown: string[]): unknown {
  if (type.form === "struct") return readStruct(type, {}, path, unknown);
  if (type.form === "map") return {};
  if (type.form === "list") return [];
  return type.form === "any" ? undefined : zeroScalar(type);
}

function zeroScalar(type: FieldType): unknown {
  if (type.form === "string") return "";
  if (type.form === "bool") return false;
  return type.form === "int32" || type.form === "int64" ? 0 : null;
}

/** What `omitempty` leaves out. A struct and a time are never empty to it. */
function isEmpty(type: FieldType, value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (type.form === "map") return isJsonObject(value) && Object.keys(value).length === 0;
  return type.form === "list" && Array.isArray(value) && value.length === 0;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}

function mismatch(value: unknown, owner: string, path: string, goType: string): DecodeError {
  return new DecodeError(unfit(jsonType(value), owner, path, goType));
}

function unfit(found: string, owner: string, path: string, goType: string): string {
  const field = path.replace(/\[\d+\]/g, "");
  return `json: cannot unmarshal ${found} into Go struct field ${owner}.${field} of type ${goType}`;
}
