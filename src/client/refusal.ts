// From what the gateway answered instead of data to a GatewayError.
// Nothing of an answer is taken for granted: it may come from a proxy, or from another version.
import { type Fault, GatewayError, type GatewayErrorCode, isKnown, statusOf } from "./gatewayError.ts";

/** How the answer came, if it came over HTTP. */
export interface Delivery {
  readonly status?: number;
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** What a status means that comes without a code, as from a proxy. */
const STATUS_CODES: Readonly<Record<number, GatewayErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  413: "PAYLOAD_TOO_LARGE",
  429: "TOO_MANY_REQUESTS",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE",
};

/** `errors` of a GraphQL answer: the first says which code it is. */
export function graphqlRefusal(errors: readonly unknown[], delivery: Delivery = {}): GatewayError {
  const parts = errors.map(asObject);
  const extensions = asObject(parts[0]?.extensions);
  return new GatewayError(parts.map(({ message }) => String(message)).join("; "), {
    ...meaning(extensions.code, delivery.status),
    errors: parts.flatMap(faultsOf),
    requestId: delivery.requestId ?? asText(extensions.requestId),
    retryAfter: delivery.retryAfter ?? asNumber(extensions.retryAfter),
  });
}

/** An HTTP answer that is no GraphQL: a problem document, or anything. */
export function httpRefusal(answer: unknown, delivery: Delivery & { readonly status: number }): GatewayError {
  const problem = asObject(answer);
  const { status, retryAfter } = delivery;
  return new GatewayError(asText(problem.detail) ?? asText(problem.title) ?? `HTTP status ${status}`, {
    ...(problem.code === undefined
      ? { code: STATUS_CODES[status] ?? "UNREADABLE", status }
      : meaning(problem.code, status)),
    errors: asList(problem.errors).map(asFault),
    requestId: delivery.requestId ?? asText(problem.requestId),
    retryAfter,
  });
}

function meaning(code: unknown, status: number | undefined) {
  return isKnown(code) ? { code, status: statusOf(code) } : ({ code: "UNREADABLE", status } as const);
}

function faultsOf(error: Json): readonly Fault[] {
  const named = asList(asObject(error.extensions).errors);
  if (named.length > 0) return named.map(asFault);
  return [{ path: asList(error.path).join("."), message: String(error.message) }];
}

function asFault(fault: unknown): Fault {
  const { path, parameter, message } = asObject(fault);
  return { path: asText(path) ?? asText(parameter) ?? "", message: String(message) };
}

export function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {}; // any object has unknown fields
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
