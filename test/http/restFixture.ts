// A gateway's REST edge over real sockets and a real store in a temporary directory, filled with events made here.
// The clock stands still, so what depends on it can be computed.
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_ALLOWED } from "../../src/access/access.ts";
import { GATEWAY } from "../../src/events/actor.ts";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import { type Hook, matchingHooks } from "../../src/events/hook.ts";
import { type Sight, WHOLE_SIGHT } from "../../src/events/sight.ts";
import { parseInstant } from "../../src/events/time.ts";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { createContext } from "../../src/graph/context.ts";
import { createExecutor, type Executor } from "../../src/graph/execute.ts";
import { buildGatewaySchema } from "../../src/graph/schema.ts";
import { AnswerCache } from "../../src/http/answerCache.ts";
import { admit, admittedRights, RequestRights } from "../../src/http/callerRights.ts";
import { createMetricsRoute } from "../../src/http/metrics.ts";
import { createOpenapi } from "../../src/http/openapi.ts";
import { requestIdOf } from "../../src/http/requestId.ts";
import { createRest } from "../../src/http/rest.ts";
import type { RestAnswer } from "../../src/http/restAnswer.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";
import { QUIET_OPERATOR } from "../graph/quietOperator.ts";

export const NOW = instant("2026-11-23T12:00:00Z");
export const HOUR = 3_600_000;
const EVENT_COUNT = 300;
const NAMESPACES = ["shop", "billing", "stream"] as const;
const TYPES = [
  ["pod-restart", "MEDIUM", "BackOff"],
  ["oom-kill", "CRITICAL", "OOMKilling"],
  ["pod-pending", "HIGH", "FailedScheduling"],
  ["probe-failed", "LOW", "Unhealthy"],
] as const;

