// Lets in who says who it is, and finds out what that one may see: everything behind it can rely on both.
// Who is not let in gets 401, and 503 while it cannot be found out; on /graphql as GraphQL says it.
import type { Context, Middleware } from "koa";
import { maskError } from "../graph/errors.ts";
import { admit, RequestRights } from "./callerRights.ts";
import { nameCaller } from "./callers.ts";
import { credentialsOf } from "./credentials.ts";
import { type Prover, proven, UNPROVEN_CODES, type Unproven } from "./proving.ts";
import { answerRefusal } from "./refusal.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";

export interface AuthenticationOptions extends Prover {
  readonly log: HttpLog;
}

export function createAuthentication(options: AuthenticationOptions): Middleware {
  const { access, log } = options;
  return async (ctx, next) => {
    const found = await proven(options, ctx.req, credentialsOf(ctx.req), access.admit);
    if ("refusal" in found) return refuse(ctx, found.refusal);
    nameCaller(ctx.req, found);
    try {
      admit(ctx.req, await RequestRights.of(found));
    } catch (error) {
      const { message } = maskError(error, { requestId: requestIdOf(ctx), log });
      return refuse(ctx, { status: 503, detail: message });
    }
    return next();
  };
}

/** Seconds. What could not be asked may be there again by then. */
const RETRY_AFTER = 5;

export function refuse(ctx: Context, refusal: Unproven): void {
  const { status, detail } = refusal;
  if (status === 401) ctx.set("WWW-Authenticate", "Bearer");
  const later =
    status === 503 ? { retryAfter: RETRY_AFTER } : "retryAfter" in refusal ? { retryAfter: refusal.retryAfter } : {};
  answerRefusal(ctx, { status, code: UNPROVEN_CODES[status], detail, ...later });
}
