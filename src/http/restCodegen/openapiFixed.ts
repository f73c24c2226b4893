// The parts of the OpenAPI document that are the same for every route: headers, problems, the answers that every route has.
import type { Components, Operation, Reference, Response } from "../openapiDocument.ts";

type Fixed = Omit<Components, "parameters" | "securitySchemes">;

export function fixedComponents(): Fixed {
  return {
    schemas: { Problem: PROBLEM, ProblemFault: PROBLEM_FAULT },
    headers: {
      ETag: header("Weak tag of the answer, for If-None-Match.", 'W/"m3x9q2-5k.1f8a"'),
      "Cache-Control": header(
        "Answers are the caller's own, and to be asked for again with If-None-Match; those of the moment are `no-store`.",
        "private, no-cache",
      ),
      Vary: header("The request headers that the answer depends on.", "Accept, Accept-Encoding"),
      Link: header(
        'The next page, with `rel="next"`, when the answer is YAML and there is one.',
        '</api/v1/hooks?cursor=c2hvcA>; rel="next"',
      ),
    },
    responses: {
      NotModified: { description: "The caller holds the answer already." },
      BadRequest: problem(
        "Something about the request is wrong: an unknown parameter, a bad value, parameters that contradict each other. All faults are named.",
        {
          type: "about:blank",
          title: "Bad input",
          status: 400,
          detail: 'unknown parameter "eventTyp": did you mean "eventType"?',
          instance: "/api/v1/events",
          code: "BAD_USER_INPUT",
          requestId: REQUEST_ID,
          errors: [{ parameter: "eventTyp", message: 'unknown parameter "eventTyp": did you mean "eventType"?' }],
        },
      ),
      NotFound: problem("What the path names is not there.", {
        type: "about:blank",
        title: "Not found",
        status: 404,
        detail: 'There is no hook with namespace "shop" and name "restart".',
        instance: "/api/v1/hooks/shop/restart",
        code: "NOT_FOUND",
        requestId: REQUEST_ID,
      }),
      MethodNotAllowed: problem("Only GET, HEAD and OPTIONS are served.", {
        type: "about:blank",
        title: "Method not allowed",
        status: 405,
        detail: "POST is not allowed here: GET, HEAD, OPTIONS are.",
        instance: "/api/v1/events",
        requestId: REQUEST_ID,
      }),
      OnlyPost: problem("Only POST and OPTIONS are served.", {
        type: "about:blank",
        title: "Method not allowed",
        status: 405,
        detail: "GET is not allowed here: POST, OPTIONS are.",
        instance: "/api/v1/hooks/validate",
        requestId: REQUEST_ID,
      }),
      TooLarge: problem("The body is larger than what is taken.", {
        type: "about:blank",
        title: "Too large",
        status: 413,
        detail: "The body is larger than 262144 bytes.",
        instance: "/api/v1/hooks/validate",
        code: "PAYLOAD_TOO_LARGE",
        requestId: REQUEST_ID,
      }),
      UnsupportedMediaType: problem("The body is of a media type that is not taken; `Accept-Post` says which are.", {
        type: "about:blank",
        title: "Media type not supported",
        status: 415,
        detail: 'This route takes application/yaml or application/json, and not "text/csv".',
        instance: "/api/v1/hooks/validate",
        code: "UNSUPPORTED_MEDIA_TYPE",
        requestId: REQUEST_ID,
      }),
      NotAcceptable: problem("The Accept header leaves nothing that the route can produce.", {
        type: "about:blank",
        title: "Not acceptable",
        status: 406,
        detail: "This route produces application/json, and the Accept header does not take it.",
        instance: "/api/v1/events",
        requestId: REQUEST_ID,
      }),
      TooManyRequests: problem(
        "There are as many streams open as there may be; `Retry-After` says when to try again.",
        {
          type: "about:blank",
          title: "Too many requests",
          status: 429,
          detail: "You have 10000 streams open, which is as many as one may.",
          instance: "/api/v1/events/stream",
          code: "TOO_MANY_REQUESTS",
          requestId: REQUEST_ID,
        },
      ),
      Failure: problem("The gateway failed, or is starting or draining (503).", {
        type: "about:blank",
        title: "Internal error",
        status: 500,
        detail: "Internal server error",
        code: "INTERNAL_SERVER_ERROR",
        requestId: REQUEST_ID,
      }),
    },
  };
}

