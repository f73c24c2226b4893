// The journal of one list+watch loop: where it stands, what it has been through, and what of that is logged.
// Loud when a trouble is new, quiet while it goes on, and once more when it is over.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";
import { ClusterError } from "./clusterError.ts";
import type { Log } from "./log.ts";
import {
  type LoopPhase,
  type LoopStatus,
  type LoopTrouble,
  RESTART_REASONS,
  type RestartReason,
} from "./loopStatus.ts";

/** A watch that ended sooner was none. */
export const SHORT_LIFE: Millis = 2_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class LoopJournal {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #restarts: Record<RestartReason, number>;
  readonly #state: Mutable<Omit<LoopStatus, "restarts" | "trouble">>;
  #isLogged = false;
  #trouble: LoopTrouble | undefined;
  #openedAt: Instant | undefined;

  constructor(path: string, syncedAt: Instant | null, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#restarts = Object.fromEntries(RESTART_REASONS.map((reason) => [reason, 0])) as Record<RestartReason, number>; // all
    this.#state = {
      path,
      phase: "STARTING",
      synced: false,
      syncedAt,
      lastActivityAt: null,
      resourceVersion: null,
      resourceVersionAt: null,
      listsDone: 0,
      watchesOpened: 0,
      lastError: null,
      retryAt: null,
    };
  }

  status(): LoopStatus {
    return { ...this.#state, restarts: { ...this.#restarts }, trouble: this.#stillTrouble ?? null };
  }

  get phase(): LoopPhase {
    return this.#state.phase;
  }

  get synced(): boolean {
    return this.#state.synced;
  }

  get syncedAt(): Instant | null {
    return this.#state.syncedAt;
  }

  enter(phase: LoopPhase): void {
    this.#state.phase = phase;
  }

  heard(): void {
    this.#state.lastActivityAt = this.#clock.now();
  }

  knows(resourceVersion: string): void {
    this.#state.resourceVersion = resourceVersion;
    this.#state.resourceVersionAt = this.#clock.now();
  }

  listed(items: number): void {
    this.#state.listsDone++;
    this.#state.synced = true;
    this.#log.debug({ path: this.#state.path, items }, "listed");
  }

  /** There is nothing to list, and that has been delivered. */
  emptied(): void {
    this.#state.synced = true;
  }

  opened(): void {
    this.#state.phase = "WATCHING";
    this.#state.watchesOpened++;
    this.#openedAt = this.#clock.now();
    if (this.#isLogged) this.#log.info({ path: this.#state.path }, "in sync with the cluster again");
    this.#isLogged = false;
  }

  /** A watch has told something: it works. */
  told(): void {
    this.#trouble = undefined;
  }

  inSync(at: Instant): void {
    this.#state.syncedAt = at;
  }

  trouble(error: unknown, reason: RestartReason): void {
    const { path, lastError } = this.#state;
    const message = error instanceof Error ? error.message : String(error);
    const status = error instanceof ClusterError ? (error.status ?? null) : null;
    const isNew = !this.#isLogged || lastError?.message !== message;
    this.#state.lastError = { at: this.#clock.now(), reason, message, status };
    if (reason === "expired") {
      this.#log.debug({ path }, "the resource version has expired");
      return;
    }
    this.#troubled(reason, message);
    this.#isLogged = true;
    const fields = { path, reason, status, error: message };
    if (isNew) this.#log.warn(fields, "not in sync with the cluster");
    else this.#log.debug(fields, "still not in sync with the cluster");
  }

  restarting(reason: RestartReason): void {
    this.#restarts[reason]++;
    this.#trouble = this.#stillTrouble; // the watch has ended, and has lived for as long as it has
    this.#openedAt = undefined;
    if (reason === "short" || reason === "silentClose") {
      this.#troubled(reason, "the server closes the watch at once");
      this.#log.debug({ path: this.#state.path, reason }, "the server closed the watch at once");
    }
  }

  /** The first one counts, until a watch has shown that it is over. */
  #troubled(reason: RestartReason, message: string): void {
    const since = this.#stillTrouble?.since ?? this.#clock.now();
    this.#trouble = { since, reason, message };
    this.#openedAt = undefined;
  }

  get #stillTrouble(): LoopTrouble | undefined {
    if (this.#openedAt !== undefined && this.#clock.now() - this.#openedAt >= SHORT_LIFE) this.#trouble = undefined;
    return this.#trouble;
  }

  async waiting(phase: LoopPhase, until: Instant, wait: () => Promise<void>): Promise<void> {
    this.#state.phase = phase;
    this.#state.retryAt = until;
    await wait();
    this.#state.retryAt = null;
  }
}
