// The embedded Kubernetes API server on a socket: HTTP in front of the API, with faults in between.
// Promises to end everything it started when its signal aborts or it is closed.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Access } from "./access.ts";
import { Api } from "./api.ts";
import { bootstrap } from "./bootstrap.ts";
import { Delivery } from "./delivery.ts";
import { type Effect, type Match, matches, type RequestFacts } from "./faultRule.ts";
import { Faults } from "./faults.ts";
import { fixedAnswer } from "./fixedAnswers.ts";
import { Port } from "./port.ts";
import type { Reply, WatchReply } from "./reply.ts";
import { type RecordedRequest, RequestLog } from "./requestLog.ts";
import { isResource, routeOf } from "./router.ts";
import { internalError, StatusError } from "./statusError.ts";
import type { Storage } from "./storage.ts";
import { Termination } from "./termination.ts";
import { commonHeaders, packed, statusBody } from "./wire.ts";

export interface ApiServerOptions {
  readonly storage: Storage;
  /** Aborting it closes the server. */
  readonly signal: AbortSignal;
  /** Default: a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly now: () => Date;
  readonly faults?: Faults;
  readonly access?: Access;
  /** Whether missing system namespaces and the Hook CRD are added at start. Default: true. */
  readonly bootstrap?: boolean;
  /** How often expired Events are looked for. Default: every second. */
  readonly expiryEveryMs?: number;
  /** How long a namespace or CRD stays terminating before its content goes. Default: 100 ms. */
  readonly terminationMs?: number;
  /** In [0, 1): where between 30 and 60 minutes a watch without timeoutSeconds ends. */
  readonly random?: () => number;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  readonly access: Access;
  readonly requests: RequestLog;
  close(): Promise<void>;
}

const MINUTE = 60_000;

/** What is being answered on a connection right now. */
interface Exchange {
  readonly facts: RequestFacts;
  readonly socket: Socket;
  readonly delivery: Delivery;
  watch: WatchReply | undefined;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const running = new RunningServer(options);
  try {
    await running.open();
  } catch (error) {
    await running.close();
    throw error;
  }
  options.signal.addEventListener("abort", () => void running.close(), { once: true });
  if (options.signal.aborted) await running.close();
  return running;
}

class RunningServer implements ApiServer {
  readonly faults: Faults;
  readonly access: Access;
  readonly requests = new RequestLog();
  private readonly options: ApiServerOptions;
  private readonly host: string;
  private readonly door: Port;
  private readonly api: Api;
  private readonly termination: Termination;
  private readonly exchanges = new Set<Exchange>();
  private readonly expiry: NodeJS.Timeout;
  private readonly closing = new AbortController();

