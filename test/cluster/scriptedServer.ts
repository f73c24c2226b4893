// An HTTP server that answers as a test tells it to, and remembers what it was asked.
// Closing it tears down whatever is still open.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly request: IncomingMessage;
}

export type Answer = (response: ServerResponse, asked: Asked) => void | Promise<void>;

export class ScriptedServer {
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(answer: Answer, tls?: ServerOptions): Promise<ScriptedServer> {
    const serve: RequestListener = (request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const { method = "", headers } = request;
      const asked = { method, path: url.pathname, query: url.searchParams, headers, request };
      scripted.asked.push(asked);
      void answer(response, asked);
    };
    const server = tls ? createTlsServer(tls, serve) : createServer(serve);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const scripted = new ScriptedServer(server, `${tls ? "https" : "http"}://127.0.0.1:${port}`);
    return scripted;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function json(response: ServerResponse, body: unknown, code = 200, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
