// A CRD's structural schema, and what it makes of a custom resource before anybody judges it: pruning and defaults.
// Promises what a real server drops and fills in by the same schema, and never changes the given value.
import { ANYTHING, type Field, type FieldType, isJsonObject } from "./fieldType.ts";

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

/** The schema of a property, declared or of a map; undefined when the schema does not know it. */
export function propertySchema(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  const { additionalProperties } = schema;
  if (additionalProperties === true) return { "x-kubernetes-preserve-unknown-fields": true };
  return additionalProperties === false ? undefined : additionalProperties;
}

function keepsUnknown(schema: StructuralSchema): boolean {
  return schema["x-kubernetes-preserve-unknown-fields"] === true;
}
