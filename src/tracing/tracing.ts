// Traces of requests, operations, the store and the Kubernetes API: who is around what, when OTEL_EXPORTER_OTLP_ENDPOINT is set.
// When it is not, nothing of this is loaded, and nothing is around anything.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Requesting } from "../cluster/connection.ts";
import { type AroundExecution, outcomeOf } from "../graph/observedExecutor.ts";
import { factsOf } from "../http/requestFacts.ts";
import { readTraceparent } from "../http/traceparent.ts";
import type { EventStore } from "../store/store.ts";
import { tracedStore } from "./tracedStore.ts";
import type { Tracer } from "./tracer.ts";

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export interface TracingOptions {
  /** The environment: variables of OpenTelemetry have their standard names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: { warn(details: object, message: string): void };
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
}

export interface TracingSettings extends Omit<TracingOptions, "env"> {
  /** Where traces are sent to. */
  readonly url: string;
  readonly serviceName: string;
  readonly sampler: (typeof SAMPLERS)[number];
  readonly ratio: number;
  /** How long spans wait for others to be sent with. */
  readonly delayMs: number;
}

/** A variable that cannot be: its message is one line, meant for the one who set it. */
export class TracingError extends Error {}

/** undefined when no traces are asked for. */
export async function startTracing(options: TracingOptions): Promise<Tracing | undefined> {
  const settings = readSettings(options);
  if (!settings) return undefined;
  const { openTelemetryTracer } = await import("./opentelemetry.ts");
  return new Tracing(openTelemetryTracer(settings));
}

export class Tracing {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** A request, until its answer is out; a stream, until it is open. */
  readonly aroundRequest = async (req: IncomingMessage, res: ServerResponse, next: () => Promise<unknown>) => {
    const facts = factsOf(req);
    const { method = "" } = req;
    const { tracestate } = req.headers;
    const parent = readTraceparent(req.headers.traceparent);
    const span = this.#tracer.begin({
      name: method,
      kind: "server",
      attributes: { "http.request.method": method, "url.scheme": "http", "khook_gateway.request_id": facts.id },
      parent: parent && { ...parent, state: typeof tracestate === "string" ? tracestate : undefined },
    });
    facts.traceId = span.traceId;
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      const { route } = facts;
      if (route !== undefined) span.rename(`${method} ${route}`);
      span.set({
        "http.response.status_code": res.statusCode,
        ...(route === undefined ? {} : { "http.route": route }),
      });
      if (res.statusCode >= 500) span.fail(String(res.statusCode));
      span.end();
    };
    res.once("close", end);
    await this.#tracer.within(span, next);
    if (facts.stream) end();
  };

  readonly around: AroundExecution = async ({ name, title, kind }, execute) => {
    const span = this.#tracer.begin({
      name: title === undefined ? kind : `${kind} ${title.slice(0, 100)}`,
      kind: "internal",
      attributes: {
        "graphql.operation.type": kind,
        ...(title === undefined ? {} : { "graphql.operation.name": title.slice(0, 100) }),
        "khook_gateway.persisted": name !== undefined,
      },
    });
    try {
      const result = await this.#tracer.within(span, execute);
      const outcome = outcomeOf(result);
      if (outcome !== "ok") span.fail(outcome);
      return result;
    } finally {
      span.end();
    }
  };

  /** Is around each request to the API server, which is told of the trace; and so is `inner`. */
  requesting(inner: Requesting): Requesting {
    return (request) => {
      const { method, path } = request;
      const observed = inner(request);
      const span = this.#tracer.begin({
        name: `${method} ${path.slice(path.lastIndexOf("/") + 1)}`,
        kind: "client",
        attributes: { "http.request.method": method, "url.path": path, "peer.service": "kubernetes" },
      });
      return {
        headers: { ...observed.headers, ...span.headers },
        ended(outcome) {
          observed.ended(outcome);
          if (outcome !== "ok" && outcome !== "aborted") span.fail(outcome);
          span.end();
        },
      };
    };
  }

  /** The store, with a span for each thing that is asked of it inside of another span. */
  store(store: EventStore): EventStore {
    return tracedStore(store, this.#tracer);
  }

  close(graceMs: number): Promise<void> {
    return this.#tracer.close(graceMs);
  }
}

function readSettings({ env, ...options }: TracingOptions): TracingSettings | undefined {
  const [variable, url] = endpointOf(env);
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === "true" || env.OTEL_TRACES_EXPORTER === "none";
  if (!variable || url === undefined || isOff) return undefined;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new TracingError(`${variable}: ${JSON.stringify(env[variable])} must be a URL such as http://collector:4318`);
  }
  const named = env.OTEL_TRACES_SAMPLER || "parentbased_always_on";
  const sampler = SAMPLERS.find((each) => each === named);
  if (!sampler) {
    throw new TracingError(`OTEL_TRACES_SAMPLER: ${JSON.stringify(named)} must be one of ${SAMPLERS.join(", ")}`);
  }
  return {
    ...options,
    url,
    serviceName: env.OTEL_SERVICE_NAME || "khook-gateway",
    sampler,
    ratio: numberOf(env, "OTEL_TRACES_SAMPLER_ARG", 1, 1),
    delayMs: numberOf(env, "OTEL_BSP_SCHEDULE_DELAY", 5_000, 3_600_000),
  };
}

function endpointOf(env: TracingOptions["env"]): readonly [variable?: string, url?: string] {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces, OTEL_EXPORTER_OTLP_ENDPOINT: all } = env;
  if (traces) return ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces];
  return all ? ["OTEL_EXPORTER_OTLP_ENDPOINT", `${all.replace(/\/+$/, "")}/v1/traces`] : [];
}

function numberOf(env: TracingOptions["env"], variable: string, fallback: number, most: number): number {
  const text = env[variable];
  if (text === undefined || text === "") return fallback;
  const number = Number(text);
  if (!(number >= 0 && number <= most)) {
    throw new TracingError(`${variable}: ${JSON.stringify(text)} must be a number from 0 to ${most}`);
  }
  return number;
}
