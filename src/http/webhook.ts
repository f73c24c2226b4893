// POST /api/v1/sources/webhook/{name}: who may send, and what came of it. What a body says is for its receiver to read.
// 202 says that all of it is stored; whatever else is answered, nothing is lost that the sender still has.
import type { Context, Middleware } from "koa";
import type { ErrorCode } from "../graph/errors.ts";
import { answerProblem, type ProblemFault } from "./problem.ts";
import { decodeSegment } from "./queryText.ts";
import { readBody } from "./requestBody.ts";
import { isProven, proofOf } from "./webhookProof.ts";

export interface WebhookDelivery {
  readonly headers: Context["req"]["headers"];
  readonly body: Uint8Array;
}

export type WebhookOutcome =
  | { readonly kind: "received"; readonly receipt: object }
  | { readonly kind: "faults"; readonly faults: readonly ProblemFault[] }
  /** Of no media type that is understood. */
  | { readonly kind: "foreign"; readonly why: string }
  /** To be sent again. */
  | { readonly kind: "unavailable" };

export interface WebhookReceiver {
  /** What opens the webhook of this name; undefined when there is none. Rejects while that cannot be read. */
  secretsOf(name: string): Promise<readonly string[] | undefined>;
  receive(name: string, delivery: WebhookDelivery): Promise<WebhookOutcome>;
}

export const WEBHOOK_PATH = "/api/v1/sources/webhook/{name}";
/** The body that is read at most: some 700 alerts. */
export const MAX_DELIVERY = 1024 * 1024;

const PATH = new RegExp(`^${WEBHOOK_PATH.replace("{name}", "([^/]+)")}$`);
const ALLOWED = "POST, OPTIONS";
const ACCEPTED = "application/cloudevents+json, application/cloudevents-batch+json, application/json";
/** Seconds. A writer that died is back by then. */
const RETRY_AFTER = "5";

export function createWebhook(receiver: WebhookReceiver): Middleware {
  return async (ctx, next) => {
    const [, segment] = PATH.exec(ctx.path) ?? [];
    if (segment === undefined) return next();
    if (!isToBeTaken(ctx)) return;

    const name = decodeSegment(segment) ?? segment;
    const secrets = await receiver.secretsOf(name).catch(() => "unknown" as const); // the receiver has told of it
    if (secrets === undefined) return refuse(ctx, 404, "NOT_FOUND", `There is no webhook ${JSON.stringify(name)}.`);
    if (secrets === "unknown") return unavailable(ctx, "The secret of this webhook cannot be read now.");

    const proof = proofOf(ctx.req.headers);
    if (!proof.mayHold(secrets)) return unauthenticated(ctx, proof.fault);
    if (!isPlain(ctx.get("Content-Encoding"))) {
      return foreign(ctx, "The body is compressed: it has to be sent without Content-Encoding.");
    }
    const read = await readBody(ctx.req, MAX_DELIVERY);
    if (!read.ok)
      return refuse(ctx, read.status, read.status === 413 ? "PAYLOAD_TOO_LARGE" : "BAD_REQUEST", read.detail);
    if (!isProven(proof, secrets, read.body)) return unauthenticated(ctx, proof.fault);

    return answer(ctx, await receiver.receive(name, { headers: ctx.req.headers, body: read.body }));
  };
}

/** Whether the request is left to be taken; otherwise it is answered already. */
function isToBeTaken(ctx: Context): boolean {
  if (ctx.method === "POST") return true;
  ctx.set("Allow", ALLOWED);
  if (ctx.method === "OPTIONS") {
    ctx.set("Accept-Post", ACCEPTED);
    ctx.status = 204;
  } else {
    refuse(ctx, 405, "METHOD_NOT_ALLOWED", `${ctx.method} is not allowed here: ${ALLOWED} are.`);
  }
  return false;
}

function answer(ctx: Context, outcome: WebhookOutcome): void {
  switch (outcome.kind) {
    case "received":
      ctx.status = 202;
      ctx.type = "application/json";
      ctx.set("Cache-Control", "no-store");
      ctx.body = JSON.stringify(outcome.receipt);
      return;
    case "faults": {
      const detail = outcome.faults.map(({ message }) => message).join("; ");
      answerProblem(ctx, { status: 400, code: "BAD_USER_INPUT", detail, errors: outcome.faults });
      return;
    }
    case "foreign":
      foreign(ctx, `${outcome.why}.`);
      return;
    case "unavailable":
      unavailable(ctx, "It cannot be stored now: send it again.");
  }
}

function foreign(ctx: Context, detail: string): void {
  ctx.set("Accept-Post", ACCEPTED);
  refuse(ctx, 415, "UNSUPPORTED_MEDIA_TYPE", detail);
}

function unauthenticated(ctx: Context, detail: string): void {
  ctx.set("WWW-Authenticate", "Bearer");
  refuse(ctx, 401, "UNAUTHENTICATED", detail);
}

function unavailable(ctx: Context, detail: string): void {
  ctx.set("Retry-After", RETRY_AFTER);
  refuse(ctx, 503, "UNAVAILABLE", detail);
}

function refuse(ctx: Context, status: number, code: ErrorCode, detail: string): void {
  answerProblem(ctx, { status, code, detail });
}

function isPlain(encoding: string): boolean {
  return encoding === "" || encoding.toLowerCase() === "identity";
}
