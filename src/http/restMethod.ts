// What routes do with methods: GET and HEAD are served, OPTIONS says so, and every other one is refused with Allow.
import type { Context } from "koa";
import { answerProblem } from "./problem.ts";

const ALLOWED = "GET, HEAD, OPTIONS";

/** Whether the request is left to be served; otherwise it is answered already. */
export function isToBeServed(request: Context): boolean {
  if (request.method === "GET" || request.method === "HEAD") return true;
  request.set("Allow", ALLOWED);
  if (request.method === "OPTIONS") request.status = 204;
  else answerProblem(request, { status: 405, detail: `${request.method} is not allowed here: ${ALLOWED} are.` });
  return false;
}
