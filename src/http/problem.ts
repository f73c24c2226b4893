// Problem documents (RFC 9457): what every edge but /graphql answers when it cannot answer.
// The type is `about:blank` unless a code says more; codes are those of graph/errors.ts, in the member `code`.
import { ERROR_CODES, type ErrorCode } from "../graph/errors.ts";

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
