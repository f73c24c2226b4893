// Every refusal of the API server, as the Status it answers with.
// Promises the texts, reasons, details and key order that a real server (1.36) writes.
import type { KubeStatus, StatusCause, StatusDetails } from "../kubeObject.ts";

/** A resource by its group; the core group is the empty string. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** Thrown by whatever serves a request; the server answers with `status`, under `status.code` and `headers`. */
export class StatusError extends Error {
  readonly status: KubeStatus;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;

  constructor(status: KubeStatus, headers: Readonly<Record<string, string | readonly string[]>> = {}) {
    super(status.message ?? "");
    this.name = "StatusError";
    this.status = status;
    this.headers = headers;
  }
}

interface Failure {
  readonly code: number;
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly continue?: string;
}

export function failure(of: Failure): KubeStatus {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: of.continue === undefined ? {} : { continue: of.continue },
    status: "Failure",
    message: of.message,
    ...(of.reason === undefined ? {} : { reason: of.reason }),
    ...(of.details === undefined ? {} : { details: of.details }),
    code: of.code,
  };
}

/** `hooks.kagent.dev`, or just `namespaces` for the core group. */
export function qualified(of: GroupResource): string {
  return of.group === "" ? of.resource : `${of.resource}.${of.group}`;
}

function named(of: GroupResource, name: string | undefined): StatusDetails {
  return {
    ...(name === undefined || name === "" ? {} : { name }),
    ...(of.group === "" ? {} : { group: of.group }),
    ...(of.resource === "" ? {} : { kind: of.resource }),
  };
}

export function notFound(of: GroupResource, name: string): StatusError {
  const message = `${qualified(of)} "${name}" not found`;
  return new StatusError(failure({ code: 404, message, reason: "NotFound", details: named(of, name) }));
}

export function alreadyExists(of: GroupResource, name: string): StatusError {
  const message = `${qualified(of)} "${name}" already exists`;
  return new StatusError(failure({ code: 409, message, reason: "AlreadyExists", details: named(of, name) }));
}

export function conflict(of: GroupResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`;
  return new StatusError(failure({ code: 409, message, reason: "Conflict", details: named(of, name) }));
}

export const MODIFIED_MEANWHILE =
  "the object has been modified; please apply your changes to the latest version and try again";

export function badRequest(message: string): StatusError {
  return new StatusError(failure({ code: 400, message, reason: "BadRequest" }));
}

export function internalError(message: string): StatusError {
  return new StatusError(failure({ code: 500, message }));
}

export function unauthorized(): StatusError {
  return new StatusError(failure({ code: 401, message: "Unauthorized", reason: "Unauthorized" }));
}

/** One 422 for all the causes: `Kind.group "name" is invalid: [first, second]`. */
export function invalid(of: GroupResource, name: string, causes: readonly StatusCause[]): StatusError {
  const faults = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const text = faults.length === 1 ? faults[0] : `[${faults.join(", ")}]`;
  const message = `${qualified(of)} "${name}" is invalid: ${text}`;
  return new StatusError(
    failure({ code: 422, message, reason: "Invalid", details: { ...named(of, name), causes: [...causes] } }),
  );
}

export function invalidListOptions(causes: readonly StatusCause[]): StatusError {
  return invalid({ group: "meta.k8s.io", resource: "ListOptions" }, "", causes);
}

export function forbiddenField(field: string, why: string): StatusCause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

export function invalidField(field: string, value: unknown, why: string): StatusCause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

export function methodNotAllowed(): StatusError {
  const message = "the server does not allow this method on the requested resource";
  return new StatusError(failure({ code: 405, message, reason: "MethodNotAllowed", details: {} }));
}

export function notAcceptable(): StatusError {
  const message =
    "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
  return new StatusError(failure({ code: 406, message, reason: "NotAcceptable" }));
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new StatusError(failure({ code: 415, message, reason: "UnsupportedMediaType" }));
}

export function tooLarge(limit: number): StatusError {
  const message = `Request entity too large: limit is ${limit}`;
  return new StatusError(failure({ code: 413, message, reason: "RequestEntityTooLarge" }), { Connection: "close" });
}

/** A list asked to be newer than the server. What comes from a watch cache also says when to try again. */
export function tooNew(asked: string, current: number, cached: boolean): StatusError {
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  const details = cached ? { causes, retryAfterSeconds: 1 } : { causes };
  const message = `Timeout: Too large resource version: ${asked}, current: ${current}`;
  return new StatusError(
    failure({ code: 504, message, reason: "Timeout", details }),
    cached ? { "Retry-After": "1" } : {},
  );
}

/** 410 of a list at an exact, compacted version. */
export function expiredList(): StatusError {
  const message = "The resourceVersion for the provided list is too old.";
  return new StatusError(failure({ code: 410, message, reason: "Expired" }));
}

/** 410 of a continue token, with a token for the inconsistent rest. */
export function expiredToken(inconsistent: string): StatusError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
    "deleted between the time the first chunk was returned and now may show up in the list.";
  return new StatusError(failure({ code: 410, message, reason: "Expired", continue: inconsistent }));
}

/** The ERROR line of a watch from a forgotten version: the text depends on whether a watch cache answers. */
export function expiredWatch(asked: number, oldest: number, cached: boolean): KubeStatus {
  const message = cached
    ? `too old resource version: ${asked} (${oldest})`
    : "The resourceVersion for the provided watch is too old.";
  return failure({ code: 410, message, reason: "Expired" });
}

export function forbidden(of: GroupResource, name: string | undefined, why: string): StatusError {
  const object = name === undefined || name === "" ? qualified(of) : `${qualified(of)} "${name}"`;
  return new StatusError(
    failure({ code: 403, message: `${object} is forbidden: ${why}`, reason: "Forbidden", details: named(of, name) }),
    { "X-Content-Type-Options": "nosniff" },
  );
}

export function forbiddenPath(why: string): StatusError {
  return new StatusError(failure({ code: 403, message: `forbidden: ${why}`, reason: "Forbidden", details: {} }), {
    "X-Content-Type-Options": "nosniff",
  });
}

export function namespaceTerminating(of: GroupResource, name: string, namespace: string): StatusError {
  const message = `${qualified(of)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ];
  return new StatusError(failure({ code: 403, message, reason: "Forbidden", details: { ...named(of, name), causes } }));
}

/** What a deletion answers: Success, naming what is gone. It has no code. */
export function deleted(of: GroupResource, name: string, uid: string | undefined): KubeStatus {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { ...named(of, name), ...(uid === undefined ? {} : { uid }) },
  };
}
