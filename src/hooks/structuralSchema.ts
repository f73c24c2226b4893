// The schema of a CRD, read: the part of OpenAPI v3 that a structural schema may use and that can be judged here.
// What comes from a cluster is vouched for by nobody, so whatever is not of its type reads as if it were not there.

export interface StructuralSchema {
  readonly type: string | undefined;
  readonly format: string | undefined;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly enum: readonly unknown[] | undefined;
  readonly properties: ReadonlyMap<string, StructuralSchema>;
  /** Of properties that are not named; undefined when there are to be none. */
  readonly others: StructuralSchema | undefined;
  readonly keepsUnknown: boolean;
  readonly isIntOrString: boolean;
  readonly required: readonly string[];
  readonly items: StructuralSchema | undefined;
  readonly minItems: number;
  readonly maxItems: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly pattern: RegExp | undefined;
}

/** Deeper than any schema goes; what is below is not judged. */
const MAX_DEPTH = 40;

export function readSchema(value: unknown, depth = 0): StructuralSchema {
  const given = depth > MAX_DEPTH ? {} : asObject(value);
  const { additionalProperties } = given;
  const keepsUnknown = given["x-kubernetes-preserve-unknown-fields"] === true || depth > MAX_DEPTH;
  return {
    type: textOf(given.type),
    format: textOf(given.format),
    nullable: given.nullable === true,
    hasDefault: given.default !== undefined,
    enum: Array.isArray(given.enum) ? given.enum : undefined,
    properties: new Map(
      Object.entries(asObject(given.properties)).map(([key, property]) => [key, readSchema(property, depth + 1)]),
    ),
    others:
      typeof additionalProperties === "object" && additionalProperties !== null
        ? readSchema(additionalProperties, depth + 1)
        : undefined,
    keepsUnknown: keepsUnknown || additionalProperties === true,
    isIntOrString: given["x-kubernetes-int-or-string"] === true,
    required: (Array.isArray(given.required) ? given.required : []).filter((name) => typeof name === "string"),
    items: given.items === undefined ? undefined : readSchema(given.items, depth + 1),
    minItems: numberOf(given.minItems, 0),
    maxItems: numberOf(given.maxItems, Number.POSITIVE_INFINITY),
    minLength: numberOf(given.minLength, 0),
    maxLength: numberOf(given.maxLength, Number.POSITIVE_INFINITY),
    minimum: numberOf(given.minimum, Number.NEGATIVE_INFINITY),
    maximum: numberOf(given.maximum, Number.POSITIVE_INFINITY),
    pattern: expressionOf(given.pattern),
  };
}

/** Go's expressions are not quite ours: one that we cannot read is left to the API server. */
function expressionOf(value: unknown): RegExp | undefined {
  try {
    return typeof value === "string" ? new RegExp(value, "u") : undefined;
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>) // checked
    : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
