// Finds what serves a path. A literal segment is never taken for a placeholder, so `/events/types` is not the namespace `types`.
// Built once; to match is one map look-up, or one step per segment.

export interface ServedPath {
  /** `/api/v1/events/{namespace}` */
  readonly path: string;
  /** Values that a placeholder does not take, by its name. */
  readonly except: ReadonlyMap<string, readonly string[]>;
}

export interface PathMatch<T> {
  readonly served: T;
  /** Values of the placeholders as they stand in the path, still percent-encoded, in order. */
  readonly values: readonly string[];
}

interface Segment<T> {
  readonly literals: Map<string, Segment<T>>;
  placeholder: { readonly next: Segment<T>; readonly except: Set<string> } | undefined;
  served: T | undefined;
}

const NO_VALUES: readonly string[] = [];

export class RestTable<T extends ServedPath> {
  readonly #literal = new Map<string, PathMatch<T>>();
  readonly #root: Segment<T> = segment();

  constructor(paths: readonly T[]) {
    for (const served of paths) {
      if (!served.path.includes("{")) this.#literal.set(served.path, { served, values: NO_VALUES });
      this.#add(served);
    }
  }

  match(path: string): PathMatch<T> | undefined {
    return this.#literal.get(path) ?? this.#walk(path);
  }

  #add(served: T): void {
    let at = this.#root;
    for (const part of served.path.split("/").slice(1)) {
      const name = part.startsWith("{") ? part.slice(1, -1) : undefined;
      if (name === undefined) {
        const next = at.literals.get(part) ?? segment<T>();
        at.literals.set(part, next);
        at = next;
      } else {
        at.placeholder ??= { next: segment(), except: new Set() };
        for (const value of served.except.get(name) ?? []) at.placeholder.except.add(value);
        at = at.placeholder.next;
      }
    }
    at.served = served;
  }

  #walk(path: string): PathMatch<T> | undefined {
    let at = this.#root;
    const values: string[] = [];
    for (let from = 1; from <= path.length; ) {
      const slash = path.indexOf("/", from);
      const end = slash < 0 ? path.length : slash;
      const part = path.slice(from, end);
      const literal = at.literals.get(part);
      if (literal) at = literal;
      else {
        const { placeholder } = at;
        if (!placeholder || part === "" || isExcepted(placeholder.except, part)) return undefined;
        values.push(part);
        at = placeholder.next;
      }
      from = end + 1;
    }
    return at.served && !path.endsWith("/") ? { served: at.served, values } : undefined;
  }
}

function segment<T>(): Segment<T> {
  return { literals: new Map(), placeholder: undefined, served: undefined };
}

function isExcepted(except: ReadonlySet<string>, part: string): boolean {
  if (except.size === 0) return false;
  if (!part.includes("%")) return except.has(part);
  try {
    return except.has(decodeURIComponent(part));
  } catch {
    return false; // told as a bad value by whoever reads it
  }
}
