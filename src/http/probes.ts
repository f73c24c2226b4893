// The probe server: /livez, /readyz and /healthz on a port of their own, as kubelets and people ask Kubernetes' own servers.
// Alive is who answers: neither the API server nor kagent has a say in it. Ready is who is in sync and not going away.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ProbeOptions {
  /** undefined: all addresses. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Why no requests should be sent here; undefined while they should. */
  readonly notReady: () => string | undefined;
}

export interface ProbeServer {
  /** Rejects when the address cannot be had. */
  listen(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

interface Check {
  readonly name: string;
  readonly fault: string | undefined;
}

export function createProbes({ host, port, notReady }: ProbeOptions): ProbeServer {
  const alive = (): readonly Check[] => [{ name: "ping", fault: undefined }];
  const ready = (): readonly Check[] => [...alive(), { name: "sync", fault: notReady() }];
  const probes: Readonly<Record<string, () => readonly Check[]>> = { livez: alive, readyz: ready, healthz: alive };

  const server: Server = createServer(
    { requestTimeout: 5_000, headersTimeout: 5_000 },
    ({ method, url = "/" }, response) => {
      const [pathname = "", query] = url.split("?", 2); // anybody may send anything: nothing here throws
      const name = pathname.slice(1);
      const checks = Object.hasOwn(probes, name) ? probes[name]?.() : undefined;
      const isAsked = method === "GET" || method === "HEAD";
      const status = !checks ? 404 : !isAsked ? 405 : checks.every(({ fault }) => fault === undefined) ? 200 : 503;
      const text = checks && isAsked ? report(name, checks, new URLSearchParams(query).has("verbose")) : `${status}\n`;
      response.writeHead(status, {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        ...(status === 405 ? { Allow: "GET, HEAD" } : {}),
      });
      response.end(method === "HEAD" ? undefined : text);
    },
  );

  return {
    listen() {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ ...(host === undefined ? {} : { host }), port }, () => {
          server.off("error", reject);
          resolve({ port: (server.address() as AddressInfo).port }); // a string only for a pipe
        });
      });
    },
    close() {
      return new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** `ok`, or each check by a line, as Kubernetes' own servers write them; what is wrong is always said. */
function report(name: string, checks: readonly Check[], isVerbose: boolean): string {
  const isWell = checks.every(({ fault }) => fault === undefined);
  if (isWell && !isVerbose) return "ok";
  const lines = checks.map(({ name: check, fault }) =>
    fault === undefined ? `[+]${check} ok` : `[-]${check} failed: ${fault}`,
  );
  return `${lines.join("\n")}\n${name} check ${isWell ? "passed" : "failed"}\n`;
}
