// The name of a request: what the caller sent as X-Request-Id when it is fit to be logged, else one of our own.
// The answer always carries it, and so does every log line and every error of the request.
import type { Context, Middleware } from "koa";

/** What ids, traces and proxies use; nothing that could break a log line or a header. */
const FIT = /^[A-Za-z0-9._:@/+=-]{1,128}$/;

const ids = new WeakMap<object, string>();

export function requestId(newId: () => string): Middleware {
  return (ctx, next) => {
    const given = ctx.get("X-Request-Id");
    const id = FIT.test(given) ? given : newId();
    ids.set(ctx.req, id);
    ctx.set("X-Request-Id", id);
    return next();
  };
}

/** The id of a request that came through requestId(). */
export function requestIdOf(ctx: Pick<Context, "req">): string {
  return ids.get(ctx.req) ?? "unknown";
}
