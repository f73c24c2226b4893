// The requests under way, which are so many at most: the next one is refused before anything of it is read.
// Who keeps a place without using it, by sending its body or taking its answer too slowly, loses it when the place is needed.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Middleware } from "koa";
import { answerRefusal } from "../refusal.ts";
import { factsOf } from "../requestFacts.ts";

export interface InFlightOptions {
  /** 0 is without a limit. */
  readonly max: number;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly since: number;
}

/** A body, or an answer, may be on its way for so long before its place can be taken; ms. */
const PATIENCE = 1_000;
/** Seconds. */
const RETRY_AFTER = 1;

/** Streams have no place, but for the one they came with until it is needed; upgraded connections never have one. */
export class InFlight {
  readonly #max: number;
  readonly #elapsed: () => number;
  /** Oldest first. */
  readonly #exchanges = new Set<Exchange>();
  #operations = 0;

  constructor({ max, elapsed }: InFlightOptions) {
    this.#max = max === 0 ? Number.POSITIVE_INFINITY : max;
    this.#elapsed = elapsed;
  }

  readonly middleware: Middleware = (ctx, next) => {
    if (this.#isFull && !this.#makeRoom()) {
      factsOf(ctx.req).isShed = true;
      const detail = `There are ${this.#max} requests under way, which is as many as can be.`;
      answerRefusal(ctx, { status: 503, code: "UNAVAILABLE", detail, retryAfter: RETRY_AFTER });
      return undefined;
    }
    const { req, res } = ctx;
    const exchange = { req, res, since: this.#elapsed() };
    this.#exchanges.add(exchange);
    res.on("close", () => this.#exchanges.delete(exchange));
    return next();
  };

  /** A place for an operation that came in a message; what is returned frees it. undefined when there is none. */
  enter(): (() => void) | undefined {
    if (this.#isFull && !this.#makeRoom()) return undefined;
    this.#operations++;
    return () => {
      this.#operations--;
    };
  }

  get #isFull(): boolean {
    return this.#exchanges.size + this.#operations >= this.#max;
  }

  #makeRoom(): boolean {
    for (const exchange of this.#exchanges) {
      if (factsOf(exchange.req).stream) this.#exchanges.delete(exchange);
    }
    if (!this.#isFull) return true;
    const latest = this.#elapsed() - PATIENCE;
    for (const exchange of this.#exchanges) {
      const { req, res, since } = exchange;
      if (since > latest) return false;
      const isWorkedOn = req.complete && !res.writableEnded && !req.socket.destroyed;
      if (isWorkedOn) continue;
      this.#exchanges.delete(exchange);
      req.socket.destroy();
      return true;
    }
    return false;
  }
}
