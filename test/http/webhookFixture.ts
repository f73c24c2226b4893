// Webhooks over real sockets into a real store, whose writer dies when a message asks it to. The clock stands still.
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEventMappings } from "../../src/cluster/mappingFile.ts";
import { createOpenapi } from "../../src/http/openapi.ts";
import { createWebhook } from "../../src/http/webhook.ts";
import { createIngest } from "../../src/ingest.ts";
import type { SourceReport } from "../../src/sources/source.ts";
import { SupervisedSource } from "../../src/sources/supervisor.ts";
import { WebhookSecrets } from "../../src/sources/webhook/secrets.ts";
import { webhookSource } from "../../src/sources/webhook/webhook.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";
import { until } from "../cluster/cluster.ts";
import { TestClock } from "../cluster/testClock.ts";
import { TestLog } from "../cluster/testLog.ts";
import { type ListeningServer, listening } from "./listening.ts";

export const NOW = Date.parse("2026-11-23T12:00:00Z");
export const SECRET = "correct-horse-battery-staple";
export const STRUCTURED = "application/cloudevents+json";
const HOUR = 3_600_000;

export const MAPPINGS = `
mappings:
  - {eventSource: webhook, eventType: com.example.deploy.failed, internalType: DeployFailed, severity: high, description: A deployment failed, tags: {team: platform}}
  - {eventSource: ci, eventType: com.example.deploy.failed, internalType: ci-failed, message: [pipeline]}
  - {eventSource: alertmanager, eventType: KubePodCrashLooping, internalType: pod-restart}
  - {eventSource: alertmanager, eventType: Watchdog, enabled: false}
`;

export const EVENT = {
  specversion: "1.0",
  type: "com.example.deploy.failed",
  source: "/deployer",
  id: "deploy-1",
  time: "2026-11-23T11:58:00Z",
  data: { message: "image not found", namespace: "shop", deployment: "web" },
};

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
  readonly json: any;
}

type Headers = Readonly<Record<string, string>>;

export class WebhookServer {
  readonly store: EventStore;
  readonly log: TestLog;
  readonly secretFile: string;
  readonly server: ListeningServer;
  readonly report: () => SourceReport;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    made: Pick<WebhookServer, "store" | "log" | "secretFile" | "server" | "report">,
    parts: AsyncDisposableStack,
  ) {
    this.store = made.store;
    this.log = made.log;
    this.secretFile = made.secretFile;
    this.server = made.server;
    this.report = made.report;
    this.#parts = parts;
  }

  static async start(): Promise<WebhookServer> {
    await using starting = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), "khook-gateway-webhook-"));
    starting.defer(() => rm(directory, { recursive: true, force: true }));
    const secretFile = join(directory, "secret");
    await writeFile(secretFile, `${SECRET}\n`);
    const store = await openStore({
      path: join(directory, "events.sqlite"),
      now: () => NOW,
      dedupWindow: 600_000,
      retention: { maxAge: 30 * 24 * HOUR, maxBytes: 2 ** 30 },
      writer: new URL("../store/fragileWriter.ts", import.meta.url),
    });
    starting.defer(() => store.close());
    const log = new TestLog();
    const clock = new TestClock({ now: NOW });
    const source = webhookSource({
      cluster: "test",
      mappings: readEventMappings(MAPPINGS, "map.yaml").others,
      secrets: await WebhookSecrets.open(secretFile),
      hooksReady: Promise.resolve(),
      clock,
      log,
    });
    const supervised = new SupervisedSource(source, { clock, log });
    const life = new AbortController();
    const running = supervised.run(
      createIngest({ store, now: clock.now, keepUnmatched: true, hooks: [], elapsed: () => 0, observers: [] }),
      life.signal,
    );
    await until(() => supervised.status().state === "RUNNING");
    const server = await listening([createOpenapi(), createWebhook(source)]);
    starting.defer(async () => {
      life.abort();
      await running;
    });
    starting.defer(() => server.server.close(0));
    const parts = starting.move();
    return new WebhookServer({ store, log, secretFile, server, report: () => supervised.status() }, parts);
  }

  /** As the test says it, with no header of its own but the body's length. */
  async send(method: string, path: string, headers: Headers, body: string | Uint8Array = ""): Promise<Reply> {
    const { hostname, port } = new URL(this.server.url);
    const bytes = Buffer.from(body);
    return new Promise((resolve, reject) => {
      const options = { hostname, port, method, path, headers: { "Content-Length": bytes.length, ...headers } };
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text, json: text === "" ? undefined : JSON.parse(text) });
        });
      });
      request.on("error", reject);
      request.end(bytes);
    });
  }

  /** With the secret, to one of the names. */
  post(name: string, body: unknown, headers: Headers = {}): Promise<Reply> {
    const type = Array.isArray(body) ? "application/cloudevents-batch+json" : STRUCTURED;
    const given = { Authorization: `Bearer ${SECRET}`, "Content-Type": type, ...headers };
    return this.send("POST", pathOf(name), given, JSON.stringify(body));
  }

  async close(): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

export function pathOf(name: string): string {
  return `/api/v1/sources/webhook/${name}`;
}

export function signature(body: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}
