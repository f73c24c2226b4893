// What routes do with methods: what is read is served to GET and HEAD, what takes a body to POST; OPTIONS says so.
// Every other method is refused with Allow.
import type { Context } from "koa";
import { answerProblem } from "./problem.ts";
import type { RestMethod } from "./restRoute.ts";

const SERVED: Readonly<Record<RestMethod, readonly string[]>> = { GET: ["GET", "HEAD"], POST: ["POST"] };

/** Whether the request is left to be served; otherwise it is answered already. */
export function isToBeServed(request: Context, method: RestMethod = "GET"): boolean {
  const served = SERVED[method];
  if (served.includes(request.method)) return true;
  const allowed = [...served, "OPTIONS"].join(", ");
  request.set("Allow", allowed);
  if (request.method === "OPTIONS") request.status = 204;
  else answerProblem(request, { status: 405, detail: `${request.method} is not allowed here: ${allowed} are.` });
  return false;
}
