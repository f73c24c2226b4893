// /metrics on a port of its own, so that what scrapes need not reach the API, and the other way round.
// It takes no part in the API's log and metrics: it is asked every few seconds for as long as the process lives.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf, ERROR_CODES } from "../graph/errors.ts";
import { decided } from "./callerRights.ts";
import type { Certificates } from "./certificates.ts";
import { credentialsOf } from "./credentials.ts";
import { createListener } from "./listener.ts";
import { answerOf, chooseFormat, requireMetrics, SCRAPED_PATH, type Scrape } from "./metrics.ts";
import { type Prover, proven } from "./proving.ts";
import { splitUrl } from "./queryText.ts";

export interface MetricsServerOptions {
  readonly scrape: Scrape;
  /** Who lets in. */
  readonly prover: Prover;
  /** undefined: every address of the machine. */
  readonly host: string | undefined;
  /** 0 takes a free port. */
  readonly port: number;
  /** Served with over TLS; plain HTTP without them. */
  readonly certificates?: Certificates | undefined;
}

export interface MetricsServer {
  /** `http://127.0.0.1:8080/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

/** Few scrape, and each on a connection or two. */
const MAX_CONNECTIONS = 200;

/** Rejects when the address cannot be had. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { scrape, prover, host, port, certificates } = options;
  const times = { requestTimeout: 10_000, headersTimeout: 10_000 };
  const { server, scheme, handshakes } = createListener(times, certificates, (req, res) => {
    answer(req, res, scrape, prover).catch(() => res.destroy()); // its caller has gone
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, family, port: taken } = server.address() as AddressInfo; // a string only for a pipe
  const named = host === undefined ? "127.0.0.1" : family === "IPv6" ? `[${address}]` : address;
  return {
    url: `${scheme}://${named}:${taken}${SCRAPED_PATH}`,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        handshakes.destroyAll();
      });
    },
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, scrape: Scrape, prover: Prover) {
  const { url = "/", method, headers } = req;
  const refuse = (status: number, text: string, more: Readonly<Record<string, string>> = {}) => {
    res.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...more });
    res.end(`${text}\n`);
  };
  if (splitUrl(url).path !== SCRAPED_PATH) return refuse(404, `Metrics are at ${SCRAPED_PATH}.`);
  if (method !== "GET" && method !== "HEAD") return refuse(405, "GET and HEAD are served.", { Allow: "GET, HEAD" });
  const denial = await denialOf(req, prover);
  if (denial)
    return refuse(denial.status, denial.detail, denial.status === 401 ? { "WWW-Authenticate": "Bearer" } : {});
  const format = chooseFormat(headers.accept);
  if (!format) return refuse(406, "Metrics are text/plain or application/openmetrics-text.");
  const { headers: about, body } = await answerOf(scrape, format, headers["accept-encoding"]?.toString());
  res.writeHead(200, { ...about, "Content-Length": Buffer.byteLength(body) });
  res.end(method === "HEAD" ? undefined : body);
}

/** Why the caller may not have them; undefined when it may. */
async function denialOf(req: IncomingMessage, prover: Prover) {
  const { access } = prover;
  if (!access.isGuarded) return undefined;
  const found = await proven(prover, req, credentialsOf(req), access.admit);
  if ("refusal" in found) return found.refusal;
  try {
    // Not by all that it may see, which takes a question for each namespace.
    await requireMetrics({ mayGet: (path) => decided(found.rights.mayGet(path)) });
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    return { status: ERROR_CODES[code].status, detail: error.message };
  }
}
