// The one error of the client: what the gateway said was wrong, or that nothing was heard of it that could be understood.
// Whatever form it came in (GraphQL, a problem document, the status alone), it looks the same here.
import { ERROR_STATUSES, type ErrorCode } from "../generated/errorCodes.ts";

export type GatewayErrorCode =
  | ErrorCode
  /** No answer: the network, or a gateway that is away. */
  | "UNREACHABLE"
  /** An answer that is not this gateway's, or of a version that this client does not know. */
  | "UNREADABLE";

export interface Fault {
  /** What it is about: an argument or input field (`filter.startTime`), or a field of the answer (`hook.events`); may be empty. */
  readonly path: string;
  readonly message: string;
}

export interface GatewayErrorOptions extends ErrorOptions {
  readonly code: GatewayErrorCode;
  readonly status?: number | undefined;
  readonly errors?: readonly Fault[];
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
}

export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;
  /** The HTTP status that the code means, on a stream too; of what is no gateway's, that of the answer, if there was one. */
  readonly status: number | undefined;
  /** Every fault one by one. */
  readonly errors: readonly Fault[];
  /** By which the gateway's log knows the request. */
  readonly requestId: string | undefined;
  /** Seconds after which it may be worth trying again, when the gateway said so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { code, status, errors = [], requestId, retryAfter, ...options }: GatewayErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** Whether it is one of the gateway's, as far as this client knows them. */
export function isKnown(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(ERROR_STATUSES, code);
}

export function statusOf(code: ErrorCode): number {
  return ERROR_STATUSES[code];
}
