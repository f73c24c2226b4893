// A real server on a free port of loopback, with what its log said. For tests of everything that speaks HTTP.
import type { Middleware } from "koa";
import type { Certificates } from "../../src/http/certificates.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly details: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface ListeningServer {
  readonly url: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly lines: LogLine[];
}

/** A log that keeps its lines: with the methods of pino that the gateway calls. */
export function keptLog(lines: LogLine[]) {
  const level =
    (name: LogLine["level"]) =>
    (details: unknown, message?: string): void => {
      const isText = typeof details === "string";
      lines.push({
        level: name,
        details: isText ? {} : (details as LogLine["details"]), // pino takes details or a text first
        message: isText ? details : (message ?? ""),
      });
    };
  return { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
}

export async function listening(
  middleware: readonly Middleware[],
  lines: LogLine[] = [],
  tls: { readonly certificates?: Certificates; readonly http2?: boolean } = {},
): Promise<ListeningServer> {
  let named = 0;
  const server = createHttpServer({
    middleware,
    host: "127.0.0.1",
    port: 0,
    ...tls,
    log: keptLog(lines),
    newRequestId: () => `made-${++named}`,
    elapsed: () => performance.now(),
  });
  const { url, port } = await server.listen();
  return { url, port, server, lines };
}