  constructor(options: ApiServerOptions) {
    this.options = options;
    this.host = options.host ?? "127.0.0.1";
    this.door = new Port(this.host, (request, response) => {
      // Whatever goes wrong beyond an answer ends this connection and nothing else.
      this.serve(request, response).catch(() => response.destroy());
    });
    this.faults = options.faults ?? new Faults();
    this.access = options.access ?? new Access();
    const { storage, now, random = Math.random } = options;
    this.termination = new Termination({
      storage,
      now,
      delayMs: options.terminationMs ?? 100,
      endWatches: (resource) => this.closeWatches({ resource }),
    });
    const watchLifetimeMs = () => (30 + 30 * random()) * MINUTE;
    this.api = new Api({ storage, access: this.access, termination: this.termination, now, watchLifetimeMs });
    this.expiry = setInterval(() => storage.expireEvents(), options.expiryEveryMs ?? 1000);
    if (options.bootstrap !== false) bootstrap(storage);
    this.faults.attach({
      closeWatches: (match) => this.closeWatches(match),
      say: (match, text) => this.openWatches(match, (exchange) => exchange.delivery.raw(text)),
      dropConnections: (match) => this.dropConnections(match),
      expireVersions: (watchCache) => storage.compact({ watchCache }),
      down: (connections) => this.door.close(connections),
      up: () => this.open(),
    });
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  get port(): number {
    return this.door.number;
  }

  open(): Promise<void> {
    return this.closing.signal.aborted ? Promise.resolve() : this.door.open(this.port || this.options.port);
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearInterval(this.expiry);
    this.termination.stop();
    await this.door.close("dropped");
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { now } = this.options;
    const url = URL.parse(`http://api${request.url ?? "/"}`);
    if (url === null) {
      response.writeHead(400).end();
      return;
    }
    const facts = this.factsOf(request, url);
    const record = this.requests.record(facts, now());
    const effects = this.faults.take(facts);
    const { socket } = request;
    const exchange: Exchange = { facts, socket, delivery: new Delivery(response, effects), watch: undefined };
    this.exchanges.add(exchange);
    response.on("error", () => {});
    response.on("close", () => {
      record.isOpen = false;
      this.exchanges.delete(exchange);
    });
    if (await this.interfered(effects, request, exchange, record)) return;
    const headers = commonHeaders(now(), facts.user !== undefined);
    try {
      const answer = await this.api.handle(request, url);
      if ("start" in answer) this.startWatch(answer, headers, response, exchange, record);
      else this.answer(answer, headers, request, exchange, record);
    } catch (error) {
      const refusal = error instanceof StatusError ? error : internalError(String(error));
      const { status } = refusal;
      const reply = { code: status.code ?? 500, headers: refusal.headers, body: statusBody(status) };
      this.answer(reply, headers, request, exchange, record);
    }
  }

  /** Does what a fault puts in place of the answer; true when there is nothing left to answer. */
  private async interfered(
    effects: readonly Effect[],
    request: IncomingMessage,
    exchange: Exchange,
    record: RecordedRequest,
  ): Promise<boolean> {
    for (const effect of effects) {
      if (effect.do === "delay") await sleep(effect.ms, undefined, { signal: this.closing.signal }).catch(() => {});
      if (effect.do === "stall") return true;
      if (effect.do === "refuse") {
        exchange.socket.destroy();
        return true;
      }
      if (effect.do === "answer") {
        const fixed = { ...fixedAnswer(effect.code), ...definedPart(effect) };
        // Whoever refuses so early has not looked at priority and fairness yet.
        const headers = commonHeaders(this.options.now(), false);
        this.answer({ code: effect.code, ...fixed }, headers, request, exchange, record);
        return true;
      }
    }
    return exchange.socket.destroyed;
  }

  private answer(
    reply: Reply,
    headers: Readonly<Record<string, string>>,
    request: IncomingMessage,
    exchange: Exchange,
    record: RecordedRequest,
  ): void {
    record.code = reply.code;
    const answer = packed({ ...reply, headers: { ...headers, ...reply.headers } }, request);
    exchange.delivery.body(reply.code, answer.headers, answer.bytes);
  }

  private startWatch(
    reply: WatchReply,
    headers: Readonly<Record<string, string>>,
    response: ServerResponse,
    exchange: Exchange,
    record: RecordedRequest,
  ): void {
    record.code = 200;
    exchange.watch = reply;
    const { delivery } = exchange;
    delivery.open(200, { ...headers, "Transfer-Encoding": "chunked" });
    const stop = reply.start(
      (text) => delivery.line(text),
      () => delivery.end(),
    );
    response.on("close", stop);
    if (response.destroyed || response.writableEnded) stop();
  }

  private factsOf(request: IncomingMessage, url: URL): RequestFacts {
    const method = request.method ?? "GET";
    const route = routeOf(method, url);
    const where = isResource(route) ? route : undefined;
    return {
      method,
      verb: route.verb,
      path: url.pathname,
      query: url.searchParams,
      group: where?.group,
      resource: where?.resource,
      namespace: where?.namespace,
      name: where?.name,
      user: this.api.callerOf(request)?.username,
    };
  }

  private closeWatches(match: Match): number {
    return this.openWatches(match, (exchange) => exchange.delivery.end());
  }

  private openWatches(match: Match, act: (exchange: Exchange) => void): number {
    const open = [...this.exchanges].filter(({ watch, facts }) => watch !== undefined && matches(match, facts));
    for (const exchange of open) act(exchange);
    return open.length;
  }

  private dropConnections(match: Match): number {
    const hit = [...this.exchanges].filter(({ facts }) => matches(match, facts));
    for (const { socket } of hit) socket.destroy();
    return hit.length;
  }
}

function definedPart(effect: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string }) {
  return {
    ...(effect.headers === undefined ? {} : { headers: effect.headers }),
    ...(effect.body === undefined ? {} : { body: effect.body }),
  };
}
