// Which text an operation has: the one that was sent, or that of the persisted operation which is named instead.
// The one place that says what a gateway of persisted operations alone lets through, whatever edge it came by.
import { hash } from "node:crypto";
import { codedError } from "./errors.ts";

/** `persisted`: only operations of the manifest are run. */
export type GraphqlMode = "open" | "persisted";

export interface PersistedOperation {
  /** SHA-256 of the body, in hex. */
  readonly id: string;
  readonly body: string;
}

/** What a request says of its operation: any JSON. */
export interface AskedOperation {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly id?: unknown;
  readonly extensions?: unknown;
}

const PROTOCOL_VERSION = 1;

export class PersistedOperations {
  readonly #mode: GraphqlMode;
  readonly #bodies: ReadonlyMap<string, string>;
  readonly #texts: ReadonlySet<string>;

  constructor(mode: GraphqlMode, operations: readonly PersistedOperation[]) {
    this.#mode = mode;
    this.#bodies = new Map(operations.map(({ id, body }) => [id, body]));
    this.#texts = new Set(operations.map(({ body }) => body));
  }

  /**
   * undefined when there is neither a text nor a name, which is for whoever parses it to say. Throws BAD_REQUEST,
   * PERSISTED_QUERY_NOT_FOUND, and PERSISTED_QUERY_ONLY for a text that is not in the manifest where only those may be run.
   */
  textOf({ query, documentId, id, extensions }: AskedOperation): string | undefined {
    const text = typeof query === "string" && query !== "" ? query : undefined;
    const hashed = hashOf(extensions);
    if (text === undefined) {
      const name = hashed ?? documentId ?? id;
      if (typeof name === "string") return this.#bodyOf(name);
    } else if (hashed !== undefined && hash("sha256", text, "hex") !== hashed.toLowerCase()) {
      throw codedError("BAD_REQUEST", "extensions.persistedQuery.sha256Hash is not the SHA-256 of query, in hex.");
    }
    if (this.#mode === "open" || (text !== undefined && this.#texts.has(text))) return text;
    throw codedError(
      "PERSISTED_QUERY_ONLY",
      "Only the operations of schema/persisted-queries.json are run here: send the exact text of one as query, or its id as " +
        "extensions.persistedQuery.sha256Hash (with version 1) or as documentId.",
    );
  }

  #bodyOf(name: string): string {
    const body = this.#bodies.get(name.replace(/^sha256:/i, "").toLowerCase());
    if (body !== undefined) return body;
    const hint = this.#mode === "open" ? "; send its text as query" : "";
    throw codedError(
      "PERSISTED_QUERY_NOT_FOUND",
      `No operation of schema/persisted-queries.json has this id, the SHA-256 of its text in hex${hint}.`,
    );
  }
}

/** Of Apollo's extension. */
function hashOf(extensions: unknown): string | undefined {
  const { persistedQuery } = (extensions ?? {}) as { readonly persistedQuery?: unknown }; // any JSON has it or not
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as { readonly version?: unknown; readonly sha256Hash?: unknown }; // as above
  if (version === PROTOCOL_VERSION && typeof sha256Hash === "string") return sha256Hash;
  throw codedError("BAD_REQUEST", 'extensions.persistedQuery has to be {"version": 1, "sha256Hash": "…"}.');
}
