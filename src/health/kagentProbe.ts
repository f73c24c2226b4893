// Whether kagent answers: GET {url}/health on a timer, which is all that every version of it has.
// A slow answer is degraded, and so is none: the gateway itself works without kagent.
import { formatDuration, type Millis } from "../events/duration.ts";
import type { KagentHealth, Verdict } from "../events/health.ts";
import type { Instant } from "../events/time.ts";

export const PROBE_EVERY: Millis = 30_000;
const TIMEOUT: Millis = 5_000;
const SLOW: Millis = 2_000;

export interface KagentProbeOptions {
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
    const { url, now, elapsed } = this.#options;
    if (url === undefined) return;
    const askedAt = elapsed();
    const failure = await fetch(healthOf(url), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok ? undefined : `answered ${answer.status}`;
      },
      (error: unknown) => reasonOf(error),
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
    const isSlow = latency >= SLOW;
    const message = isSlow ? `slow: it took ${formatDuration(latency)} to answer` : "it answers";
    this.#verdict = { status: isSlow ? "DEGRADED" : "HEALTHY", message };
    this.#findings = { ...this.#findings, checkedAt, latencySeconds: latency / 1_000 };
  }
}

function healthOf(url: string): URL {
  return new URL(`${url.replace(/\/+$/, "")}/health`);
}

function withoutSecrets(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.search = "";
  return shown.href;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${formatDuration(TIMEOUT)}`;
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
