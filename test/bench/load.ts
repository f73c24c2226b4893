// The load generator: a process of its own that asks one server at a time and says how fast and how right it answered.
// Bounded by time in every run. Closed loop: each connection asks when it was answered. Paced: latency counts from the plan.
import { Connection, header } from "./client.ts";
import { seeded } from "./random.ts";
import { type BenchRequest, REQUESTS, type RequestKind, type RequestMaker, type RequestOptions } from "./requests.ts";

export interface LoadOrder {
  readonly port: number;
  readonly kind: RequestKind;
  readonly rows: number;
  readonly seed: number;
  readonly connections: number;
  readonly millis: number;
  /** Requests a second; without it as many as are answered. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly bytes: number;
  readonly checked: number;
  /** Requests of a paced run that no connection was free to send when their time had come. */
  readonly late: number;
  /** The first few things that were wrong. */
  readonly faults: readonly string[];
}

/** One answer in so many is read and checked in full; the status of every one is. */
const CHECK_EVERY = 64;
const MAX_REQUESTS = 2_000_000;

export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: order.connections }, () => Connection.open(order.port)));
  try {
    const run = new Run(order, await optionsOf(order, connections));
    await (order.rate === undefined ? run.closedLoop(connections) : run.paced(connections, order.rate));
    return run.result();
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Answers as they come, for the comparison of servers with one another. */
export async function sample(
  port: number,
  kind: RequestKind,
  rows: number,
  seed: number,
  n: number,
): Promise<string[]> {
  const connection = await Connection.open(port);
  const random = seeded(seed);
  const make: RequestMaker = REQUESTS[kind];
  const bodies: string[] = [];
  try {
    while (bodies.length < n) {
      const answer = await connection.ask(make(random, { rows }).text);
      if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body?.slice(0, 500)}`);
      bodies.push(answer.body ?? "");
    }
  } finally {
    connection.close();
  }
  return bodies;
}

async function optionsOf(order: LoadOrder, [connection]: readonly Connection[]): Promise<RequestOptions> {
  if (order.kind !== "listNotModified" || !connection) return { rows: order.rows };
  const first = REQUESTS.listRepeated(seeded(0), { rows: order.rows });
  const etag = header(await connection.ask(first.text), "etag");
  if (etag === undefined) throw new Error("the server gives no ETag");
  return { rows: order.rows, etag };
}

class Run {
  readonly #order: LoadOrder;
  readonly #next: () => BenchRequest;
  readonly #latencies: number[] = [];
  readonly #faults: string[] = [];
  #sent = 0;
  #checked = 0;
  #bytes = 0;
  #late = 0;
  #began = 0;
  #ended = 0;

  constructor(order: LoadOrder, options: RequestOptions) {
    const make: RequestMaker = REQUESTS[order.kind];
    const random = seeded(order.seed);
    this.#order = order;
    this.#next = () => make(random, options);
  }

  async closedLoop(connections: readonly Connection[]): Promise<void> {
    this.#began = performance.now();
    const until = this.#began + this.#order.millis;
    await Promise.all(
      connections.map(
        (connection) =>
          new Promise<void>((resolve) => {
            const again = (): void => {
              if (performance.now() >= until || this.#sent >= MAX_REQUESTS || this.#faults.length >= 5) resolve();
              else this.#exchange(connection, performance.now(), again, resolve);
            };
            again();
          }),
      ),
    );
    this.#ended = performance.now();
  }

  /** Sends what is due at each wake-up; what finds no free connection waits, and its wait counts. */
  async paced(connections: readonly Connection[], rate: number): Promise<void> {
    this.#began = performance.now();
    const total = Math.floor((this.#order.millis / 1000) * rate);
    const free = [...connections];
    const waiting: number[] = [];
    let planned = 0;
    let done = 0;
    await new Promise<void>((resolve) => {
      const dispatch = (): void => {
        while (waiting.length > 0 && free.length > 0) {
          const connection = free.pop();
          const due = waiting.shift();
          if (!connection || due === undefined) return;
          const settled = (): void => {
            free.push(connection);
            done += 1;
            if (done === total) resolve();
            else dispatch();
          };
          this.#exchange(connection, due, settled, settled);
        }
      };
      const tick = (): void => {
        const now = performance.now();
        for (; planned < total && this.#began + (planned * 1000) / rate <= now; planned += 1) {
          if (free.length === 0) this.#late += 1;
          waiting.push(this.#began + (planned * 1000) / rate);
        }
        dispatch();
        if (now > this.#began + this.#order.millis + 30_000) {
          this.#fault(`${total - done} requests are still unanswered after 30 s`);
          resolve();
        } else if (done < total) setTimeout(tick, 1);
      };
      tick();
    });
    this.#ended = performance.now();
  }

  #exchange(connection: Connection, due: number, settled: () => void, broken: () => void): void {
    const request = this.#next();
    const check = this.#sent % CHECK_EVERY === 0;
    this.#sent += 1;
    connection.send(request.text, check, (answer) => {
      if (answer instanceof Error) {
        this.#fault(answer.message);
        broken();
        return;
      }
      this.#latencies.push(performance.now() - due);
      this.#bytes += answer.bytes;
      if (answer.status !== request.status) this.#fault(`status ${answer.status} instead of ${request.status}`);
      else if (check) this.#check(request, answer.body ?? "");
      settled();
    });
  }

  #check(request: BenchRequest, body: string): void {
    this.#checked += 1;
    try {
      const fault = request.fault(body);
      if (fault !== undefined) this.#fault(fault);
    } catch (error) {
      this.#fault(`${error instanceof Error ? error.message : error}: ${body.slice(0, 200)}`);
    }
  }

  #fault(text: string): void {
    if (this.#faults.length < 5) this.#faults.push(text);
  }

  result(): LoadResult {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      requests: sorted.length,
      perSecond: (sorted.length * 1000) / (this.#ended - this.#began),
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
      bytes: this.#bytes,
      checked: this.#checked,
      late: this.#late,
      faults: this.#faults,
    };
  }
}