/** The answers of a route besides 200. */
export function fixedResponses({
  canBeMissing,
  canBeHeld,
  takesBody = false,
}: {
  readonly canBeMissing: boolean;
  readonly canBeHeld: boolean;
  readonly takesBody?: boolean;
}): Readonly<Record<string, Reference>> {
  return {
    ...(canBeHeld ? { "304": { $ref: "#/components/responses/NotModified" } } : {}),
    "400": { $ref: "#/components/responses/BadRequest" },
    ...(canBeMissing ? { "404": { $ref: "#/components/responses/NotFound" } } : {}),
    "405": { $ref: `#/components/responses/${takesBody ? "OnlyPost" : "MethodNotAllowed"}` },
    "406": { $ref: "#/components/responses/NotAcceptable" },
    ...(takesBody
      ? {
          "413": { $ref: "#/components/responses/TooLarge" },
          "415": { $ref: "#/components/responses/UnsupportedMediaType" },
        }
      : {}),
    default: { $ref: "#/components/responses/Failure" },
  };
}

/** The route of the OpenAPI document itself. */
export function documentOperation(): Operation {
  return {
    operationId: "getOpenapiDocument",
    tags: ["Description"],
    summary: "Get this document",
    description: "This document: what every route takes and answers.",
    parameters: [{ $ref: "#/components/parameters/ifNoneMatch" }],
    responses: {
      "200": {
        description: "The OpenAPI document",
        headers: answerHeaders(),
        content: { "application/json": { schema: { type: "object", description: "OpenAPI 3.1." } } },
      },
      "304": { $ref: "#/components/responses/NotModified" },
      "405": { $ref: "#/components/responses/MethodNotAllowed" },
      default: { $ref: "#/components/responses/Failure" },
    },
  };
}

/** The route of the metrics: no persisted operation is behind it. */
export function metricsOperation(): Operation {
  const exposition = (description: string, example: string) => ({ schema: { type: "string", description }, example });
  return {
    operationId: "getMetrics",
    tags: ["Operation"],
    summary: "Get the metrics of the gateway",
    description:
      "What Prometheus scrapes: requests, operations, ingest, store, streams, watches, sources, and the process. Served at `/metrics` on a port of its own as well.",
    parameters: [],
    responses: {
      "200": {
        description: "The metrics, in the format that the Accept header weighs most",
        headers: {
          "Cache-Control": { $ref: "#/components/headers/Cache-Control" },
          Vary: { $ref: "#/components/headers/Vary" },
        },
        content: {
          "text/plain": exposition(
            "Prometheus' text format, 0.0.4.",
            `${METRIC_TOLD}khook_gateway_store_events 41873\n`,
          ),
          "application/openmetrics-text": exposition(
            "OpenMetrics 1.0.",
            `${METRIC_TOLD}khook_gateway_store_events 41873\n# EOF\n`,
          ),
        },
      },
      "405": { $ref: "#/components/responses/MethodNotAllowed" },
      "406": { $ref: "#/components/responses/NotAcceptable" },
      default: { $ref: "#/components/responses/Failure" },
    },
  };
}

const METRIC_TOLD = "# HELP khook_gateway_store_events Events stored.\n# TYPE khook_gateway_store_events gauge\n";

export function answerHeaders(canBeHeld = true): Readonly<Record<string, Reference>> {
  return Object.fromEntries(
    [...(canBeHeld ? ["ETag"] : []), "Cache-Control", "Vary"].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );
}

export const REQUEST_ID = "0190c4b2-6f6e-7d1c-9d5a-3f1d2c4b5a69";

const PROBLEM_FAULT = {
  type: "object",
  description: "One fault of a request.",
  properties: {
    parameter: { type: "string", description: "The parameter at fault." },
    path: { type: "string", description: "The place in a body at fault." },
    message: { type: "string", description: "What is wrong, and what would be right." },
  },
  required: ["message"],
};

const PROBLEM = {
  type: "object",
  description: "Why a request was not answered (RFC 9457).",
  properties: {
    type: { type: "string", format: "uri-reference", description: "Kind of the problem." },
    title: { type: "string", description: "The kind in words." },
    status: { type: "integer", minimum: 400, maximum: 599, description: "The HTTP status." },
    detail: { type: "string", description: "What is wrong with this very request, and what would be right." },
    instance: { type: "string", format: "uri-reference", description: "Path of the request." },
    code: { type: "string", description: "The code that GraphQL gives as `extensions.code`, where it has one." },
    requestId: { type: "string", description: "The request, as the gateway's log names it." },
    errors: {
      type: "array",
      items: { $ref: "#/components/schemas/ProblemFault" },
      description: "Every fault of the request.",
    },
  },
  required: ["type", "title", "status", "detail", "requestId"],
};

export function problem(description: string, example: unknown): Response {
  return {
    description,
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, example } },
  };
}

function header(description: string, example: string) {
  return { description, schema: { type: "string" }, example };
}
