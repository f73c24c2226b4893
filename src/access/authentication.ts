// Who a caller is: the configured ways are asked in order, and the first that knows decides.
// While one that might have known cannot be asked, the answer is that it cannot be told, and nobody is let in.
import { type Actor, BearerToken, TOKENLESS } from "../events/actor.ts";
import type { AccessCounts } from "./accessCounts.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";
import type { Identity } from "./identity.ts";
import { Remembered } from "./remembered.ts";

export type Authenticated =
  | {
      readonly identity: Identity;
      /** In whose name the API server may be asked: by the token that proved the identity, and by no other that came along. */
      readonly actor: Actor;
    }
  | { readonly refusal: Refusal };

/** Why somebody is not let in; for the caller to read. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly detail: string;
}

const NO_CREDENTIALS = "The request does not say who asks: send a bearer token in the Authorization header.";
const FOREIGN_TOKEN = "The token is of none of the kinds that are taken here.";

export class Authentication {
  readonly #ways: readonly Authenticator[];
  readonly #counts: AccessCounts;

  constructor(ways: readonly Authenticator[], counts: AccessCounts) {
    this.#ways = ways;
    this.#counts = counts;
  }

  /** Whether the credentials were good not long ago, or there is nobody who would have to be asked about them. */
  knows(credentials: Credentials): boolean {
    if (credentials.token === undefined || !this.#ways.some((way) => way instanceof Remembered)) return true;
    return this.#ways.some((way) => way instanceof Remembered && way.knows(credentials));
  }

  authenticate(credentials: Credentials): Promise<Authenticated> {
    return this.#judge(credentials, (way) => way.authenticate(credentials));
  }

  /** The same, past what is remembered: for whoever was let in a while ago. */
  authenticateAnew(credentials: Credentials): Promise<Authenticated> {
    return this.#judge(credentials, (way) =>
      way instanceof Remembered ? way.authenticateAnew(credentials) : way.authenticate(credentials),
    );
  }

  async #judge({ token }: Credentials, ask: (way: Authenticator) => Promise<Verdict>): Promise<Authenticated> {
    let refused: string | undefined;
    let unavailable: string | undefined;
    for (const way of this.#ways) {
      const verdict = await ask(way);
      this.#counts.authenticated(way.mode, verdict.outcome);
      if (verdict.outcome === "known") return { identity: verdict.identity, actor: actorOf(way, token) };
      if (verdict.outcome === "refused") refused = verdict.reason;
      if (verdict.outcome === "unavailable") unavailable = verdict.reason;
    }
    if (unavailable !== undefined) return { refusal: { status: 503, detail: unavailable } };
    return { refusal: { status: 401, detail: refused ?? (token === undefined ? NO_CREDENTIALS : FOREIGN_TOKEN) } };
  }
}

function actorOf({ mode }: Authenticator, token: string | undefined): Actor {
  return mode === "proxy" || token === undefined ? TOKENLESS : { kind: "caller", token: new BearerToken(token) };
}
