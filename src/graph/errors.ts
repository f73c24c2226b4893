// Errors: the one table of codes with their HTTP status, and the one function that decides what a caller gets to see.
// A coded error is shown as it is; everything else becomes INTERNAL_SERVER_ERROR and is logged once, under the request id.
import { GraphQLError, type GraphQLErrorOptions } from "graphql";

/** Every code that leaves the gateway, the HTTP status it means, and its title in a problem document. */
export const ERROR_CODES = {
  GRAPHQL_PARSE_FAILED: { status: 400, title: "Not a GraphQL document" },
  GRAPHQL_VALIDATION_FAILED: { status: 400, title: "Not a valid GraphQL document" },
  OPERATION_RESOLUTION_FAILURE: { status: 400, title: "No such operation in the document" },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, title: "Persisted query not found" },
  PERSISTED_QUERY_ONLY: { status: 403, title: "Only persisted queries are run" },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, title: "Persisted queries not supported" },
  INTROSPECTION_DISABLED: { status: 400, title: "Introspection is switched off" },
  BAD_REQUEST: { status: 400, title: "Bad request" },
  METHOD_NOT_ALLOWED: { status: 405, title: "Method not allowed" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "Media type not supported" },
  PAYLOAD_TOO_LARGE: { status: 413, title: "Too large" },
  BAD_USER_INPUT: { status: 400, title: "Bad input" },
  QUERY_TOO_DEEP: { status: 400, title: "Query too deep" },
  QUERY_TOO_COMPLEX: { status: 400, title: "Query too complex" },
  UNAUTHENTICATED: { status: 401, title: "Not authenticated" },
  FORBIDDEN: { status: 403, title: "Forbidden" },
  NOT_FOUND: { status: 404, title: "Not found" },
  TOO_MANY_REQUESTS: { status: 429, title: "Too many requests" },
  UNAVAILABLE: { status: 503, title: "Not available now" },
  INTERNAL_SERVER_ERROR: { status: 500, title: "Internal error" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One fault of an input. */
export interface InputFault {
  /** The argument or input field, as a path: `first`, `filter.startTime`, `filter.namespaces.0`. */
  readonly path: string;
  /** What is wrong, naming the value, and what would be right. */
  readonly message: string;
}

/** Where what is masked goes: its signature is that of a pino logger's methods. */
export interface ErrorLog {
  error(details: { readonly err: unknown; readonly requestId: string }, message: string): void;
}

export interface MaskOptions {
  readonly requestId: string;
  readonly log: ErrorLog;
}

/** An error that its caller is meant to read. */
export function codedError(code: ErrorCode, message: string, options: GraphQLErrorOptions = {}): GraphQLError {
  return new GraphQLError(message, { ...options, extensions: { ...options.extensions, code } });
}

/** BAD_USER_INPUT naming all faults at once; `extensions.errors` has them one by one. At least one fault. */
export function badInput(faults: readonly InputFault[]): GraphQLError {
  const message = faults.map((fault) => `${fault.path}: ${fault.message}`).join("; ");
  return codedError("BAD_USER_INPUT", message, { extensions: { errors: faults } });
}

/** The code of an error that may be shown; undefined of any other. */
export function codeOf(error: unknown): ErrorCode | undefined {
  const thrown = thrownOf(error);
  if (!(error instanceof GraphQLError) || !(thrown instanceof GraphQLError)) return undefined;
  const code = error.extensions?.code; // graphql-jit's own errors have no extensions when there are none
  if (typeof code !== "string" || !Object.hasOwn(ERROR_CODES, code)) return undefined;
  if (code === "INTERNAL_SERVER_ERROR" && !(thrown instanceof MaskedError)) return undefined;
  return code as ErrorCode; // hasOwn does not narrow
}

/** The HTTP status an error means; 500 when it is none of the table. */
export function statusOf(error: unknown): number {
  return ERROR_CODES[codeOf(error) ?? "INTERNAL_SERVER_ERROR"].status;
}

/** What the caller sees of an error, whatever it is and wherever it came from. Masking twice is masking once. */
export function maskError(error: unknown, { requestId, log }: MaskOptions): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  const where = {
    ...(located?.path ? { path: located.path } : {}),
    ...(located?.source ? { source: located.source } : {}),
    ...(located?.positions ? { positions: located.positions } : {}),
    ...(located?.nodes ? { nodes: located.nodes } : {}),
  };
  const code = codeOf(error);
  if (code === undefined) {
    log.error({ err: thrownOf(error), requestId }, "unexpected error, masked");
    return new MaskedError("Internal server error", {
      ...where,
      extensions: { code: "INTERNAL_SERVER_ERROR", requestId },
    });
  }
  return error as GraphQLError; // only a GraphQLError has a code
}

/** INTERNAL_SERVER_ERROR as this module makes it: told from one that a library coded so and that still says what happened. */
class MaskedError extends GraphQLError {}

/** What was thrown, below the wrappers with which executors say where. */
function thrownOf(error: unknown): unknown {
  let thrown = error;
  for (let depth = 0; depth < 8 && thrown instanceof GraphQLError && thrown.originalError; depth++) {
    thrown = thrown.originalError;
  }
  return thrown;
}
