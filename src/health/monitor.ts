// Puts together how everything is doing: looks every second, so that `since` is true, and tells it whenever asked.
// It only asks what is quick to answer; what takes a network (kagent, the controller's Lease) is asked on timers of its own.
import type { Clock } from "../cluster/clock.ts";
import type { LoopStatus } from "../cluster/loopStatus.ts";
import { isInTrouble } from "../cluster/loopTrouble.ts";
import { formatDuration, type Millis } from "../events/duration.ts";
import {
  gravest,
  type Health,
  type LeaseInfo,
  type PartHealth,
  type Verdict,
  type WatchHealth,
} from "../events/health.ts";
import type { Instant } from "../events/time.ts";
import type { SourceState, SourceStatus } from "../sources/source.ts";
import type { StoreDescription } from "../store/store.ts";
import type { ControllerWatch } from "./controllerWatch.ts";
import { type KagentProbe, PROBE_EVERY } from "./kagentProbe.ts";
import type { LagGauge } from "./lagGauge.ts";
import { LeaseWatch } from "./leaseWatch.ts";
import { HealthLedger } from "./ledger.ts";
import type { ProcessGauge } from "./processGauge.ts";
import type { StoreWatch } from "./storeWatch.ts";
import { behindFor, STALE_AFTER, watchVerdict } from "./watchHealth.ts";

export interface NamedSource {
  readonly name: string;
  readonly version: string;
  readonly eventTypes: readonly string[];
  status(): SourceStatus;
}

export interface MonitorOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly watches: () => readonly LoopStatus[];
  readonly sources: readonly NamedSource[];
  readonly describeStore: () => Promise<StoreDescription>;
  readonly retention: { readonly maxAge: Millis; readonly maxBytes: number };
  readonly storeWatch: StoreWatch;
  readonly lag: LagGauge;
  readonly controller: ControllerWatch;
  /** Rejects when the Lease cannot be read. */
  readonly readLease: (signal: AbortSignal) => Promise<LeaseInfo | undefined>;
  /** How long the controller may say nothing about events that match its hooks. */
  readonly stalledAfter: Millis;
  readonly kagent: KagentProbe;
  readonly process: ProcessGauge;
}

const LOOK_EVERY: Millis = 1_000;
const LEASE_EVERY: Millis = 30_000;

const OF_SOURCE: Readonly<Record<SourceState, Verdict["status"]>> = {
  STARTING: "DEGRADED",
  RUNNING: "HEALTHY",
  DEGRADED: "DEGRADED",
  STOPPED: "DEGRADED",
};

