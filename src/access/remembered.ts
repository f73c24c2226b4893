// What was found out about a token, kept for a while under its SHA-256: never longer than the token holds.
// Who asks for one token at the same time is answered together.
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";

export interface RememberedOptions {
  readonly clock: () => Instant;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
}

const KNOWN_FOR: Millis = 30_000;
const REFUSED_FOR: Millis = 10_000;
const GOOD_FOR: Millis = 3_600_000;
const REMEMBERED = 10_000;
/** Of a longer one nobody is asked: an API server would not be sent it either. */
const LONGEST_TOKEN = 16 * 1024;

interface Kept {
  readonly verdict: Verdict;
  /** By `elapsed`. */
  readonly until: number;
}

export class Remembered implements Authenticator {
  readonly mode: Authenticator["mode"];
  readonly #asked: Authenticator;
  readonly #options: RememberedOptions;
  readonly #kept = new LRUCache<string, Kept>({ max: REMEMBERED });
  /** Those that were good not long ago: they are asked about again like any other, and not taken for a guess. */
  readonly #good: LRUCache<string, true>;
  readonly #underWay = new Map<string, Promise<Verdict>>();

  constructor(asked: Authenticator, options: RememberedOptions) {
    this.mode = asked.mode;
    this.#asked = asked;
    this.#options = options;
    this.#good = new LRUCache({ max: REMEMBERED, ttl: GOOD_FOR, perf: { now: options.elapsed } });
  }

  knows({ token }: Credentials): boolean {
    return token !== undefined && this.#good.has(tokenKey(token));
  }

  async authenticate(credentials: Credentials): Promise<Verdict> {
    const { token } = credentials;
    if (token === undefined) return { outcome: "absent" };
    if (token.length > LONGEST_TOKEN) return { outcome: "refused", reason: "The token is too long to be one." };
    const key = tokenKey(token);
    return this.#remembered(key) ?? this.#ask(key, credentials);
  }

  /** Asks, whatever is remembered; what is found out is remembered. */
  async authenticateAnew(credentials: Credentials): Promise<Verdict> {
    const { token } = credentials;
    return token === undefined ? { outcome: "absent" } : this.#ask(tokenKey(token), credentials);
  }

  #remembered(key: string): Verdict | undefined {
    const kept = this.#kept.get(key);
    return kept && this.#options.elapsed() < kept.until ? kept.verdict : undefined;
  }

  #ask(key: string, credentials: Credentials): Promise<Verdict> {
    const asked = this.#underWay.get(key);
    if (asked) return asked;
    const { elapsed, clock } = this.#options;
    const since = elapsed();
    const asking = this.#asked
      .authenticate(credentials)
      .then((verdict) => {
        const holds = holdsFor(verdict, clock());
        if (verdict.outcome === "known") this.#good.set(key, true);
        if (holds > 0) this.#kept.set(key, { verdict, until: since + holds });
        else this.#kept.delete(key);
        return verdict;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }
}

/** A key that a token cannot be found out from. */
export function tokenKey(token: string): string {
  return hash("sha256", token, "base64");
}

function holdsFor(verdict: Verdict, now: Instant): Millis {
  switch (verdict.outcome) {
    case "known":
      return Math.min(KNOWN_FOR, (verdict.identity.expiresAt ?? Number.POSITIVE_INFINITY) - now);
    case "refused":
      return REFUSED_FOR;
    default:
      return 0;
  }
}
