// One log line for each request, when its answer has been sent or its caller has gone.
// It says what a log is asked for (which request, what came of it, how long, how much) and no header or body.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Middleware } from "koa";
import type { Logger } from "pino";
import { requestIdOf } from "./requestId.ts";

export type HttpLog = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** Addresses longer than this are cut: a filter can be long, a log line need not be. */
const MAX_URL = 500;

/** One line for a WebSocket, when it has ended. */
export function logSocket(
  req: IncomingMessage,
  socket: Duplex,
  { log, elapsed }: { readonly log: HttpLog; readonly elapsed: () => number },
): void {
  const startedAt = elapsed();
  const { remoteAddress: remote } = req.socket;
  socket.once("close", () => {
    const ms = Math.round((elapsed() - startedAt) * 10) / 10;
    log.info({ requestId: requestIdOf({ req }), url: cut(req.url ?? ""), ms, remote }, "socket");
  });
}

function cut(url: string): string {
  return url.length > MAX_URL ? `${url.slice(0, MAX_URL)}…` : url;
}

/** `elapsed` gives milliseconds from any fixed moment, and never goes back. */
export function requestLog(log: HttpLog, elapsed: () => number): Middleware {
  return (ctx, next) => {
    const { req, res, method, originalUrl } = ctx;
    const startedAt = elapsed();
    res.once("close", () => {
      const line = {
        requestId: requestIdOf({ req }),
        method,
        url: cut(originalUrl),
        status: res.statusCode,
        ms: Math.round((elapsed() - startedAt) * 10) / 10,
        bytes: Number(res.getHeader("content-length") ?? 0) || undefined,
        remote: req.socket.remoteAddress,
      };
      if (!res.writableFinished) log.info(line, "request given up by its caller");
      else if (res.statusCode >= 500) log.error(line, "request failed");
      else log.info(line, "request");
    });
    return next();
  };
}
