// Lets in who says who it is, and finds out what that one may see: everything behind it can rely on both.
// Who is not let in gets 401, and 503 while it cannot be found out; on /graphql as GraphQL says it.
import type { Context, Middleware } from "koa";
import type { Access } from "../access/access.ts";
import type { Refusal } from "../access/authentication.ts";
import { codedError, maskError } from "../graph/errors.ts";
import { admit, RequestRights } from "./callerRights.ts";
import { credentialsOf } from "./credentials.ts";
import { answerErrors, GRAPHQL_PATH } from "./graphql.ts";
import { answerProblem } from "./problem.ts";
import { factsOf } from "./requestFacts.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";

export function createAuthentication(access: Access, log: HttpLog): Middleware {
  return async (ctx, next) => {
    const found = await access.admit(credentialsOf(ctx.req));
    if ("refusal" in found) return refuse(ctx, found.refusal);
    factsOf(ctx.req).user = found.user;
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
const RETRY_AFTER = "5";

const CODES = { 401: "UNAUTHENTICATED", 403: "FORBIDDEN", 503: "UNAVAILABLE" } as const;

export function refuse(ctx: Context, { status, detail }: Refusal): void {
  if (status === 401) ctx.set("WWW-Authenticate", "Bearer");
  if (status === 503) ctx.set("Retry-After", RETRY_AFTER);
  const code = CODES[status];
  if (ctx.path === GRAPHQL_PATH) answerErrors(ctx, [codedError(code, detail)]);
  else answerProblem(ctx, { status, code, detail });
}
