// The name of a request: what the caller sent as X-Request-Id when it is fit to be logged, else one of our own.
// The answer always carries it, and so does every log line and every error of the request.
import type { IncomingMessage } from "node:http";
import type { Context, Middleware } from "koa";
import { factsOf, nameFacts } from "./requestFacts.ts";
import { tag } from "./taggedResponse.ts";

/** What ids, traces and proxies use; nothing that could break a log line or a header. */
const FIT = /^[A-Za-z0-9._:@/+=-]{1,128}$/;

export function requestId(newId: () => string): Middleware {
  return (ctx, next) => {
    tag(ctx.res, "X-Request-Id", nameRequest(ctx.req, newId));
    return next();
  };
}

export function nameRequest(request: IncomingMessage, newId: () => string): string {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && FIT.test(given) ? given : newId();
  nameFacts(request, id);
  return id;
}

/** The id of a request that came through requestId(). */
export function requestIdOf(ctx: Pick<Context, "req">): string {
  return factsOf(ctx.req).id;
}
