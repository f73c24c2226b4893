// What /graphql takes: GET, POST of JSON, and OPTIONS, which says so. Everything else is refused by its own status.
// Asked before a body is read: Apollo would tell of a body that is missing, whatever is wrong.
import type { Context } from "koa";
import { codedError } from "../graph/errors.ts";

const ALLOWED = "GET, POST, OPTIONS";
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/** Whether the request is left to be served; it may be answered already. Throws a coded error when it is refused. */
export function isGraphqlRequest(ctx: Context): boolean {
  if (ctx.method === "GET") return true;
  if (ctx.method === "POST") {
    if (JSON_TYPE.test(ctx.get("Content-Type"))) return true;
    throw codedError("UNSUPPORTED_MEDIA_TYPE", "The body has to be application/json.");
  }
  ctx.set("Allow", ALLOWED);
  if (ctx.method !== "OPTIONS") {
    throw codedError("METHOD_NOT_ALLOWED", `${ctx.method} is not allowed here: ${ALLOWED} are.`);
  }
  ctx.status = 204;
  return false;
}
