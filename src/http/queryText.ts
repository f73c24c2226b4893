// The pairs of a query string, decoded. Unlike node:querystring it tells what cannot be decoded instead of guessing.

export interface QueryPair {
  readonly name: string;
  readonly value: string;
}

/** In order; a name without `=` has an empty value. `malformed` holds pairs that are not percent-encoded UTF-8, as they stand. */
export interface QueryPairs {
  readonly pairs: readonly QueryPair[];
  readonly malformed: readonly string[];
}

/** A request target as it stands: before and behind its question mark. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf("?");
  return mark < 0 ? { path: url, query: "" } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

export function readQuery(text: string): QueryPairs {
  const pairs: QueryPair[] = [];
  const malformed: string[] = [];
  for (let from = 0; from < text.length; ) {
    const ampersand = text.indexOf("&", from);
    const end = ampersand < 0 ? text.length : ampersand;
    if (end > from) {
      const equals = text.indexOf("=", from);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      const name = decodeText(text.slice(from, nameEnd));
      const value = decodeText(text.slice(Math.min(nameEnd + 1, end), end));
      if (name === undefined || value === undefined) malformed.push(text.slice(from, end));
      else pairs.push({ name, value });
    }
    from = end + 1;
  }
  return { pairs, malformed };
}

/** undefined when it is not percent-encoded UTF-8. */
export function decodeText(text: string): string | undefined {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  return decodeSegment(spaced);
}

/** As decodeText, for the path, where a plus is a plus. */
export function decodeSegment(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
