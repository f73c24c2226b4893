// The HTTP server: a chain of middleware on one port, with a name and a log line for every request and a problem for every error.
// It stops the way it should: what is under way is finished, what comes meanwhile is refused, and nothing hangs for longer than told.
import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import Koa from "koa";
import type { Certificates } from "./certificates.ts";
import { Connections } from "./connections.ts";
import { closeBehind } from "./http2.ts";
import { createListener } from "./listener.ts";
import { Pipelines, type Serve } from "./pipelines.ts";
import { answerProblem, problems, refuseUpgrade } from "./problem.ts";
import { LEFT_TO_REQUEST_HEAD, requestHead } from "./requestHead.ts";
import { requestId } from "./requestId.ts";
import { type RequestLogOptions, requestLog } from "./requestLog.ts";
import { setSecurityHeaders } from "./securityHeaders.ts";
import { TaggedResponse } from "./taggedResponse.ts";
import type { Upgrade } from "./upgrade.ts";

export interface HttpServerOptions extends RequestLogOptions {
  /** In the order in which they are asked. Each either answers or calls next. */
  readonly middleware: readonly Koa.Middleware[];
  /** Takes over the requests that become WebSockets; without it there are none. */
  readonly upgrade?: Upgrade;
  /** Address to listen on: `127.0.0.1`, `::`, `0.0.0.0`. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Served with over TLS; plain HTTP without them. */
  readonly certificates?: Certificates | undefined;
  /** Whether HTTP/2 is spoken as well, over TLS. */
  readonly http2?: boolean;
  /** Those above are closed at once; without a limit when left out. */
  readonly maxConnections?: number;
  /** Names a request that brings no name of its own; unique. */
  readonly newRequestId: () => string;
  /** Is around each request from when it has its name, for traces. */
  readonly aroundRequest?: AroundRequest | undefined;
}

export type AroundRequest = (req: IncomingMessage, res: ServerResponse, next: () => Promise<unknown>) => Promise<void>;

export interface HttpServer {
  readonly httpServer: Server;
  /** Rejects when the address cannot be had. */
  listen(): Promise<Listening>;
  /** From now on every answer closes its connection, so that callers go elsewhere before it is time to refuse them. */
  leave(): void;
  /**
   * Stops: from now on every request is refused with 503, and the server is gone a moment after those under way are done, or
   * after `graceMs`, whichever comes first. May be called before listen, and again.
   */
  close(graceMs: number): Promise<void>;
}

export interface Listening {
  /** `http://127.0.0.1:8082`, `https://…` with a certificate; without a slash at the end. */
  readonly url: string;
  readonly port: number;
}

/** A caller has so long to send its headers, and its whole request. Answers, which may be streams, have no such bound. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the 60 s that most proxies keep an idle connection, so that it is the proxy who closes first. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 32_768;
/** A connection on which nothing moves for so long is closed, such as one whose peer takes nothing of its answer. Not streams. */
const IDLE_TIMEOUT_MS = 120_000;

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { middleware, upgrade, host, port, certificates, http2 = false, log, newRequestId, aroundRequest } = options;
  let isLeaving = false;
  let isDraining = false;
  let underWay = 0;
  let whenIdle: (() => void) | undefined;

  const app = new Koa();
  app.on("error", (err: Error) => log.warn({ err }, "answer broken off"));
  app.use(requestId(newRequestId));
  if (aroundRequest) app.use(({ req, res }, next) => aroundRequest(req, res, next));
  app.use(requestLog(options));
  app.use(problems(log));
  app.use(requestHead());
  app.use((ctx, next) => {
    if (!isDraining) return next();
    if (ctx.req.httpVersionMajor < 2) ctx.set("Connection", "close");
    ctx.set("Retry-After", "1");
    answerProblem(ctx, { status: 503, code: "UNAVAILABLE", detail: "The gateway is shutting down." });
    return undefined;
  });
  for (const each of middleware) app.use(each);

  const handle = app.callback();
  const {
    server: httpServer,
    scheme,
    handshakes,
    sessions,
  } = createListener(
    {
      ...LEFT_TO_REQUEST_HEAD,
      ServerResponse: TaggedResponse as typeof ServerResponse, // made with requests of no other class
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      shouldUpgradeCallback: (request) => upgrade?.takes(request) ?? false,
    },
    certificates,
    (req, res) => (req.httpVersionMajor === 1 ? pipelines.take(req, res) : serve(req, res, nobodyWaits)),
    http2 ? { maxHeaderBytes: MAX_HEADER_BYTES, idleMs: KEEP_ALIVE_MS, bodyMs: REQUEST_TIMEOUT_MS } : undefined,
  );
  const serve: Serve = (req, res, ended) => {
    underWay++;
    res.on("close", () => {
      // told once
      ended();
      underWay--;
      if (underWay === 0) whenIdle?.();
    });
    connections.used(req.socket);
    if (isLeaving) {
      res.shouldKeepAlive = false;
      closeBehind(req);
    }
    setSecurityHeaders(req, res);
    void handle(req, res);
  };
  const pipelines = new Pipelines(serve);
  if (options.maxConnections !== undefined) httpServer.maxConnections = options.maxConnections;
  httpServer.setTimeout(IDLE_TIMEOUT_MS);
  const connections = new Connections(httpServer, handshakes);
  if (upgrade) httpServer.on("upgrade", upgrade.handle);
  httpServer.on("checkExpectation", (req, res) => httpServer.emit("request", req, res));
  httpServer.on("clientError", (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket, newRequestId));

  return {
    httpServer,

    listen() {
      return new Promise((resolve, reject) => {
        httpServer.once("error", reject);
        httpServer.listen({ host, port }, () => {
          httpServer.off("error", reject);
          const address = httpServer.address() as AddressInfo; // a string only for a pipe
          const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
          resolve({ url: `${scheme}://${name}:${address.port}`, port: address.port });
        });
      });
    },

    leave() {
      isLeaving = true;
    },

    async close(graceMs) {
      isLeaving = true;
      isDraining = true;
      const closed = new Promise<void>((resolve) => {
        if (!httpServer.listening) resolve();
        else httpServer.once("close", () => resolve());
      });
      if (await idleWithin(graceMs)) await Promise.all([connections.takeLeave(), sessions?.takeLeave()]);
      httpServer.close();
      httpServer.closeAllConnections();
      sessions?.destroyAll();
      handshakes.destroyAll();
      await closed;
    },
  };

  /** Whether it came to be, within the time. */
  function idleWithin(graceMs: number): Promise<boolean> {
    if (underWay === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), graceMs);
      whenIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** Of HTTP/2, whose requests stand in no line. */
function nobodyWaits(): void {}

/** What is no HTTP request gets an answer that is one, and the connection is closed. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex, newRequestId: () => string): void {
  // Who could not agree on TLS could not read an answer either.
  if (!/^(?:HPE|ERR_HTTP)_/.test(error.code ?? "") || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = malformed(error.code);
  refuseUpgrade(socket, { status, title: STATUS_CODES[status] ?? "Error", detail, requestId: newRequestId() }, {});
}

function malformed(code: string | undefined): { readonly status: number; readonly detail: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, detail: `The headers are longer than ${MAX_HEADER_BYTES} bytes.` };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, detail: "The request did not arrive in time." };
    default:
      return { status: 400, detail: "This is not an HTTP request." };
  }
}
