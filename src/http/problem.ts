// Problem documents (RFC 9457): what every edge but /graphql answers when it cannot answer.
// The type is `about:blank` unless a code says more; codes are those of graph/errors.ts, in the member `code`.
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import Koa from "koa";
import { codeOf, ERROR_CODES, type ErrorCode, type ErrorLog, type MaskOptions, maskError } from "../graph/errors.ts";
import { requestIdOf } from "./requestId.ts";
import { SECURITY_HEADERS } from "./securityHeaders.ts";

export const PROBLEM_TYPE = "application/problem+json";

export interface ProblemFault {
  /** The query parameter at fault. */
  readonly parameter?: string;
  /** The place in a body at fault. */
  readonly path?: string;
  readonly message: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code?: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly ProblemFault[];
}

export interface ProblemOptions {
  readonly status: number;
  /** Short and the same for every problem of its kind; of the status when left out. */
  readonly title?: string;
  /** What is wrong with this very request, and what would be right. */
  readonly detail: string;
  readonly code?: ErrorCode;
  /** Path of the request. */
  readonly instance?: string;
  readonly requestId: string;
  readonly errors?: readonly ProblemFault[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  413: "Too large",
  415: "Media type not supported",
  417: "Expectation failed",
  421: "Not for this host",
  422: "Not processable",
  429: "Too many requests",
  500: "Internal error",
  503: "Not available now",
  504: "Timed out",
};

/** The document, members in the order in which they are read. */
export function problem(options: ProblemOptions): Problem {
  const { status, title, detail, instance, code, requestId, errors } = options;
  return {
    type: "about:blank",
    title: title ?? (code ? ERROR_CODES[code].title : (TITLES[status] ?? "Error")),
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    ...(code === undefined ? {} : { code }),
    requestId,
    ...(errors?.length ? { errors } : {}),
  };
}

/** Answers with a problem document; what was to be the answer is dropped. */
export function answerProblem(ctx: Koa.Context, options: Omit<ProblemOptions, "requestId" | "instance">): void {
  ctx.status = options.status;
  ctx.body = JSON.stringify(problem({ ...options, instance: ctx.path, requestId: requestIdOf(ctx) }));
  ctx.type = PROBLEM_TYPE;
  ctx.set("Cache-Control", "no-store");
}

/** Answers a request that was to become something else than HTTP, and closes its connection. */
export function refuseUpgrade(
  socket: Duplex,
  options: ProblemOptions,
  headers: Readonly<Record<string, string>>,
): void {
  const { status, requestId } = options;
  const body = JSON.stringify(problem(options));
  const lines = {
    Connection: "close",
    "Content-Type": PROBLEM_TYPE,
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-store",
    "X-Request-Id": requestId,
    ...SECURITY_HEADERS,
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${head.join("")}\r\n${body}`);
}

/**
 * Answers for what the rest of the chain could not: a coded error by its code, an error made to be shown by its status,
 * anything else masked and logged once, and a path that nobody took with 404.
 */
export function problems(log: ErrorLog): Koa.Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (ctx.headerSent || !ctx.writable) throw error;
      answerProblem(ctx, problemOf(error, { requestId: requestIdOf(ctx), log }));
      return;
    }
    if (ctx.status === 404 && ctx.body == null && ctx.respond !== false) {
      answerProblem(ctx, { status: 404, detail: `There is nothing at ${ctx.method} ${ctx.path}.` });
    }
  };
}

function problemOf(error: unknown, mask: MaskOptions): Omit<ProblemOptions, "requestId" | "instance"> {
  if (error instanceof Koa.HttpError && error.expose) {
    return { status: error.status, detail: error.message };
  }
  const shown = maskError(error, mask);
  const code = codeOf(shown) ?? "INTERNAL_SERVER_ERROR";
  const faults: unknown = shown.extensions.errors;
  return {
    status: ERROR_CODES[code].status,
    code,
    detail: shown.message,
    ...(Array.isArray(faults) ? { errors: faults as readonly ProblemFault[] } : {}), // badInput makes them
  };
}
