// What can go wrong between here and the API server, as one error type, and the questions asked of it.
// Decided by code and reason, never by text, which differs between resources and versions.
import type { Millis } from "../events/duration.ts";
import { asInteger, asList, asObject, asText, type JsonObject } from "./json.ts";

/**
 * - `unconfigured`: no kubeconfig, no such context, not in a pod, or credentials that cannot be had
 * - `unreachable`: no connection, or one that broke
 * - `silent`: nothing came for too long
 * - `garbled`: what came is not what the protocol says
 * - `refused`: the API server answered with an error
 */
export type ClusterErrorKind = "unconfigured" | "unreachable" | "silent" | "garbled" | "refused";

interface Refusal {
  /** HTTP status, or the code of the Status in an ERROR line. */
  readonly status?: number | undefined;
  /** Kubernetes' word for it, such as `Expired`. */
  readonly reason?: string | undefined;
  /** Reasons of the Status' causes. */
  readonly causes?: readonly string[];
  readonly retryAfter?: Millis | undefined;
  readonly cause?: unknown;
}

export class ClusterError extends Error {
  readonly kind: ClusterErrorKind;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly causes: readonly string[];
  /** How long the server asks to wait. */
  readonly retryAfter: Millis | undefined;

  constructor(kind: ClusterErrorKind, message: string, refusal: Refusal = {}) {
    super(message, { cause: refusal.cause });
    this.name = "ClusterError";
    this.kind = kind;
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.causes = refusal.causes ?? [];
    this.retryAfter = refusal.retryAfter;
  }
}

/** The error that a Status object tells of; `status` is the HTTP status when the Status holds no code. */
export function errorOfStatus(object: JsonObject, status?: number, retryAfter?: Millis): ClusterError {
  const code = asInteger(object.code) ?? status;
  const reason = asText(object.reason);
  const details = asObject(object.details);
  const seconds = asInteger(details?.retryAfterSeconds);
  return new ClusterError("refused", asText(object.message) ?? `${code ?? "an error"} without a message`, {
    status: code,
    reason,
    causes: asList(details?.causes).flatMap((cause) => asText(asObject(cause)?.reason) ?? []),
    retryAfter: retryAfter ?? (seconds === undefined ? undefined : seconds * 1000),
  });
}

/** The resource version (or the page token) is too old: the server has forgotten what came after it. */
export function isExpired(error: unknown): boolean {
  return isRefusal(error) && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

/** The resource version is newer than anything the server knows: its storage is not the one we knew. */
export function isAheadOfServer(error: unknown): boolean {
  return isRefusal(error) && error.causes.includes("ResourceVersionTooLarge");
}

/** There is no such resource (its CRD is not installed). */
export function isMissing(error: unknown): boolean {
  return isRefusal(error) && error.status === 404;
}

export function isForbidden(error: unknown): boolean {
  return isRefusal(error) && error.status === 403;
}

export function isUnauthorized(error: unknown): boolean {
  return isRefusal(error) && error.status === 401;
}

/** The server is too busy, or not well; the request itself was not at fault. */
export function isOverloaded(error: unknown): boolean {
  return isRefusal(error) && (error.status === 429 || error.status === 503 || error.status === 504);
}

function isRefusal(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.kind === "refused";
}
