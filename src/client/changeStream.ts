// A stream as an async iterable that outlives its connections: it comes back, goes on where it was, and can be left at any time.
// A subscription cannot be paused; so when too much waits to be taken the connection ends, and is made anew when all is taken.
import { backoff, LONGEST_MS } from "./backoff.ts";
import { connect, type Ending, type Hearer } from "./connection.ts";
import type { Gateway } from "./gateway.ts";
import type { GatewayError } from "./gatewayError.ts";
import { Place, type StreamOperation } from "./place.ts";

export interface StreamOptions {
  /** Aborted, it ends the stream as leaving the loop does. */
  readonly signal?: AbortSignal;
  /** How many changes may wait to be taken, 1000 when left out. What is more waits at the gateway. */
  readonly buffer?: number;
  /** How often the gateway is asked whether it is still there, 15000 ms when left out; it has as long to say so. */
  readonly pingEvery?: number;
  /** Hears why a connection was lost or not had, and in how many milliseconds the next will be tried. */
  readonly onRetry?: (reason: GatewayError, wait: number) => void;
}

/** It connects when the first change is asked for, and throws a GatewayError only when coming back cannot help. */
export interface ChangeStream<Change> extends AsyncIterable<Change, undefined> {
  next(): Promise<IteratorResult<Change, undefined>>;
  /** Ends it at once, also while `next` waits: that is done then. */
  return(): Promise<IteratorResult<Change, undefined>>;
  [Symbol.asyncIterator](): ChangeStream<Change>;
}

const BUFFER = 1_000;
const PING_EVERY = 15_000;

interface Waiting<Change> {
  readonly resolve: (result: IteratorResult<Change, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

export function follow<Change extends { readonly cursor: string }>(
  gateway: Gateway,
  operation: StreamOperation,
  variables: object,
  options: StreamOptions = {},
): ChangeStream<Change> {
  return new Following<Change>(gateway, operation, variables, options);
}

class Following<Change extends { readonly cursor: string }> implements ChangeStream<Change> {
  readonly #gateway: Gateway;
  readonly #operation: StreamOperation;
  readonly #options: StreamOptions;
  readonly #limit: number;
  readonly #place: Place;
  readonly #untaken: Change[] = [];
  readonly #waiting: Waiting<Change>[] = [];
  #state: "new" | "following" | "full" | "over" = "new";
  /** What it ended with, until that is thrown. */
  #failure: unknown;
  #failures = 0;
  #leave: () => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(gateway: Gateway, operation: StreamOperation, variables: object, options: StreamOptions) {
    const { buffer = BUFFER } = options;
    if (!Number.isInteger(buffer) || buffer < 1) throw new RangeError(`buffer: ${buffer} is no number from 1 on`);
    this.#gateway = gateway;
    this.#operation = operation;
    this.#options = options;
    this.#limit = buffer;
    this.#place = new Place(operation, { ...variables }, gateway.now);
  }

  async next(): Promise<IteratorResult<Change, undefined>> {
    const { signal } = this.#options;
    if (signal?.aborted) this.#end();
    if (this.#state === "new") {
      signal?.addEventListener("abort", this.#end);
      this.#connect();
    }
    const value = this.#untaken.shift();
    if (value !== undefined) {
      if (this.#state === "full" && this.#untaken.length === 0) this.#connect();
      return { done: false, value };
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    if (this.#state === "over") return { done: true, value: undefined };
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<Change, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #connect(): void {
    this.#state = "following";
    const since = this.#gateway.now();
    let isFruitful = false;
    const hearer: Hearer = {
      connected: (head) => {
        const variables = this.#place.variables();
        this.#place.begin(head);
        return variables;
      },
      next: (data) => {
        isFruitful = true;
        this.#hear(data[this.#operation.field] as Change); // both it and the operation come from the schema
      },
      ended: (ending) => {
        if (isFruitful || this.#gateway.now() - since > LONGEST_MS) this.#failures = 0;
        this.#lost(ending);
      },
    };
    const { pingEvery = PING_EVERY } = this.#options;
    try {
      this.#leave = connect(this.#gateway, this.#operation, hearer, { pingEvery });
    } catch (error) {
      this.#fail(error);
    }
  }

  #hear(change: Change): void {
    this.#place.told(change.cursor);
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting.resolve({ done: false, value: change });
      return;
    }
    this.#untaken.push(change);
    if (this.#untaken.length < this.#limit) return;
    this.#state = "full";
    this.#leave();
  }

  #lost({ reason, isFinal }: Ending): void {
    if (isFinal) {
      this.#fail(reason);
      return;
    }
    const { random } = this.#gateway;
    const wait = backoff(this.#failures++, random(), (reason.retryAfter ?? 0) * 1_000);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#options.onRetry?.(reason, wait);
  }

  /** What waits to be taken is still taken; then it is thrown, once. */
  #fail(error: unknown): void {
    this.#settle();
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) this.#failure = error;
    for (const [index, { resolve, reject }] of waiting.entries()) {
      if (index === 0) reject(error);
      else resolve({ done: true, value: undefined });
    }
  }

  readonly #end = (): void => {
    if (this.#state === "over") return;
    this.#settle();
    this.#untaken.length = 0;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  };

  #settle(): void {
    this.#state = "over";
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#end);
    this.#leave();
  }
}
