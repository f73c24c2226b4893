// Sockets to the API server: one request with the credentials and the TLS of the kubeconfig, connections kept alive.
// Dead peers are noticed by TCP: probes begin after 30 s of silence, and the system gives up about 10 s later.
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, type RequestOptions, request as requestHttps } from "node:https";
import type { Credentials } from "./credentials.ts";

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether it does no harm to be sent twice. */
  readonly isRepeatable: boolean;
  readonly signal: AbortSignal;
}

const KEEP_ALIVE = { keepAlive: true, keepAliveMsecs: 30_000 } as const;

export class Transport {
  readonly #credentials: Credentials;
  #agent: { readonly made: string; readonly agent: HttpAgent } | undefined;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Resolves with the head of the answer, whatever its status; rejects when there is none, or when the signal aborts. */
  async send(request: TransportRequest): Promise<IncomingMessage> {
    const options = await this.#credentials.options();
    const isTls = request.url.protocol === "https:";
    const agent = options.agent ?? this.#agentFor(options, isTls);
    const attempt = (): Promise<Answer> => exchange(request, { ...options, agent }, isTls);
    const first = await attempt();
    // A kept connection may have been closed just as the request was written; what does no harm is sent again.
    const last = first.staleConnection && request.isRepeatable ? await attempt() : first;
    if (last.message) return last.message;
    throw last.error;
  }

  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = undefined;
  }

  /** The same agent, and so the same connections, until the certificates change. */
  #agentFor(
    { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }: RequestOptions,
    isTls: boolean,
  ): HttpAgent {
    const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    const made = JSON.stringify([isTls, ...Object.values(tls).map((value) => value?.toString() ?? null)]);
    if (this.#agent?.made !== made) {
      this.#agent?.agent.destroy();
      const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
      this.#agent = { made, agent: isTls ? new HttpsAgent({ ...KEEP_ALIVE, ...given }) : new HttpAgent(KEEP_ALIVE) };
    }
    return this.#agent.agent;
  }
}

interface Answer {
  readonly message?: IncomingMessage;
  readonly error?: Error;
  readonly staleConnection: boolean;
}

function exchange(request: TransportRequest, options: RequestOptions, isTls: boolean): Promise<Answer> {
  const { method, url, headers, body, signal } = request;
  return new Promise((resolve) => {
    const send = isTls ? requestHttps : requestHttp;
    const outgoing = send(url, { ...options, method, headers: { ...options.headers, ...headers }, signal });
    outgoing.on("response", (message) => {
      message.socket.setKeepAlive(true, KEEP_ALIVE.keepAliveMsecs);
      resolve({ message, staleConnection: false });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const staleConnection = outgoing.reusedSocket && error.code === "ECONNRESET" && !signal.aborted;
      resolve({ error, staleConnection });
    });
    outgoing.end(body);
  });
}
