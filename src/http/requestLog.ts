// One log line for each request, when its answer has been sent or its caller has gone, and one for each stream at its end.
// It says what a log is asked for (which request, what came of it, how long, how much) and no header, no body, no token.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Middleware } from "koa";
import type { Logger } from "pino";
import { factsOf, type RequestFacts } from "./requestFacts.ts";
import { shownUrl } from "./shownUrl.ts";
import { announcedLength } from "./taggedResponse.ts";

export type HttpLog = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** A request that is over. */
export interface Answered {
  readonly facts: RequestFacts;
  readonly method: string;
  /** What was sent; undefined when the caller went before the answer did. */
  readonly status: number | undefined;
  /** From the head of the request to the last of the answer. */
  readonly ms: number;
}

/** Callers call their operations what they like. */
const MAX_NAME = 100;

export interface RequestLogOptions {
  readonly log: HttpLog;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  /** Hears of each request when it is over. */
  readonly answered?: ((answered: Answered) => void) | undefined;
}

export function requestLog({ log, elapsed, answered }: RequestLogOptions): Middleware {
  return (ctx, next) => {
    const { req, res, method, originalUrl } = ctx;
    const { remoteAddress } = req.socket; // not known any more when the connection is gone
    const startedAt = elapsed();
    res.on("close", () => {
      // told once
      const ms = elapsed() - startedAt;
      const facts = factsOf(req);
      const line = {
        ...lineOf(facts, method, originalUrl, ms),
        status: res.statusCode,
        bytes: announcedLength(res),
        remote: remoteAddress,
      };
      const isSent = res.writableFinished || facts.stream !== undefined;
      answered?.({ facts, method, status: isSent ? res.statusCode : undefined, ms });
      if (facts.stream) log.info({ ...line, ...facts.stream }, "stream");
      else if (!isSent) log.info(line, "request given up by its caller");
      else if (facts.isShed)
        log.debug(line, "request refused unheard"); // there are many, and no time
      else if (res.statusCode >= 500) log.error(line, "request failed");
      else log.info(line, "request");
    });
    return next();
  };
}

/** One line for a WebSocket, when it has ended. */
export function logSocket(req: IncomingMessage, socket: Duplex, { log, elapsed, answered }: RequestLogOptions): void {
  const { remoteAddress: remote } = req.socket;
  const { method = "", url = "" } = req;
  const startedAt = elapsed();
  // What the socket was sent last is still being read when it closes, and that may say why.
  const closed = () => {
    const ms = elapsed() - startedAt;
    const facts = factsOf(req);
    answered?.({ facts, method, status: facts.stream ? 101 : undefined, ms });
    log.info({ ...lineOf(facts, method, url, ms), remote, ...facts.stream }, "socket");
  };
  socket.once("close", () => setImmediate(closed));
}

function lineOf(
  { id: requestId, traceId, route, operation, user }: RequestFacts,
  method: string,
  url: string,
  ms: number,
) {
  const name = operation?.slice(0, MAX_NAME);
  return { requestId, traceId, method, url: shownUrl(url), route, operation: name, user, ms: rounded(ms) };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
