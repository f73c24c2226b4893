// The OpenAPI document at /api/v1/openapi.json, as it is committed.
import { readFileSync } from "node:fs";
import type { Context, Middleware } from "koa";
import { contentTag, namesTag } from "./etag.ts";
import { RestAnswer, sendNotModified } from "./restAnswer.ts";
import { isToBeServed } from "./restMethod.ts";

export const OPENAPI_PATH = "/api/v1/openapi.json";

const VARY = "Accept-Encoding";

/** Reads the document once, when it is made. */
export function createOpenapi(): Middleware {
  const body = readFileSync(new URL("../../schema/openapi.json", import.meta.url));
  const contentType = "application/json; charset=utf-8";
  const answer = new RestAnswer({ body, contentType, tag: contentTag(body), vary: VARY });

  return (request, next) => {
    if (request.path !== OPENAPI_PATH) return next();
    return isToBeServed(request) ? send(request, answer) : undefined;
  };
}

async function send(request: Context, answer: RestAnswer): Promise<void> {
  const { headers } = request.req;
  request.respond = false;
  if (namesTag(headers["if-none-match"], answer.tag)) sendNotModified(request.res, answer.tag, VARY);
  else await answer.send(request.res, request.method, headers["accept-encoding"]);
}
