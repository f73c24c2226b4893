// The slowest operations since the start, each with its slowest run: what a maintainer looks at first when all is slow.
// Bounded: callers may call their operations what they like, and the quickest of those kept is what goes.
import type { AroundExecution } from "../graph/observedExecutor.ts";

export interface SlowOperation {
  /** As its author calls it; `anonymous` when nobody does. */
  readonly operation: string;
  /** The route whose operation it is; `/graphql` for one of a caller's. */
  readonly route: string;
  readonly kind: "query" | "subscription";
  /** The slowest run: how long it took, when it ended, and under which id it is logged. */
  readonly ms: number;
  readonly at: number;
  readonly requestId: string;
}

const KEPT = 20;
const MAX_NAME = 100;
const CALLERS_ROUTE = "/graphql";

export interface SlowestOperationsOptions {
  readonly now: () => number;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  /** Paths of routes, by the names of their operations. */
  readonly routes: ReadonlyMap<string, string>;
}

export class SlowestOperations {
  readonly #options: SlowestOperationsOptions;
  readonly #kept = new Map<string, SlowOperation>();
  /** What a run must take longer than, to be kept. */
  #least = -1;

  constructor(options: SlowestOperationsOptions) {
    this.#options = options;
  }

  /** Slowest first. */
  list(): readonly SlowOperation[] {
    return [...this.#kept.values()].sort((a, b) => b.ms - a.ms);
  }

  readonly around: AroundExecution = async ({ name, title, kind, requestId }, execute) => {
    const { now, elapsed, routes } = this.#options;
    const startedAt = elapsed();
    try {
      return await execute();
    } finally {
      const ms = elapsed() - startedAt;
      if (ms > this.#least) {
        const operation = (title ?? "anonymous").slice(0, MAX_NAME);
        const route = (name === undefined ? undefined : routes.get(name)) ?? CALLERS_ROUTE;
        this.#keep({ operation, route, kind, ms, at: now(), requestId });
      }
    }
  };

  #keep(run: SlowOperation): void {
    const key = `${run.route} ${run.kind} ${run.operation}`;
    const known = this.#kept.get(key);
    if (known && known.ms >= run.ms) return;
    this.#kept.set(key, run);
    if (this.#kept.size <= KEPT) return;
    const [quickest] = [...this.#kept].sort(([, a], [, b]) => a.ms - b.ms);
    if (quickest) this.#kept.delete(quickest[0]);
    this.#least = Math.min(...[...this.#kept.values()].map(({ ms }) => ms));
  }
}
