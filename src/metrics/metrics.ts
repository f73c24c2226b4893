// All metrics of a gateway: who hears of what happens, and who is asked when somebody scrapes.
// However many pods, users and callers there are, the number of series stays what it is.
import type { AccessCounts } from "../access/accessCounts.ts";
import type { Requesting } from "../cluster/connection.ts";
import type { LoopStatus } from "../cluster/loopStatus.ts";
import type { Health } from "../events/health.ts";
import type { AroundExecution } from "../graph/observedExecutor.ts";
import type { CacheCounts } from "../http/answerCache.ts";
import type { StreamCounts } from "../http/live/streams.ts";
import type { Answered } from "../http/requestLog.ts";
import type { IngestObserver } from "../ingest.ts";
import { accessMetrics } from "./access.ts";
import { healthMetrics } from "./health.ts";
import { type MeasuredStore, storeMetrics, streamMetrics } from "./keeping.ts";
import { khookMetrics } from "./khookNames.ts";
import {
  eventMetrics,
  ingestMetrics,
  kubernetesMetrics,
  type NamedSource,
  sourceMetrics,
  watchMetrics,
} from "./pipeline.ts";
import { type Exposition, type ExpositionFormat, Registry } from "./registry.ts";
import { cacheMetrics, operationMetrics, requestMetrics } from "./requests.ts";

export interface MetricsOptions {
  readonly version: string;
  readonly nodeVersion: string;
  readonly clock: () => number;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  /** Those that the mapping knows. */
  readonly eventTypes: readonly string[];
  /** Whether to serve khook's own names as well. */
  readonly khookNames: boolean;
}

/** Who is asked at a scrape. */
export interface MeasuredParts {
  readonly watches: () => readonly LoopStatus[];
  readonly sources: () => readonly NamedSource[];
  readonly streams: () => StreamCounts;
  readonly caches: () => Readonly<Record<string, CacheCounts>>;
  readonly access: AccessCounts;
  readonly health: () => Promise<Health>;
}

export class Metrics {
  readonly answered: (answered: Answered) => void;
  readonly around: AroundExecution;
  readonly requesting: Requesting;
  readonly ingest: IngestObserver;
  readonly #registry = new Registry();

  /** `store` is listened to from now on, and asked at a scrape. */
  constructor(store: MeasuredStore, options: MetricsOptions) {
    const { version, nodeVersion, clock, elapsed, eventTypes, khookNames } = options;
    const registry = this.#registry;
    const build = registry.gauge("khook_gateway_build_info", "1, with the versions of what runs.", [
      "version",
      "node_version",
    ]);
    build.set({ version, node_version: nodeVersion }, 1);
    this.answered = requestMetrics(registry);
    this.around = operationMetrics(registry, elapsed);
    this.requesting = kubernetesMetrics(registry, elapsed);
    this.ingest = ingestMetrics(registry);
    store.subscribe(eventMetrics(registry, eventTypes, clock));
    storeMetrics(registry, store);
    if (khookNames) khookMetrics(registry, store);
  }

  measure({ watches, sources, streams, caches, access, health }: MeasuredParts): void {
    watchMetrics(this.#registry, watches);
    sourceMetrics(this.#registry, sources);
    streamMetrics(this.#registry, streams);
    cacheMetrics(this.#registry, caches);
    accessMetrics(this.#registry, access);
    healthMetrics(this.#registry, health);
    this.#registry.collectProcess();
  }

  /** Never rejects. */
  readonly scrape = (format: ExpositionFormat): Promise<Exposition> => this.#registry.text(format);
}
