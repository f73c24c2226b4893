// What tracing is to the rest of the gateway: spans that stand inside one another, whatever library writes them down.
// Without an endpoint there is no tracer, and then nobody is around anything.

/** Of a trace that began elsewhere. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  /** The tracestate header, handed on as it is. */
  readonly state?: string | undefined;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  readonly name: string;
  readonly kind: "server" | "client" | "internal";
  readonly attributes: Attributes;
  /** Without one it stands inside the span that is around the call, or begins a trace. */
  readonly parent?: RemoteParent | undefined;
}

export interface Span {
  readonly traceId: string;
  /** For a request that is made inside of it: traceparent, and tracestate when there is one. */
  readonly headers: Readonly<Record<string, string>>;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Marks it as failed. */
  fail(reason: string): void;
  end(): void;
}

export interface Tracer {
  begin(options: SpanOptions): Span;
  /** Runs what is to stand inside the span; it does not end it. */
  within<Result>(span: Span, run: () => Result): Result;
  /** Whether the call is made inside of a span that has not ended. */
  readonly isWithin: boolean;
  /** Sends what has not been sent, for at most so long, and lets go of everything. */
  close(graceMs: number): Promise<void>;
}
