// Ways in which callers are known, and reviews of what they may do, that answer as a test says, count, and can be held up.
import type { Authenticator, AuthMode, Credentials, Verdict } from "../../src/access/authenticator.ts";
import type { Attempt } from "../../src/access/authorization.ts";
import type { Identity } from "../../src/access/identity.ts";

export const JANE: Identity = { username: "jane", groups: ["readers"] };
export const KNOWN: Verdict = { outcome: "known", identity: JANE };
export const REFUSED: Verdict = { outcome: "refused", reason: "no good" };
export const ABSENT: Verdict = { outcome: "absent" };
export const UNAVAILABLE: Verdict = { outcome: "unavailable", reason: "nobody answers" };

export function bearing(token: string | undefined): Credentials {
  return { token, headers: {}, address: "127.0.0.1", hasClientCertificate: false };
}

export class Judge implements Authenticator {
  readonly mode: AuthMode;
  verdict: Verdict;
  asked = 0;
  /** Whoever is asked waits for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(verdict: Verdict, mode: AuthMode = "kubernetes") {
    this.verdict = verdict;
    this.mode = mode;
  }

  async authenticate(): Promise<Verdict> {
    this.asked++;
    const { verdict } = this;
    await this.gate;
    return verdict;
  }
}

/** `list events shop`, `list events *` of the whole cluster, `get /metrics`. */
export function attemptText(attempt: Attempt): string {
  return "path" in attempt
    ? `${attempt.verb} ${attempt.path}`
    : `${attempt.verb} ${attempt.resource} ${attempt.namespace ?? "*"}`;
}

export class Reviews {
  /** What is allowed, as attemptText says it. */
  readonly allowed: Set<string>;
  readonly asked: string[] = [];
  isAway = false;
  underWay = 0;
  mostAtOnce = 0;
  gate: Promise<void> = Promise.resolve();

  constructor(...allowed: readonly string[]) {
    this.allowed = new Set(allowed);
  }

  readonly review = async ({ username }: Identity, attempt: Attempt): Promise<boolean> => {
    const text = attemptText(attempt);
    this.asked.push(username === JANE.username ? text : `${username}: ${text}`);
    this.underWay++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.underWay);
    await this.gate;
    this.underWay--;
    if (this.isAway) throw new Error("the API server does not answer");
    return this.allowed.has(text);
  };
}

/** A clock that stands until it is moved. */
export class Stopped {
  now = 1_000_000;
  readonly read = (): number => this.now;
}

export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
