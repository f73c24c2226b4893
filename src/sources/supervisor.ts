// Runs a source for as long as the gateway lives: one that fails is started again, after a jittered backoff, and shown degraded.
// Nothing that a source does reaches whoever started it.
import { Backoff, LONGEST_WAIT } from "../cluster/backoff.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Log } from "../cluster/log.ts";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Source, SourceFailure, SourceReport, SourceSink, SourceStatus } from "./source.ts";

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly log: Log;
}

/** A source that has run for so long is well again: until then it is shown degraded, and failing anew makes the wait grow. */
export const STEADY_AFTER: Millis = LONGEST_WAIT;

export class SupervisedSource {
  readonly name: string;
  readonly version: string;
  readonly eventTypes: readonly string[];
  readonly #source: Source;
  readonly #options: SupervisorOptions;
  readonly #backoff: Backoff;
  #restarts = 0;
  #lastFailure: SourceFailure | null = null;
  /** When it was last started; null while it is not running. */
  #startedAt: Instant | null = null;
  /** Whether the signal has aborted. */
  #isOver = false;

  constructor(source: Source, options: SupervisorOptions) {
    this.name = source.name;
    this.version = source.version;
    this.eventTypes = source.eventTypes;
    this.#source = source;
    this.#options = options;
    this.#backoff = new Backoff(options.clock.random);
  }

  /** Resolves when the signal has aborted and the source has ended. Never rejects. */
  async run(sink: SourceSink, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      this.#startedAt = clock.now();
      const reason = await this.#runOnce(sink, signal);
      if (signal.aborted) break;
      if (this.#isSteady()) this.#backoff.reset();
      this.#startedAt = null;
      this.#lastFailure = { at: clock.now(), message: reason };
      const wait = this.#backoff.next();
      log.error({ source: this.name, reason, waitMs: Math.round(wait) }, "a source failed; it is started again");
      await clock.sleep(wait, signal);
      if (!signal.aborted) this.#restarts++;
    }
    this.#isOver = true;
  }

  status(): SourceReport {
    const { name, version, eventTypes } = this;
    return {
      name,
      version,
      eventTypes,
      ...this.#shown(this.#ownStatus()),
      restarts: this.#restarts,
      lastFailure: this.#lastFailure,
    };
  }

  /** Why it ended. What one run leaves behind has ended before the next one begins: its signal is its own. */
  async #runOnce(sink: SourceSink, signal: AbortSignal): Promise<string> {
    const life = new AbortController();
    const end = (): void => life.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      await this.#source.run(sink, life.signal);
      return "it ended by itself";
    } catch (error) {
      return messageOf(error);
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }

  #isSteady(): boolean {
    return this.#startedAt !== null && this.#options.clock.now() - this.#startedAt >= STEADY_AFTER;
  }

  #ownStatus(): SourceStatus {
    try {
      return this.#source.status();
    } catch (error) {
      return { state: "DEGRADED", message: `no status: ${messageOf(error)}`, observed: 0, lastObservedAt: null };
    }
  }

  #shown(status: SourceStatus): SourceStatus {
    if (this.#isOver) return { ...status, state: "STOPPED", message: "stopped" };
    if (!this.#lastFailure || this.#isSteady()) return status;
    const now = this.#startedAt === null ? "waiting to be started again" : status.message;
    const failed = `failed: ${this.#lastFailure.message}; started again ${this.#restarts} times so far, now ${now}`;
    return { ...status, state: "DEGRADED", message: failed };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
