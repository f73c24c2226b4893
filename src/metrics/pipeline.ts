// Metrics of the way of an event: requests to the API server, watches, sources, ingest, and what came to be stored.
// Event types are those that the mapping knows; a stored event of any other counts as `other`.
import type { Requesting } from "../cluster/connection.ts";
import { LOOP_PHASES, type LoopStatus, RESTART_REASONS } from "../cluster/loopStatus.ts";
import type { Change } from "../events/change.ts";
import type { IngestObserver } from "../ingest.ts";
import { SOURCE_STATES, type SourceStatus } from "../sources/source.ts";
import { type Registry, worded } from "./registry.ts";

/** 1 ms to 10 s. */
const WRITE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** 5 ms to a minute: an API server gives up by then. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** A quarter of a second to an hour, which is how long a cluster keeps its Events. */
const LAG_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 1800, 3600];

export function ingestMetrics(registry: Registry): IngestObserver {
  const observations = registry.counter(
    "khook_gateway_ingest_observations_total",
    "Observations that sources delivered, those seen before included.",
  );
  const ignored = registry.counter(
    "khook_gateway_ingest_ignored_total",
    "Observations that were not stored: known or older than what is known, or unmatched by any hook and not to be kept.",
    ["reason"],
  );
  const dispatches = registry.counter("khook_gateway_ingest_dispatches_total", "Dispatches of khook that were stored.");
  const batches = registry.counter("khook_gateway_ingest_batches_total", "Deliveries of sources that were stored.", [
    "kind",
  ]);
  const gaps = registry.counter("khook_gateway_ingest_gaps_total", "Times that something may have been missed.");
  const durations = registry.histogram(
    "khook_gateway_ingest_write_duration_seconds",
    "How long a delivery waited until it was stored.",
    WRITE_SECONDS,
    ["kind"],
  );
  for (const reason of ["known", "unmatched"]) ignored.inc({ reason }, 0);
  for (const kind of ["events", "dispatches"]) batches.inc({ kind }, 0);

  return {
    observed({ kept, unmatched, stored, ms }) {
      const delivered = kept.length + unmatched;
      observations.inc(delivered);
      ignored.inc({ reason: "unmatched" }, unmatched);
      ignored.inc({ reason: "known" }, delivered - unmatched - stored);
      batches.inc({ kind: "events" });
      durations.observe({ kind: "events" }, ms / 1000);
    },
    dispatched({ stored, ms }) {
      dispatches.inc(stored);
      batches.inc({ kind: "dispatches" });
      durations.observe({ kind: "dispatches" }, ms / 1000);
    },
    missed: () => gaps.inc(),
  };
}

/** What is given hears of every change of the store. */
export function eventMetrics(
  registry: Registry,
  eventTypes: readonly string[],
  clock: () => number,
): (changes: readonly Change[]) => void {
  const stored = registry.counter(
    "khook_gateway_events_stored_total",
    "Events stored, by the status they were stored with.",
    ["event_type", "status"],
  );
  const resolved = registry.counter("khook_gateway_events_resolved_total", "Stored events that have become resolved.");
  const lag = registry.histogram(
    "khook_gateway_event_lag_seconds",
    "From when an event happened, by the cluster's clock, to when it was stored, by ours. A first list brings old events.",
    LAG_SECONDS,
  );
  const known = new Set(eventTypes);
  for (const event_type of known) {
    for (const status of ["firing", "duplicate", "resolved"]) stored.inc({ event_type, status }, 0);
  }

  return (changes) => {
    const now = clock();
    const counts = new Map<string, { readonly event_type: string; readonly status: string; count: number }>();
    let modified = 0;
    for (const change of changes) {
      if (change.kind === "modified") modified++;
      if (change.kind !== "added") continue;
      const { eventType, status } = change.record.kind;
      const event_type = known.has(eventType) ? eventType : "other";
      const key = `${event_type} ${status}`;
      const counted = counts.get(key) ?? { event_type, status, count: 0 };
      counted.count++;
      counts.set(key, counted);
      lag.observe(Math.max(0, now - change.record.timestamp) / 1000);
    }
    for (const { count, ...labels } of counts.values()) stored.inc(labels, count);
    if (modified > 0) resolved.inc(modified);
  };
}

