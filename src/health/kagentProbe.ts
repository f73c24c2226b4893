// Whether kagent answers: GET {url}/health on a timer, which is all that every version of it has.
// A slow answer is degraded, and so is none: the gateway itself works without kagent.
import { unescape as decoded } from "node:querystring";
import { formatDuration, type Millis } from "../events/duration.ts";
import type { KagentHealth, Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

export const PROBE_EVERY: Millis = 30_000;

/** Both in real time, whatever clock there is. */
export interface KagentPatience {
  /** An answer that takes longer is none. */
  readonly timeout?: Millis;
  /** An answer that takes as long is slow. */
  readonly slow?: Millis;
}

export interface KagentProbeOptions extends KagentPatience {
  readonly url: string | undefined;
  readonly now: () => Instant;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
}

type Findings = Pick<KagentHealth, "url" | "checkedAt" | "latencySeconds" | "lastError" | "lastErrorAt">;

export class KagentProbe {
  readonly #options: KagentProbeOptions;
  #verdict: Verdict;
  #findings: Findings;

  constructor(options: KagentProbeOptions) {
    const { url } = options;
    this.#options = options;
    this.#verdict =
      url === undefined
        ? { status: "DISABLED", message: "no kagent is configured" }
        : { status: "UNKNOWN", message: "not asked yet" };
    this.#findings = {
      url: url === undefined ? null : withoutSecrets(url),
      checkedAt: null,
      latencySeconds: null,
      lastError: null,
      lastErrorAt: null,
    };
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  get findings(): Findings {
    return this.#findings;
  }

  /** Never rejects. */
  async ask(signal: AbortSignal): Promise<void> {
    const { url, now, elapsed, timeout = 5_000, slow = 2_000 } = this.#options;
    if (url === undefined) return;
    const askedAt = elapsed();
    const failure = await fetch(healthOf(url), {
      headers: credentialsOf(url),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok ? undefined : `answered ${answer.status}`;
      },
      (error: unknown) => reasonOf(error, timeout),
    );
    if (signal.aborted) return;
    const latency = Math.round(elapsed() - askedAt);
    const checkedAt = now();
    if (failure !== undefined) {
      this.#verdict = { status: "DEGRADED", message: failure };
      this.#findings = {
        ...this.#findings,
        checkedAt,
        latencySeconds: null,
        lastError: failure,
        lastErrorAt: checkedAt,
      };
      return;
    }
    const isSlow = latency >= slow;
    const message = isSlow ? `slow: it took ${formatDuration(latency)} to answer` : "it answers";
    this.#verdict = { status: isSlow ? "DEGRADED" : "HEALTHY", message };
    this.#findings = { ...this.#findings, checkedAt, latencySeconds: latency / 1_000 };
  }
}

/** fetch refuses a URL that holds credentials, and says them while it does. */
function healthOf(url: string): URL {
  const health = new URL(url);
  health.username = "";
  health.password = "";
  health.hash = "";
  health.pathname = `${health.pathname.replace(/\/+$/, "")}/health`;
  return health;
}

function credentialsOf(url: string): Readonly<Record<string, string>> {
  const { username, password } = new URL(url);
  if (username === "" && password === "") return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function withoutSecrets(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.search = "";
  return shown.href;
}

function reasonOf(error: unknown, timeout: Millis): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${formatDuration(timeout)}`;
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
