// What stands between the network and the API, in the order in which a request meets it: how many, to whom, from where, how fast.
// Who is asking is found out between `before` and the rate limits, by somebody else.
import type { IncomingMessage } from "node:http";
import type { Middleware } from "koa";
import { corsFor, isOwnOrigin } from "./cors.ts";
import type { HostRule } from "./hosts.ts";
import { Budgets } from "./limits/budgets.ts";
import type { CallerOf } from "./limits/callerAddress.ts";
import { callerAddress } from "./limits/callerAddress.ts";
import { InFlight } from "./limits/inFlight.ts";
import { type Pace, Paces } from "./limits/pace.ts";
import { RateLimits } from "./limits/rateLimits.ts";
import { NO_RATES, type Rates } from "./limits/rates.ts";
import { answerRefusal, type RequestRefusal } from "./refusal.ts";

export interface GuardOptions {
  /** How fast one caller may go on; as fast as it likes when left out. */
  readonly rates?: Rates;
  /** Whose requests are counted together; by address when left out. */
  readonly callerOf?: CallerOf;
  /** 0, and nothing, are without a limit. */
  readonly maxInFlight?: number;
  /** Whose pages may read answers and open WebSockets, beside our own. */
  readonly allowedOrigins?: readonly string[];
  readonly hosts?: HostRule | undefined;
  /** Whether a request that becomes a WebSocket counts before it does; true when left out. */
  readonly areSocketsCounted?: boolean;
}

export class Guard {
  readonly rates: RateLimits;
  readonly budgets: Budgets;
  readonly inFlight: InFlight;
  readonly callerOf: CallerOf;
  readonly #paces = new Paces();
  readonly before: readonly Middleware[];
  readonly #areSocketsCounted: boolean;
  readonly #hosts: HostRule | undefined;
  readonly #allowedOrigins: readonly string[];

  constructor(options: GuardOptions, elapsed: () => number) {
    const { rates = NO_RATES, callerOf = callerAddress, maxInFlight = 0, allowedOrigins = [], hosts } = options;
    this.rates = new RateLimits(rates, callerOf);
    this.budgets = new Budgets(this.rates, callerOf);
    this.inFlight = new InFlight({ max: maxInFlight, elapsed });
    this.callerOf = callerOf;
    this.#areSocketsCounted = options.areSocketsCounted ?? true;
    this.#hosts = hosts;
    this.#allowedOrigins = allowedOrigins;
    // Every one that is not needed would cost each request something.
    this.before = [
      ...(maxInFlight > 0 ? [this.inFlight.middleware] : []),
      ...(hosts ? [hostCheck(hosts)] : []),
      ...(allowedOrigins.length > 0 ? [corsFor(allowedOrigins)] : []),
    ];
  }

  /** How fast one more WebSocket is heard. */
  paceOf(request: IncomingMessage): Pace {
    return this.#paces.of(this.callerOf(request));
  }

  /** Why a request may not become a WebSocket; undefined when it may. */
  refuseSocket(request: IncomingMessage): RequestRefusal | undefined {
    const foreign = this.#hosts?.(request);
    if (foreign) return foreign;
    const { origin, host } = request.headers;
    if (!isOwnOrigin({ origin, host }, this.#allowedOrigins)) {
      const detail = "Pages of this origin may not open WebSockets here: allow it by --cors-allowed-origins.";
      return { status: 403, code: "FORBIDDEN", detail };
    }
    // Where callers prove who they are, that is known only later: and then it counts as theirs, and not as their proxy's.
    const hasty = this.#areSocketsCounted ? this.rates.takeRequest(this.callerOf(request)) : undefined;
    return hasty && { status: 429, code: "TOO_MANY_REQUESTS", ...hasty };
  }
}

function hostCheck(rule: HostRule): Middleware {
  return (ctx, next) => {
    const refusal = rule(ctx.req);
    if (!refusal) return next();
    answerRefusal(ctx, refusal);
    return undefined;
  };
}
