// Text as every database can hold it: well-formed Unicode without U+0000.
// What is not becomes U+FFFD, in everything that is stored alike, so that a filter finds what an answer shows.

/** What JSON.stringify makes of a NUL or of half a surrogate pair. Also true of a text that spells such an escape itself. */
const MAYBE_ODD = /\\u0000|\\ud[89a-f]/;

/** Whether a JSON text may hold strings that must be made storable. */
export function isMaybeOdd(json: string): boolean {
  return MAYBE_ODD.test(json);
}

/** The same value with every string in it storable. */
export function storable<T>(value: T): T {
  return replaceIn(value) as T; // the shape stays, only strings change
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function replaceIn(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (Array.isArray(value)) return value.map(replaceIn);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storableText(key), replaceIn(part)]));
}
