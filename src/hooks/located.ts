// A JSON value that knows where in the text it stands.
// Built once by the reader of manifests; rules walk it and say where a fault is.

export type Scalar = string | number | boolean | null;

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly at: number;
  readonly value: Scalar;
}

export interface LocatedList {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly Located[];
}

export interface LocatedObject {
  readonly kind: "object";
  readonly at: number;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  /** Where the key stands. */
  readonly keyAt: number;
  readonly value: Located;
}

export type Located = LocatedScalar | LocatedList | LocatedObject;

/** The entry, unless it is null, which the API server drops. */
export function entryOf(located: Located | undefined, key: string): LocatedEntry | undefined {
  const entry = located?.kind === "object" ? located.entries.get(key) : undefined;
  return entry && !isNull(entry.value) ? entry : undefined;
}

export function textOf(located: Located | undefined): string | undefined {
  return located?.kind === "scalar" && typeof located.value === "string" ? located.value : undefined;
}

export function isNull(located: Located): boolean {
  return located.kind === "scalar" && located.value === null;
}

/** The value alone. */
export function plain(located: Located): unknown {
  if (located.kind === "scalar") return located.value;
  if (located.kind === "list") return located.items.map(plain);
  return Object.fromEntries([...located.entries].map(([key, { value }]) => [key, plain(value)])); // defines, also __proto__
}

/** `spec.eventConfigurations[0]` and `prompt`. */
export function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** JSON's word for what it is. */
export function typeName(located: Located): string {
  if (located.kind !== "scalar") return located.kind === "list" ? "array" : "object";
  if (located.value === null) return "null";
  if (typeof located.value === "number") return Number.isInteger(located.value) ? "integer" : "number";
  return typeof located.value;
}
