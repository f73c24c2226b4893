// Who watches over the gateway: health and diagnostics put together from what each part tells of itself.
// What the ingest sees passes by here as well: how late it is, and whether khook answers it.
import { arch, platform } from "node:os";
import type { Clock } from "../cluster/clock.ts";
import type { Connection } from "../cluster/connection.ts";
import { readClusterFeatures } from "../cluster/features.ts";
import { readControllerLease } from "../cluster/lease.ts";
import type { LoopStatus } from "../cluster/loopStatus.ts";
import type { Diagnostics, EffectiveSetting } from "../events/diagnostics.ts";
import type { Dispatch } from "../events/dispatch.ts";
import type { Millis } from "../events/duration.ts";
import type { MatchedObservation } from "../events/event.ts";
import type { Health } from "../events/health.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import { KUBERNETES } from "../sources/kubernetes.ts";
import type { EventStore } from "../store/store.ts";
import { ControllerWatch } from "./controllerWatch.ts";
import { type KagentPatience, KagentProbe } from "./kagentProbe.ts";
import { LagGauge } from "./lagGauge.ts";
import { HealthMonitor, type NamedSource } from "./monitor.ts";
import { ProcessGauge } from "./processGauge.ts";
import { StoreWatch } from "./storeWatch.ts";

export interface OperatorOptions {
  readonly version: string;
  readonly clock: Clock;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  readonly connection: Connection;
  readonly store: EventStore;
  readonly storePath: string;
  readonly retention: { readonly maxAge: Millis; readonly maxBytes: number };
  readonly watches: () => readonly LoopStatus[];
  readonly sources: readonly NamedSource[];
  readonly kagentUrl: string | undefined;
  readonly kagentPatience?: KagentPatience | undefined;
  readonly stalledAfter: Millis;
  readonly memoryLimit: (() => number | null) | undefined;
  readonly settings: readonly EffectiveSetting[];
  /** What the edges tell of themselves. */
  readonly edges: () => Pick<Diagnostics, "streams" | "caches" | "slowestOperations" | "recentWarnings">;
}

/** Names the writes that only find out whether there can be any. */
const TRIAL = "health";
const GAPS = 20;

export class Operator {
  readonly #options: OperatorOptions;
  readonly #lag: LagGauge;
  readonly #controller: ControllerWatch;
  readonly #monitor: HealthMonitor;

  constructor(options: OperatorOptions) {
    const { version, clock, elapsed, connection, store, storePath, retention, watches, sources } = options;
    this.#options = options;
    this.#lag = new LagGauge(clock.now());
    this.#controller = new ControllerWatch({ now: clock.now, source: KUBERNETES });
    this.#monitor = new HealthMonitor({
      version,
      clock,
      watches,
      sources,
      describeStore: () => store.describe(),
      retention,
      storeWatch: new StoreWatch({
        path: storePath,
        writeFailure: async () => (await store.describe()).writeFailure,
        tryWrite: () => store.markSynced(TRIAL, clock.now()),
        elapsed,
      }),
      lag: this.#lag,
      controller: this.#controller,
      readLease: (signal) => readControllerLease(connection, signal),
      stalledAfter: options.stalledAfter,
      kagent: new KagentProbe({ url: options.kagentUrl, now: clock.now, elapsed, ...options.kagentPatience }),
      process: new ProcessGauge({ memoryLimit: options.memoryLimit, elapsed }),
    });
  }

  /** Why no requests should be sent here; undefined while they should. */
  readonly notReady = (): string | undefined => this.#monitor.notReady;

  /** From now on it is not ready. */
  stopping(): void {
    this.#monitor.stopping();
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#monitor.run(signal);
  }

  /** Observations have been stored, `stored` of them for the first time. */
  observed({ kept, stored }: { readonly kept: readonly MatchedObservation[]; readonly stored: number }): void {
    const now = this.#options.clock.now();
    const isNew = stored === kept.length;
    for (const observation of kept) {
      this.#controller.matched(observation);
      // What others tell of, an Alertmanager say, has waited there; that says nothing of the pipeline.
      if (isNew && observation.ignoredByController !== "OTHER_SOURCE") this.#lag.measure(observation.lastSeen, now);
    }
  }

  dispatched({ dispatches }: { readonly dispatches: readonly Dispatch[] }): void {
    for (const dispatch of dispatches) this.#controller.dispatched(dispatch);
  }

  hookSeen(hook: Hook): void {
    this.#controller.hookSeen(hook);
  }

  hookGone(hook: HookKey): void {
    this.#controller.hookGone(hook);
  }

  health(): Promise<Health> {
    return this.#monitor.health();
  }

  async diagnostics(): Promise<Diagnostics> {
    const { version, clock, connection, store, settings, edges } = this.#options;
    const [health, cluster, gaps, described] = await Promise.all([
      this.health(),
      readClusterFeatures(connection, AbortSignal.timeout(FEATURES_TIMEOUT)),
      store.gaps(GAPS),
      store.describe(),
    ]);
    const { epoch, head, records, bytes, prunedByAge, prunedBySize, tooOld, writeFailure } = described;
    const { floor, revision } = store;
    return {
      at: clock.now(),
      versions: {
        gateway: version,
        node: process.versions.node,
        sqlite: process.versions.sqlite ?? "unknown",
        platform: `${platform()} ${arch()}`,
      },
      settings,
      cluster,
      watches: health.pipeline.watches,
      gaps: gaps.map(({ from, to, reason, source }) => ({ from, to, reason, source })),
      store: { epoch, head, floor, revision, records, bytes, prunedByAge, prunedBySize, tooOld, writeFailure },
      ...edges(),
    };
  }
}

/** A cluster that does not answer is no reason to wait. */
const FEATURES_TIMEOUT: Millis = 2_000;
