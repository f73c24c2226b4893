// Callers that keep on asking, over connections they keep, and what became of each request.
import { Agent, request } from "node:http";

export interface Asked {
  readonly at: number;
  /**
   * - `served`: 200
   * - `refused`: 503 that closes its connection, or no connection to be had
   * - `untaken`: the system had made the connection, and reset it when the listening ended; no call ends that and takes who waits at once
   * - `idle`: a kept connection was closed before the request was taken; whoever keeps one knows that and asks again
   * - `failed`: anything else
   */
  readonly outcome: "served" | "refused" | "untaken" | "idle" | "failed";
  readonly detail: string;
  readonly body: string;
  /** Whether the answer closes its connection. */
  readonly isLast: boolean;
}

export class Load {
  readonly asked: Asked[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 40 });
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  #startedAt = performance.now();
  #begun = 0;

  /** So many in a second, from now on. */
  constructor(url: string, perSecond: number) {
    this.#url = url;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#startedAt) / 1_000) * perSecond;
      while (this.#begun < due) this.#ask();
    }, 2);
  }

  count(outcome: Asked["outcome"]): number {
    return this.asked.filter((each) => each.outcome === outcome).length;
  }

  /** Asks no more; resolves when all have ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.asked.length < this.#begun) await new Promise((resolve) => setTimeout(resolve, 5));
    this.#agent.destroy();
  }

  #ask(): void {
    this.#begun++;
    const asked = request(this.#url, { agent: this.#agent }, (answer) => {
      let body = "";
      const isLast = answer.headers.connection === "close";
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        body += text;
      });
      answer.on("error", (error) => end("failed", error.message));
      answer.on("end", () => {
        const { statusCode } = answer;
        const outcome = statusCode === 200 ? "served" : statusCode === 503 && isLast ? "refused" : "failed";
        end(outcome, String(statusCode), body, isLast);
      });
    });
    const end = (outcome: Asked["outcome"], detail: string, body = "", isLast = false) =>
      this.asked.push({ at: performance.now(), outcome, detail, body, isLast });
    asked.on("error", (error: NodeJS.ErrnoException) => {
      end(unanswered(error.code, asked.reusedSocket), `${error.code} ${error.message}`);
    });
    asked.end();
  }
}

function unanswered(code: string | undefined, isReused: boolean): Asked["outcome"] {
  if (code === "ECONNREFUSED") return "refused";
  if (code !== "ECONNRESET") return "failed";
  return isReused ? "idle" : "untaken";
}
