// The shape of a field as the API server knows it: how it is decoded, merged and owned.
// Promises one description for all three, so that decoding, patches and managedFields cannot disagree.

export type FieldType = ScalarType | StructType | MapType | ListType;

export interface ScalarType {
  readonly form: "string" | "bool" | "int32" | "int64" | "time" | "microTime" | "any";
}

export interface StructType {
  readonly form: "struct";
  /** The name of the Go type, which decoding errors mention. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Owned and replaced as a whole. */
  readonly atomic?: true;
  /** Keeps fields that are not listed (x-kubernetes-preserve-unknown-fields). */
  readonly open?: true;
}

export interface Field {
  readonly type: FieldType;
  /** Written even when empty: the Go field has no `omitempty`. */
  readonly always?: true;
  /** A Go pointer: an empty value is kept when it was given. */
  readonly pointer?: true;
}

export interface MapType {
  readonly form: "map";
  readonly values: FieldType;
  readonly atomic?: true;
}

export interface ListType {
  readonly form: "list";
  readonly items: FieldType;
  /** Replaced as a whole, merged as a set of values, or merged by the value of keys of its items. */
  readonly merge: "atomic" | "set" | { readonly keys: readonly string[] };
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const ANYTHING: ScalarType = { form: "any" };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type of a named member, or undefined when the type does not declare it. */
export function memberType(type: FieldType, name: string): FieldType | undefined {
  if (type.form === "map") return type.values;
  if (type.form === "any") return ANYTHING;
  if (type.form !== "struct") return undefined;
  return (Object.hasOwn(type.fields, name) ? type.fields[name]?.type : undefined) ?? (type.open ? ANYTHING : undefined);
}

/** Replaced and owned as a whole. What is not described is merged when it is an object, and whole when it is a list. */
export function isWhole(type: FieldType, value: unknown): boolean {
  if (type.form === "struct" || type.form === "map") return type.atomic === true;
  if (type.form === "list") return type.merge === "atomic";
  return !(type.form === "any" && isJsonObject(value));
}
