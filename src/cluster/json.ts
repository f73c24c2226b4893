// Reading JSON whose shape nobody vouches for.
// Each function answers undefined (or empty) for what is not of its type; none throws.

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined; // checked
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** undefined also for the empty string, which is how Kubernetes often says "none". */
export function asWord(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function asInteger(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined; // isSafeInteger does not narrow
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Only the entries whose value is text. */
export function asTextMap(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