export function kubernetesMetrics(registry: Registry, elapsed: () => number): Requesting {
  const requests = registry.counter(
    "khook_gateway_kubernetes_requests_total",
    "Requests to the API server that have ended; one for a watch ends when it is open.",
    ["method", "outcome"],
  );
  const durations = registry.histogram(
    "khook_gateway_kubernetes_request_duration_seconds",
    "How long a request to the API server took; one for a watch, until it was open.",
    REQUEST_SECONDS,
    ["method"],
  );
  return ({ method }) => {
    const startedAt = elapsed();
    return {
      ended(outcome) {
        requests.inc({ method, outcome });
        durations.observe({ method }, (elapsed() - startedAt) / 1000);
      },
    };
  };
}

export function watchMetrics(registry: Registry, watches: () => readonly LoopStatus[]): void {
  registry.part("watches", (part) => {
    const loops = part.gauge(
      "khook_gateway_watch_loops",
      "Watches of a resource by what they do; there is one for each watched namespace, or one for all of them.",
      ["resource", "phase"],
    );
    const synced = part.gauge("khook_gateway_watch_synced", "1 when all watches of the resource have had a list.", [
      "resource",
    ]);
    const lists = part.counter("khook_gateway_watch_lists_total", "Lists that were delivered.", ["resource"]);
    const opened = part.counter("khook_gateway_watches_opened_total", "Watches that the API server opened.", [
      "resource",
    ]);
    const restarts = part.counter("khook_gateway_watch_restarts_total", "Why watches had to begin again.", [
      "resource",
      "reason",
    ]);
    const activity = part.gauge(
      "khook_gateway_watch_last_activity_timestamp_seconds",
      "When the API server was last heard; of several watches, the one that has been silent for longest.",
      ["resource"],
    );
    return () => {
      for (const metric of [loops, synced, lists, opened, restarts, activity]) metric.reset();
      for (const [resource, statuses] of Map.groupBy(watches(), ({ path }) => path.slice(path.lastIndexOf("/") + 1))) {
        for (const phase of LOOP_PHASES) {
          const count = statuses.filter((status) => status.phase === phase).length;
          loops.set({ resource, phase: worded(phase) }, count);
        }
        synced.set({ resource }, Number(statuses.every((status) => status.synced)));
        lists.inc({ resource }, sum(statuses.map(({ listsDone }) => listsDone)));
        opened.inc({ resource }, sum(statuses.map(({ watchesOpened }) => watchesOpened)));
        for (const reason of RESTART_REASONS) {
          restarts.inc({ resource, reason: worded(reason) }, sum(statuses.map((status) => status.restarts[reason])));
        }
        const heard = statuses.flatMap(({ lastActivityAt }) => lastActivityAt ?? []);
        if (heard.length === statuses.length) activity.set({ resource }, Math.min(...heard) / 1000);
      }
    };
  });
}

export interface NamedSource extends SourceStatus {
  readonly name: string;
  /** Of a source that is started again after it failed. */
  readonly restarts?: number;
}

export function sourceMetrics(registry: Registry, sources: () => readonly NamedSource[]): void {
  registry.part("sources", (part) => {
    const states = part.gauge("khook_gateway_source_state", "1 for the state that the source is in.", [
      "source",
      "state",
    ]);
    const observed = part.counter(
      "khook_gateway_source_observations_total",
      "Observations that the source delivered.",
      ["source"],
    );
    const last = part.gauge(
      "khook_gateway_source_last_observation_timestamp_seconds",
      "When the source last delivered an observation.",
      ["source"],
    );
    const restarts = part.counter(
      "khook_gateway_source_restarts_total",
      "Times that a failed source was started again.",
      ["source"],
    );
    return () => {
      for (const metric of [states, observed, last, restarts]) metric.reset();
      for (const source of sources()) {
        const { name, state, lastObservedAt } = source;
        for (const each of SOURCE_STATES) states.set({ source: name, state: worded(each) }, Number(each === state));
        observed.inc({ source: name }, source.observed);
        restarts.inc({ source: name }, source.restarts ?? 0);
        if (lastObservedAt !== null) last.set({ source: name }, lastObservedAt / 1000);
      }
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
