// The rates that callers are held to: requests as they come, operations by their cost, streams by their opening.
// Answers tell what is left in the fields of draft-ietf-httpapi-ratelimit-headers-06; who is refused is told when to come back.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { GraphQLError } from "graphql";
import type { Middleware } from "koa";
import type { Budget } from "../../graph/budget.ts";
import { codedError } from "../../graph/errors.ts";
import { answerRefusal } from "../refusal.ts";
import { Allowance, type Taken } from "./allowance.ts";
import { addressName, type CallerOf, callerAddress } from "./callerAddress.ts";
import { RATE_KINDS, type RateKind, type Rates } from "./rates.ts";

export interface RateRefusal {
  readonly detail: string;
  /** Seconds. */
  readonly retryAfter: number;
}

const WHAT: Readonly<Record<RateKind, string>> = {
  requests: "requests",
  cost: "cost of operations",
  streams: "streams opened",
  failures: "failed attempts to prove who one is",
};

export class RateLimits {
  readonly #callerOf: CallerOf;
  readonly #allowances: Readonly<Record<RateKind, Allowance | undefined>>;

  constructor(rates: Rates, callerOf: CallerOf = callerAddress) {
    this.#callerOf = callerOf;
    const allowances = RATE_KINDS.map((kind) => [kind, rates[kind] ? new Allowance(rates[kind]) : undefined]);
    this.#allowances = Object.fromEntries(allowances) as Record<RateKind, Allowance | undefined>; // of just these kinds
  }

  /** To be asked behind whoever finds out who is asking; none when requests are not limited. */
  middleware(): readonly Middleware[] {
    const { requests } = this.#allowances;
    if (!requests) return [];
    const limit: Middleware = (ctx, next) => {
      const taken = requests.take(this.#callerOf(ctx.req), 1);
      tell(ctx.res, taken);
      if (!taken.isRefused) return next();
      const { detail, retryAfter } = this.#refusal("requests", requests, taken);
      answerRefusal(ctx, { status: 429, code: "TOO_MANY_REQUESTS", detail, retryAfter });
      return undefined;
    };
    return [limit];
  }

  /** Takes the cost of what the request has executed; undefined when nobody counts it. Without a response nobody is told. */
  chargeOf(request: IncomingMessage, response?: ServerResponse): Budget["charge"] | undefined {
    const { cost } = this.#allowances;
    if (!cost) return undefined;
    return (amount) => {
      const taken = cost.take(this.#callerOf(request), amount);
      if (response) tell(response, taken);
      if (!taken.isRefused) return undefined;
      const refusal = this.#refusal("cost", cost, taken);
      response?.setHeader("Retry-After", refusal.retryAfter);
      return refusedOperation(refusal);
    };
  }

  /** One that is no ordinary one: to become a WebSocket, or in a message. `caller` as callerOf names them. */
  takeRequest(caller: string): RateRefusal | undefined {
    return this.#take("requests", caller);
  }

  /** An operation that came in a message of the caller's. */
  takeOperation(caller: string): GraphQLError | undefined {
    const refusal = this.takeRequest(caller);
    return refusal && refusedOperation(refusal);
  }

  readonly takeStream = (caller: string): RateRefusal | undefined => this.#take("streams", caller);

  /** One more attempt to prove who it is, counted before it is looked into; it is given back unless it fails. */
  tryToProve({ socket }: IncomingMessage): RateRefusal | { giveBack(): void } {
    const address = addressName(socket.remoteAddress);
    const { failures } = this.#allowances;
    return this.#take("failures", address) ?? { giveBack: () => failures?.giveBack(address, 1) };
  }

  #take(kind: RateKind, caller: string): RateRefusal | undefined {
    const allowance = this.#allowances[kind];
    const taken = allowance?.take(caller, 1);
    return allowance && taken?.isRefused ? this.#refusal(kind, allowance, taken) : undefined;
  }

  #refusal(kind: RateKind, { rate }: Allowance, { reset }: Taken): RateRefusal {
    const perMinute = Math.round(rate.perSecond * 60);
    const detail = `Too many ${WHAT[kind]}: ${perMinute} a minute and ${rate.burst} at once are allowed.`;
    return { detail, retryAfter: reset };
  }
}

function refusedOperation({ detail, retryAfter }: RateRefusal): GraphQLError {
  return codedError("TOO_MANY_REQUESTS", detail, { extensions: { retryAfter } });
}

/**
 * Of several limits the answer tells the one nearest to being reached (section 3.1). RateLimit-Reset of a refusal is
 * its Retry-After, as the draft asks of those who send both.
 */
function tell(response: ServerResponse, { isRefused, limit, remaining, reset }: Taken): void {
  if (response.headersSent) return;
  const [toldLimit, toldRemaining] = [response.getHeader("RateLimit-Limit"), response.getHeader("RateLimit-Remaining")];
  const isNearer = toldLimit === undefined || remaining / limit < Number(toldRemaining) / Number(toldLimit);
  if (!isNearer && !isRefused) return;
  response.setHeader("RateLimit-Limit", limit);
  response.setHeader("RateLimit-Remaining", remaining);
  response.setHeader("RateLimit-Reset", reset);
}
