// The OpenAPI document at /api/v1/openapi.json, as it is committed.
import { readFileSync } from "node:fs";
import type { Middleware } from "koa";
import { contentTag } from "./etag.ts";
import { factsOf } from "./requestFacts.ts";
import { RestAnswer } from "./restAnswer.ts";
import { isToBeServed } from "./restMethod.ts";

export const OPENAPI_PATH = "/api/v1/openapi.json";

/** Reads the document once, when it is made. */
export function createOpenapi(): Middleware {
  const body = readFileSync(new URL("../../schema/openapi.json", import.meta.url));
  const contentType = "application/json; charset=utf-8";
  const answer = new RestAnswer({ body, contentType, tag: contentTag(body) });

  return (request, next) => {
    if (request.path !== OPENAPI_PATH) return next();
    factsOf(request.req).route = OPENAPI_PATH;
    return isToBeServed(request) ? answer.send(request) : undefined;
  };
}
