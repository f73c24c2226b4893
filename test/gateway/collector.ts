// An OTLP/HTTP collector on loopback that keeps the spans it is sent, or takes its time, or takes nothing.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: CollectedSpan["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly resource: CollectedSpan["attributes"];
  /** How often anybody connected. */
  readonly connections: number;
}

/** `answering` never comes back when the collector is to be stuck. */
export async function startCollector(
  answering: (response: ServerResponse) => void = (response) => response.end("{}"),
): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  let resource: CollectedSpan["attributes"] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as Export; // OTLP's JSON form
    for (const each of resourceSpans) {
      resource = each.resource.attributes;
      spans.push(...each.scopeSpans.flatMap((scope) => scope.spans));
    }
    response.setHeader("Content-Type", "application/json");
    answering(response);
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // a string only for a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    get resource() {
      return resource;
    },
    get connections() {
      return connections;
    },
  };
}
