// The tracer, over the OpenTelemetry SDK: spans go to a collector in batches, over OTLP/HTTP as JSON. Loaded only when asked for.
// A collector that is slow or gone costs spans: what does not fit into the queue is dropped, and requests never wait.
import { AsyncLocalStorage } from "node:async_hooks";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  createTraceState,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { RemoteParent, Span, Tracer } from "./tracer.ts";
import type { TracingSettings } from "./tracing.ts";

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;
/** A collector that is away is told of so often. */
const COMPLAIN_EVERY_MS = 60_000;

export function openTelemetryTracer(settings: TracingSettings): Tracer {
  const { url, version, serviceName, delayMs, log, elapsed } = settings;
  const agent = new (url.startsWith("https:") ? HttpsAgent : HttpAgent)({ keepAlive: true });
  let complainedAt = Number.NEGATIVE_INFINITY;
  const complain = (text: string) => {
    if (elapsed() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = elapsed();
    log.warn({ reason: text.slice(0, 300) }, "traces could not be sent");
  };
  const silent = () => {};
  diag.setLogger(
    { error: complain, warn: silent, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  const provider = new TracerProvider({
    sampler: samplerOf(settings),
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": serviceName, "service.version": version }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url, httpAgentOptions: () => agent }),
        scheduledDelayMillis: delayMs,
      }),
    ],
  });
  const tracer = provider.getTracer("khook-gateway", version);
  const around = new AsyncLocalStorage<TracedSpan>();

  return {
    begin({ name, kind, attributes, parent }) {
      const outer = parent ? remote(parent) : around.getStore()?.sdk;
      const context = outer ? trace.setSpan(ROOT_CONTEXT, outer) : ROOT_CONTEXT;
      return new TracedSpan(tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, context));
    },
    within: (span, run) => around.run(span as TracedSpan, run), // begin() makes no others
    get isWithin() {
      return around.getStore()?.isOpen ?? false;
    },
    async close(graceMs) {
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          complain(`the collector has not taken them in the ${graceMs} ms that were left`);
          resolve();
        }, graceMs);
      });
      await Promise.race([provider.shutdown().catch((error: unknown) => complain(String(error))), tooLong]);
      clearTimeout(timer);
      agent.destroy(); // what is still being sent is given up
      diag.disable();
    },
  };
}

class TracedSpan implements Span {
  readonly sdk: SdkSpan;
  /** What goes on in the wake of a request that is over, such as a stream's reading, is no part of its trace. */
  isOpen = true;

  constructor(sdk: SdkSpan) {
    this.sdk = sdk;
  }

  get traceId(): string {
    return this.sdk.spanContext().traceId;
  }

  get headers(): Readonly<Record<string, string>> {
    const { traceId, spanId, traceFlags, traceState } = this.sdk.spanContext();
    const state = traceState?.serialize();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`,
      ...(state ? { tracestate: state } : {}),
    };
  }

  rename(name: string): void {
    this.sdk.updateName(name);
  }

  set(attributes: Parameters<Span["set"]>[0]): void {
    this.sdk.setAttributes({ ...attributes });
  }

  fail(reason: string): void {
    this.sdk.setStatus({ code: SpanStatusCode.ERROR, message: reason });
  }

  end(): void {
    this.isOpen = false;
    this.sdk.end();
  }
}

function remote({ traceId, spanId, isSampled, state }: RemoteParent): SdkSpan {
  return trace.wrapSpanContext({
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  });
}

/** By the names that OTEL_TRACES_SAMPLER has. */
function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const isByParent = sampler.startsWith("parentbased_");
  const root = rootSampler(sampler.replace("parentbased_", ""), ratio);
  return isByParent ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === "always_off") return new AlwaysOffSampler();
  return name === "traceidratio" ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}
