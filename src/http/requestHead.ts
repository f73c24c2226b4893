// The head of a request, before anybody acts on it: a host, expectations that can be met, and the target as a path.
// What Node would refuse by itself, without a word or a request id, is refused here as a problem like any other.
import type { IncomingMessage, ServerOptions } from "node:http";
import type { Middleware } from "koa";
import { answerProblem } from "./problem.ts";

/** For the server in front of requestHead(): that it leaves the refusals to it. Listen to `checkExpectation` as well. */
export const LEFT_TO_REQUEST_HEAD = { requireHostHeader: false } as const satisfies ServerOptions;

/** Node answers this one by itself, with 100. */
const CONTINUE = /\b100-continue\b/i;
/** `http://gateway:8082/api/v1/events`, as a proxy is asked: every server has to take it (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i;

export function requestHead(): Middleware {
  return (ctx, next) => {
    const { req } = ctx;
    if (isLatest(req) && req.headers.host === undefined) {
      answerProblem(ctx, { status: 400, detail: "The request has no Host header, which HTTP/1.1 asks for." });
      return undefined;
    }
    if (isLatest(req) && req.headers.expect !== undefined && !CONTINUE.test(req.headers.expect)) {
      answerProblem(ctx, { status: 417, detail: "The Expect header asks for something else than 100-continue." });
      return undefined;
    }
    if (!ctx.url.startsWith("/")) ctx.url = pathOf(ctx.url);
    return next();
  };
}

/** HTTP/1.0 knew neither header. */
function isLatest({ httpVersion }: IncomingMessage): boolean {
  return httpVersion === "1.1";
}

/** The path and query of a target in absolute form; any other target as it is. */
function pathOf(target: string): string {
  const origin = ABSOLUTE.exec(target)?.[0];
  if (origin === undefined) return target;
  const rest = target.slice(origin.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
