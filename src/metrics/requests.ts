// Metrics of what is asked of the gateway: HTTP requests, GraphQL operations, answers given again.
// Labels are words of ours: a path is its route's template, an operation is one of ours by name, and all else is one value.
import type { Counter, Histogram } from "prom-client";
import { type AroundExecution, type ExecutionOutcome, outcomeOf } from "../graph/observedExecutor.ts";
import type { CacheCounts } from "../http/answerCache.ts";
import type { Answered } from "../http/requestLog.ts";
import type { Registry } from "./registry.ts";

/** 0.5 ms to 10 s. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]);
const OTHER = "other";

export function requestMetrics(registry: Registry): (answered: Answered) => void {
  const requests = registry.counter(
    "khook_gateway_http_requests_total",
    "HTTP requests that are over, by the template of their route and the class of their status; none: the caller went first.",
    ["route", "method", "status"],
  );
  const durations = registry.histogram(
    "khook_gateway_http_request_duration_seconds",
    "From the head of a request to the last of its answer, or until its caller went. Streams and sockets are left out.",
    SECONDS,
    ["route", "method"],
  );
  // The library finds a series by writing its labels out; those in use are kept at hand.
  const byRoute = new Map<string, Map<string, Answers>>();

  return ({ facts: { route = OTHER, stream }, method: given, status, ms }) => {
    const method = METHODS.has(given) ? given : OTHER;
    const byMethod = at(byRoute, route, () => new Map<string, Answers>());
    const answers = at(byMethod, method, () => ({ counters: [], duration: undefined }));
    const kind = status === undefined ? 0 : Math.floor(status / 100);
    answers.counters[kind] ??= requests.labels(route, method, kind === 0 ? "none" : `${kind}xx`);
    answers.counters[kind].inc();
    if (stream) return;
    answers.duration ??= durations.labels(route, method);
    answers.duration.observe(ms / 1000);
  };
}

/** The series of one route and method in use. */
interface Answers {
  /** By the class of the status. */
  readonly counters: Counter.Internal[];
  duration: Histogram.Internal<"route" | "method"> | undefined;
}

/** `names` of our own operations: whatever else is asked for is `other`. */
export function operationMetrics(registry: Registry, elapsed: () => number): AroundExecution {
  const operations = registry.counter(
    "khook_gateway_graphql_operations_total",
    "GraphQL operations executed, by the name of the persisted operation. A subscription counts when it is opened.",
    ["operation", "kind", "outcome"],
  );
  const durations = registry.histogram(
    "khook_gateway_graphql_operation_duration_seconds",
    "How long the execution of a GraphQL operation took, or the opening of a subscription.",
    SECONDS,
    ["operation", "kind"],
  );
  const counters = new Map<string, Counter.Internal>();
  const histograms = new Map<string, Histogram.Internal<"operation" | "kind">>();

  return async ({ name = OTHER, kind }, execute) => {
    const startedAt = elapsed();
    let outcome: ExecutionOutcome = "error";
    try {
      const result = await execute();
      outcome = outcomeOf(result);
      return result;
    } finally {
      const key = `${kind} ${name}`;
      at(counters, `${key} ${outcome}`, () => operations.labels(name, kind, outcome)).inc();
      at(histograms, key, () => durations.labels(name, kind)).observe((elapsed() - startedAt) / 1000);
    }
  };
}

export function cacheMetrics(registry: Registry, caches: () => Readonly<Record<string, CacheCounts>>): void {
  registry.part("caches", (part) => {
    const asked = part.counter(
      "khook_gateway_answer_cache_requests_total",
      "Requests that were looked for among the answers given before, and found there (hit) or not (miss).",
      ["cache", "result"],
    );
    return () => {
      asked.reset();
      for (const [cache, { hits, misses }] of Object.entries(caches())) {
        asked.inc({ cache, result: "hit" }, hits);
        asked.inc({ cache, result: "miss" }, misses);
      }
    };
  });
}

function at<Kept>(kept: Map<string, Kept>, key: string, make: () => Kept): Kept {
  const known = kept.get(key);
  if (known) return known;
  const made = make();
  kept.set(key, made);
  return made;
}
