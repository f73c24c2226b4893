// HTTP/2 on the port of an HTTPS server: connections whose caller has agreed on it are taken over, the others stay what they are.
// Requests come to the same handler, as Node's objects of both are alike; a WebSocket goes over HTTP/1.1.
import type { IncomingMessage, RequestListener } from "node:http";
import {
  constants,
  createServer,
  type Http2Server,
  Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server } from "node:https";
import type { TLSSocket } from "node:tls";

/** In the order of our liking. */
export const ALPN_PROTOCOLS = ["h2", "http/1.1"] as const;

export interface Http2Limits {
  readonly maxHeaderBytes: number;
  /** How long a connection may be idle. */
  readonly idleMs: number;
  /** How long a body may stand still on its way. */
  readonly bodyMs: number;
}

/** One caller may have so many requests under way, streams among them, on one connection. */
const MAX_REQUESTS = 100;
/** Who is told to go has so long. */
const LAST_CALL_MS = 250;

export class Http2Sessions {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  #whenNone: (() => void) | undefined;

  constructor({ maxHeaderBytes, idleMs, bodyMs }: Http2Limits, handle: RequestListener) {
    const settings = { maxConcurrentStreams: MAX_REQUESTS, maxHeaderListSize: maxHeaderBytes };
    this.#server = createServer({ settings }, (req, res) => {
      if (!req.stream.endAfterHeaders) endStalledBody(req, bodyMs);
      handle(...asHttp1(req, res));
    });
    this.#server.setTimeout(idleMs);
    this.#server.on("timeout", (session: ServerHttp2Session) => {
      session.close();
      setTimeout(() => session.destroy(), LAST_CALL_MS).unref(); // whoever takes nothing of an answer would hold it for ever
    });
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) this.#whenNone?.();
      });
    });
    this.#server.on("sessionError", () => {}); // a close follows
  }

  /** Takes the connections that have agreed on HTTP/2 from the server, and no others. */
  takeFrom(server: Server): void {
    const others = server.listeners("secureConnection");
    server.removeAllListeners("secureConnection");
    server.on("secureConnection", (socket) => {
      if (isHttp2(socket)) this.#server.emit("connection", socket);
      else for (const listener of others) listener.call(server, socket);
    });
  }

  /** No request is taken any more; resolves when those under way are done and the callers have gone, or after a moment. */
  async takeLeave(): Promise<void> {
    for (const session of this.#sessions) session.close();
    if (this.#sessions.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_CALL_MS);
      this.#whenNone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  destroyAll(): void {
    for (const session of this.#sessions) session.destroy();
  }
}

export function isHttp2({ alpnProtocol }: TLSSocket): boolean {
  return alpnProtocol === "h2";
}

/** The stream that a request came on, which its answer goes out on; undefined of HTTP/1. */
export function streamOf(request: IncomingMessage): ServerHttp2Stream | undefined {
  return request instanceof Http2ServerRequest ? request.stream : undefined;
}

/** As HTTP/1 does it by a word in the answer: whoever asks again does so on another connection. */
export function closeBehind(request: IncomingMessage): void {
  streamOf(request)?.session?.close();
}

function endStalledBody(request: Http2ServerRequest, bodyMs: number): void {
  const { stream } = request;
  stream.setTimeout(bodyMs, () => {
    if (!request.complete) stream.close(constants.NGHTTP2_CANCEL);
  });
}

function asHttp1(request: Http2ServerRequest, response: Http2ServerResponse): Parameters<RequestListener> {
  return [request, response] as unknown as Parameters<RequestListener>; // Node's compatibility API, made to be taken for it
}