export class HealthMonitor {
  readonly #options: MonitorOptions;
  readonly #ledger = new HealthLedger();
  readonly #startedAt: Instant;
  readonly #lease = new LeaseWatch();
  #isStopping = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** From now on it is not ready. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Why no more requests should be sent here; undefined while they should. */
  get notReady(): string | undefined {
    if (this.#isStopping) return "shutting down";
    const now = this.#options.clock.now();
    const watches = this.#options.watches();
    const unsynced = watches.find(({ synced }) => !synced);
    if (watches.length === 0 || unsynced) return "the first list is not done"; // of what, is for diagnostics to say
    const stale = watches.find((loop) => behindFor(loop, this.#startedAt, now) >= STALE_AFTER);
    return stale && "stale: not in sync";
  }

  /** Looks, until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { process, kagent } = this.#options;
    await Promise.all([
      this.#every(LOOK_EVERY, signal, async () => {
        process.read();
        this.#watchController();
        await this.health();
      }),
      this.#every(PROBE_EVERY, signal, () => kagent.ask(signal)),
      this.#every(LEASE_EVERY, signal, () => this.#lookForLease(signal)),
    ]);
    process.stop();
  }

  async health(): Promise<Health> {
    const { clock, version, kagent, process, storeWatch, describeStore, retention, controller, stalledAfter } =
      this.#options;
    await storeWatch.look();
    const now = clock.now();
    const described = await describeStore().catch(() => undefined);
    const lag = this.#options.lag.read(now);
    const watches = this.#options.watches().map((loop) => this.#watch(loop, now));
    const sources = this.#options.sources.map((source) => this.#source(source, now));

    const uptime = now - this.#startedAt;
    const server = this.#isStopping
      ? ({ status: "DEGRADED", message: "shutting down" } as const)
      : ({
          status: "HEALTHY",
          message: `up for ${formatDuration(Math.max(1_000, Math.floor(uptime / 1_000) * 1_000))}`,
        } as const);
    const pipeline = gravest(watches.map((watch) => ({ ...watch, name: watch.path })));
    this.#watchController();
    const stalledNamespaces = controller.stalled(stalledAfter);
    const { lastDispatchAt } = controller;
    const acting: Verdict =
      stalledNamespaces.length > 0
        ? stalled(stalledNamespaces, stalledAfter)
        : this.#lease.verdict(lastDispatchAt, now);
    const isRead = described !== undefined || storeWatch.verdict.status === "UNHEALTHY";
    const store: Verdict = isRead ? storeWatch.verdict : { status: "UNHEALTHY", message: "it cannot be read" };

    const parts = {
      server: this.#enter("server", server, now),
      pipeline: this.#enter("pipeline", pipeline, now),
      controller: this.#enter("controller", acting, now),
      kagent: this.#enter("kagent", kagent.verdict, now),
      store: this.#enter("store", store, now),
      process: this.#enter("process", process.verdict, now),
    };
    const named = [
      ...Object.entries(parts).map(([name, part]) => ({ ...part, name })),
      ...sources.map((source) => ({ ...source, name: `source ${source.name}` })),
    ];
    return {
      ...this.#enter("overall", gravest(named.map(bounded)), now),
      server: { ...parts.server, version, startedAt: this.#startedAt, uptimeSeconds: uptime / 1_000 },
      pipeline: { ...parts.pipeline, watches, lag },
      controller: {
        ...parts.controller,
        lease: this.#lease.lease,
        stalledNamespaces,
        lastDispatchAt,
      },
      kagent: { ...parts.kagent, ...kagent.findings },
      sources,
      store: {
        ...parts.store,
        records: described?.records ?? 0,
        bytes: described?.bytes ?? 0,
        oldest: described?.oldest ?? null,
        newest: described?.newest ?? null,
        retentionAgeSeconds: retention.maxAge / 1_000,
        retentionBytes: retention.maxBytes,
        pruned: (described?.prunedByAge ?? 0) + (described?.prunedBySize ?? 0),
        lastPrunedAt: described?.lastPrunedAt ?? null,
        writable: storeWatch.isWritable,
      },
      process: { ...parts.process, ...process.use },
    };
  }

  #enter(part: string, verdict: Verdict, now: Instant): PartHealth {
    return this.#ledger.enter(part, verdict, now);
  }

  /** What khook says is heard only while all Events are watched. */
  #watchController(): void {
    const { clock, controller, watches } = this.#options;
    const now = clock.now();
    const isWatching = watches().every((loop) => loop.synced && !isInTrouble(loop, now));
    controller.watching(isWatching);
  }

  #watch(loop: LoopStatus, now: Instant): WatchHealth {
    const { path, phase, synced, lastActivityAt, resourceVersion, resourceVersionAt, listsDone, watchesOpened } = loop;
    return {
      ...this.#enter(`watch ${path}`, watchVerdict(loop, behindFor(loop, this.#startedAt, now), now), now),
      path,
      phase,
      synced,
      lastActivityAt,
      resourceVersion,
      resourceVersionAgeSeconds: resourceVersionAt === null ? null : Math.max(0, now - resourceVersionAt) / 1_000,
      listsDone,
      watchesOpened,
      restarts: Object.entries(loop.restarts).flatMap(([reason, count]) => (count > 0 ? [{ reason, count }] : [])),
      lastError: loop.lastError?.message ?? null,
      lastErrorAt: loop.lastError?.at ?? null,
    };
  }

  #source(source: NamedSource, now: Instant) {
    const { name, version, eventTypes } = source;
    const { state, message, observed, lastObservedAt } = source.status();
    const verdict = { status: OF_SOURCE[state], message };
    return { ...this.#enter(`source ${name}`, verdict, now), name, version, eventTypes, observed, lastObservedAt };
  }

  async #lookForLease(signal: AbortSignal): Promise<void> {
    const { readLease, clock, controller } = this.#options;
    const found = await readLease(signal).then(
      (lease) => lease ?? "none",
      () => "unreadable" as const,
    );
    if (this.#lease.look(found, clock.now())) controller.takenOver();
  }

  async #every(pause: Millis, signal: AbortSignal, look: () => Promise<unknown>): Promise<void> {
    while (!signal.aborted) {
      await look();
      await this.#options.clock.sleep(pause, signal);
    }
  }
}

function stalled(namespaces: readonly string[], after: Millis): Verdict {
  const where = namespaces.join(", ");
  const message = `stalled: events matched hooks in ${where}, and khook has said nothing about them for ${formatDuration(after)} or longer`;
  return { status: "DEGRADED", message };
}

const VITAL: readonly string[] = ["server", "pipeline", "store"];

/** What the gateway can do without is no reason to call it unhealthy. */
function bounded<Part extends Verdict & { readonly name: string }>(part: Part): Part {
  return part.status === "UNHEALTHY" && !VITAL.includes(part.name) ? { ...part, status: "DEGRADED" } : part;
}