export interface Gateway {
  readonly url: string;
  readonly store: EventStore;
  readonly executor: Executor;
  /** What went unexpectedly wrong while answering. */
  readonly failures: readonly unknown[];
  /** How many operations were executed so far. */
  executions(): number;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  call(method: string, path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  post(path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  close(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes, which the schemas check
  readonly json: any;
}

/** Of a caller who may see these namespaces. */
function sightOf(namespaces: readonly string[]): Sight {
  const scope = new Set(namespaces);
  return { events: scope, hooks: scope, prompts: scope };
}

export async function startGateway(): Promise<Gateway> {
  const directory = mkdtempSync(join(tmpdir(), "khook-gateway-rest-"));
  const store = await openStore({
    path: join(directory, "events.sqlite"),
    now: () => NOW,
    dedupWindow: 600_000,
    retention: { maxAge: 365 * 24 * HOUR, maxBytes: 2 ** 30 },
  });
  await store.putHooks(HOOKS);
  await store.append(observations(), NOW);
  await store.appendDispatches(dispatches());

  const failures: unknown[] = [];
  let executed = 0;
  const executor = createExecutor(buildGatewaySchema());
  const log = {
    error: (details: unknown) => failures.push(details),
    warn: (details: unknown) => failures.push(details),
    info: () => {},
    debug: () => {},
  };
  const cache = new AnswerCache<RestAnswer>({ maxBytes: 2 ** 22, store, clock: () => NOW });
  const rest = createRest({
    routes: REST_ROUTES,
    executor,
    store,
    cache,
    rightsOf: admittedRights,
    contextOf: (request, rights) => {
      executed++;
      return createContext({
        store,
        clock: () => NOW,
        eventTypes: () => [],
        operator: QUIET_OPERATOR,
        rights,
        requestId: requestIdOf(request),
        log,
      });
    },
  });
  let ids = 0;
  const server = createHttpServer({
    middleware: [
      (request, next) => {
        const namespaces = request.get("X-Namespaces");
        const sight = namespaces === "" ? WHOLE_SIGHT : sightOf(namespaces.split(","));
        admit(request.req, new RequestRights(ALL_ALLOWED, sight, GATEWAY));
        return next();
      },
      createOpenapi(),
      createMetricsRoute(async (format) => new Registry().text(format), admittedRights),
      rest,
    ],
    host: "127.0.0.1",
    port: 0,
    log,
    newRequestId: () => `request-${++ids}`,
    elapsed: () => 0,
  });
  const { url } = await server.listen();
  return {
    url,
    store,
    executor,
    failures,
    executions: () => executed,
    get: (path, headers) => call(url, "GET", path, headers),
    call: (method, path, headers) => call(url, method, path, headers),
    post: (path, body, headers) => call(url, "POST", path, headers, body),
    async close() {
      await server.close(0);
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** node:http rather than fetch: it sends paths and headers as they are given, hostile ones too. */
function call(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Reply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        const text = body.toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          text,
          get json() {
            return JSON.parse(text);
          },
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

export const HOOKS: readonly Hook[] = [
  hook("shop", "restarts", ["pod-restart", "oom-kill"], { team: "checkout" }),
  hook("shop", "pending", ["pod-pending"], {}),
  hook("billing", "everything", ["pod-restart", "oom-kill", "pod-pending", "probe-failed"], { team: "money" }),
];

function hook(namespace: string, name: string, eventTypes: readonly string[], labels: Record<string, string>): Hook {
  const configurations = eventTypes.map((eventType) => ({
    eventType,
    agentRef: { namespace: "kagent", name: "k8s-agent" },
    prompt: `Look into {{.ResourceName}}.\nSay: what, why, "how".\n`,
  }));
  const annotations = { note: "on: yes, no, 1:30" };
  return {
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
    labels,
    annotations,
    generation: 2,
    createdAt: NOW - 100 * HOUR,
    eventConfigurations: configurations,
    status:
      name === "pending"
        ? null
        : {
            activeEvents: [
              {
                eventType: "pod-restart",
                resourceName: "web-1",
                firstSeen: NOW - HOUR,
                lastSeen: NOW - 60_000,
                status: "firing",
              },
            ],
            lastUpdated: NOW - 30_000,
          },
    manifest: {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { name, namespace, ...(Object.keys(labels).length > 0 ? { labels } : {}), annotations },
      spec: { eventConfigurations: configurations },
    },
    deletedAt: null,
  };
}

/** Over three days up to now, of every namespace, type and name; several share a moment, so that ties have to be broken. */
export function observations(): readonly MatchedObservation[] {
  return Array.from({ length: EVENT_COUNT }, (_, index) => {
    const namespace = NAMESPACES[index % NAMESPACES.length] ?? "shop";
    const [eventType, severity, reason] = TYPES[(index * 7) % TYPES.length] ?? TYPES[0];
    const lastSeen = NOW - 72 * HOUR + Math.floor((index / EVENT_COUNT) * 72 * 60) * 60_000;
    const name = `web-${(index * 13) % 17}`;
    const isNode = index % 11 === 0;
    return {
      uid: `uid-${index}`,
      count: 1 + (index % 3),
      cluster: "test",
      source: index % 29 === 0 ? "journal" : "kubernetes",
      eventType,
      severity,
      namespace,
      resource: {
        apiVersion: "v1",
        kind: isNode ? "Node" : "Pod",
        name,
        namespace: isNode ? null : namespace,
        uid: index % 5 === 0 ? null : `resource-${name}`,
      },
      reason,
      message: `container "${name}" says: \u201egr\u00fc\u00df\u201c \u{1F525} \\ ${index}`,
      tags: index % 4 === 0 ? { container: name, "odd key": "1" } : {},
      firstSeen: lastSeen - 1000,
      lastSeen,
      ignoredByController: index % 19 === 0 ? "STALE" : null,
      hooks: matchingHooks(HOOKS, { namespace, eventType }),
    };
  });
}

function dispatches(): readonly Dispatch[] {
  const outcomes = ["FIRED", "FIRED", "FIRED", "SUCCEEDED", "SUCCEEDED", "FAILED", "DUPLICATE_IGNORED"] as const;
  return outcomes.map((outcome, index) => ({
    id: `audit-${index}.1`,
    uid: `audit-${index}`,
    count: 1,
    hook: { namespace: "shop", name: "restarts" },
    outcome,
    eventType: "pod-restart",
    resourceName: "web-1",
    agent: outcome === "DUPLICATE_IGNORED" ? null : "kagent/k8s-agent",
    requestId: outcome === "SUCCEEDED" ? "r" : null,
    error: outcome === "FAILED" ? "no answer" : null,
    message: outcome,
    timestamp: NOW - 2 * HOUR,
  }));
}

export function instant(text: string): number {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error(`no time: ${text}`);
  return parsed;
}
