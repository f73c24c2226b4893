// The budgets of callers: what their operations cost is taken from their rate, and what costs much waits for its turn.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult } from "graphql";
import { FairTurns } from "../../access/fairTurns.ts";
import type { Budget } from "../../graph/budget.ts";
import { codedError } from "../../graph/errors.ts";
import type { CallerOf } from "./callerAddress.ts";
import type { RateLimits } from "./rateLimits.ts";

/** A page of some hundred events. What costs less is over in a few milliseconds, and waits for nobody. */
const MUCH = 5_000;
/** One process works on one thing at a time; one more keeps it busy while the store reads. */
const AT_ONCE = 2;
/** Of one caller; they would take some seconds. */
const MOST_WAITING = 200;

export class Budgets {
  readonly #rates: RateLimits;
  readonly #callerOf: CallerOf;
  readonly #turns = new FairTurns({ atOnce: AT_ONCE, perCaller: MOST_WAITING });

  constructor(rates: RateLimits, callerOf: CallerOf) {
    this.#rates = rates;
    this.#callerOf = callerOf;
  }

  /** Without a response, it is a socket that asks. */
  of(request: IncomingMessage, response?: ServerResponse): Budget {
    const charge = this.#rates.chargeOf(request, response) ?? (() => undefined);
    return {
      charge,
      inTurn: (cost, run) => {
        if (cost < MUCH) return run();
        // Who has gone meanwhile is not worked for.
        const work = () => (request.socket.destroyed ? Promise.resolve(refusal()) : run());
        const turn = this.#turns.run(this.#callerOf(request), work);
        if (turn) return turn;
        response?.setHeader("Retry-After", "1");
        return Promise.resolve(refusal());
      },
    };
  }
}

function refusal(): ExecutionResult {
  const message = `There are ${MOST_WAITING} large operations of yours waiting, which is as many as may.`;
  return { errors: [codedError("TOO_MANY_REQUESTS", message, { extensions: { retryAfter: 1 } })] };
}
