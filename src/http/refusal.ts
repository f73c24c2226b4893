// Refusals of a request as such, before it is known what it asks for: in the words of whoever is asked there.
// /graphql answers GraphQL errors, everything else problem documents.
import type { Context } from "koa";
import { codedError, type ErrorCode } from "../graph/errors.ts";
import { answerProblem } from "./problem.ts";

export interface RequestRefusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Seconds after which it is worth trying again. */
  readonly retryAfter?: number;
}

export const GRAPHQL_PATH = "/graphql";

export function answerRefusal(ctx: Context, { status, code, detail, retryAfter }: RequestRefusal): void {
  if (retryAfter !== undefined) ctx.set("Retry-After", String(retryAfter));
  if (ctx.path !== GRAPHQL_PATH) {
    answerProblem(ctx, { status, code, detail });
    return;
  }
  const extensions = retryAfter === undefined ? {} : { retryAfter };
  ctx.status = status;
  ctx.type = "application/json";
  ctx.set("Cache-Control", "no-store");
  ctx.body = JSON.stringify({ errors: [codedError(code, detail, { extensions }).toJSON()] });
}
