// The life of one request: it ends with the caller's signal, or when nothing has moved for too long.
// Why it ended can be told afterwards: the caller's abort and a time-out are never confused.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";
import { ClusterError } from "./clusterError.ts";
import { type Watchdog, watchdog } from "./watchdog.ts";

export class RequestLife {
  readonly outer: AbortSignal;
  /** Rejects when the life ends before its time; a request may be stuck where no signal reaches. */
  readonly ended: Promise<never>;
  timedOut: ClusterError | undefined;
  readonly #clock: Clock;
  readonly #inner = new AbortController();
  readonly #abort = (): void => this.#inner.abort();
  #dog: Watchdog;
  #movedAt: Instant;

  constructor(clock: Clock, outer: AbortSignal, limit: Millis, complaint: string) {
    this.#clock = clock;
    this.outer = outer;
    this.#movedAt = clock.now();
    this.ended = new Promise((_, reject) => {
      this.#inner.signal.addEventListener("abort", () => reject(this.#inner.signal.reason), { once: true });
    });
    this.ended.catch(() => undefined); // nobody has to wait for it
    outer.addEventListener("abort", this.#abort, { once: true });
    if (outer.aborted) this.#abort();
    this.#dog = this.#watch(limit, complaint);
  }

  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  moved(): void {
    this.#movedAt = this.#clock.now();
  }

  limit(limit: Millis, complaint: string): void {
    this.#dog.stop();
    this.moved();
    this.#dog = this.#watch(limit, complaint);
  }

  calm(): void {
    this.#dog.stop();
  }

  end(): void {
    this.#dog.stop();
    this.outer.removeEventListener("abort", this.#abort);
  }

  #watch(limit: Millis, complaint: string): Watchdog {
    return watchdog(
      this.#clock,
      () => this.#movedAt + limit,
      () => {
        this.timedOut = new ClusterError("silent", `${complaint} for ${limit / 1000} s`);
        this.#inner.abort();
      },
    );
  }
}
