// Lets in who says who it is, and finds out what that one may see: everything behind it can rely on both.
// Who is not let in gets 401, and 503 while it cannot be found out; on /graphql as GraphQL says it.
import type { Context, Middleware } from "koa";
import type { Admitted } from "../access/access.ts";
import { maskError } from "../graph/errors.ts";
import { admit, RequestRights } from "./callerRights.ts";
import { nameCaller } from "./callers.ts";
import { credentialsOf } from "./credentials.ts";
import { type Prover, proven, UNPROVEN_CODES, type Unproven } from "./proving.ts";
import { answerRefusal } from "./refusal.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";
import { RequestNote } from "./requestNote.ts";

const known = new RequestNote<Admitted>("admitted");

export function createAuthentication(prover: Prover): Middleware {
  return async (ctx, next) => {
    const found = await proven(prover, ctx.req, credentialsOf(ctx.req), prover.access.admit);
    if ("refusal" in found) return refuse(ctx, found.refusal);
    nameCaller(ctx.req, found);
    known.write(ctx.req, found);
    return next();
  };
}

/** Behind the authentication, and behind whoever bounds how often one may come: what is asked here costs the API server something. */
export function createAuthorization(log: HttpLog): Middleware {
  return async (ctx, next) => {
    const found = known.of(ctx.req);
    if (!found) throw new Error("a request was to be let in whose caller is not known");
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

function refuse(ctx: Context, refusal: Unproven): void {
  const { status, detail } = refusal;
  if (status === 401) ctx.set("WWW-Authenticate", "Bearer");
  const later =
    status === 503 ? { retryAfter: RETRY_AFTER } : "retryAfter" in refusal ? { retryAfter: refusal.retryAfter } : {};
  answerRefusal(ctx, { status, code: UNPROVEN_CODES[status], detail, ...later });
}
