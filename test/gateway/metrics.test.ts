// The metrics of a whole gateway: each moves when the thing happens, scrapes are sound, and nothing that callers or clusters
// can make up becomes a series.
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { KHOOK_TABLE } from "../../src/cluster/mappingTable.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import { lint, readExposition, type Scraped } from "../metrics/exposition.ts";
import { Stage, type TestGateway, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { until } from "./storedEvents.ts";
import { EVENTS } from "./troubledCluster.ts";

const OWN_PORT = ["--metrics-bind-address", "127.0.0.1:0"];

async function scrape({ url }: { readonly url: string }, format: "prometheus" | "openmetrics" = "prometheus") {
  const accept = format === "openmetrics" ? "application/openmetrics-text; version=1.0.0" : "text/plain";
  const answer = await fetch(`${url}/api/v1/metrics`, { headers: { Accept: accept } });
  expect([answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([200, accept.split(";")[0]]);
  return readExposition(await answer.text(), format);
}

async function moved(gateway: TestGateway, what: string, by: (scraped: Scraped) => boolean): Promise<Scraped> {
  let scraped = await scrape(gateway);
  await until(async () => {
    scraped = await scrape(gateway);
    return by(scraped);
  }, what);
  return scraped;
}

test("a scrape is sound in both formats, on both ports, by the format the scraper likes best", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(60);
  const gateway = await stage.gateway({ flags: OWN_PORT });
  await stage.agreement(gateway);
  const { metricsUrl = "" } = gateway.gateway;
  // What was not measured since the scrape before is left out.
  const names = (scraped: Scraped) =>
    new Set(scraped.samples.map(({ name }) => name).filter((name) => !name.startsWith("nodejs_eventloop_lag")));
  const plain = await scrape(gateway);
  expect(lint(plain)).toEqual([]);
  expect(names(await scrape(gateway, "openmetrics"))).toEqual(names(plain));

  const accept =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  for (const url of [metricsUrl, `${gateway.url}/api/v1/metrics`]) {
    const likesOpen = await fetch(url, { headers: { Accept: accept, "Accept-Encoding": "gzip" } });
    expect(likesOpen.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(likesOpen.headers.get("content-encoding")).toBe("gzip");
    readExposition(await likesOpen.text(), "openmetrics");
    const anything = await fetch(url);
    expect(anything.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect((await fetch(url, { headers: { Accept: "image/png" } })).status).toBe(406);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(405);
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  }
  expect((await fetch(metricsUrl.replace("/metrics", "/"))).status).toBe(404);
});

test("requests, operations and answers given again are counted by route and operation", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(30);
  const gateway = await stage.gateway();
  await stage.agreement(gateway);
  const before = await scrape(gateway);
  const ask = async (path: string, init?: RequestInit) => (await fetch(gateway.url + path, init)).text();
  const post = (body: unknown) =>
    ask("/graphql", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  await ask("/api/v1/events/shop?limit=3");
  await ask("/api/v1/events/billing?limt=3");
  await ask("/api/v1/nothing");
  await post({ query: "query ListEvents { eventTypes { name } }" }); // called like one of ours, which does not make it one
  await post({ query: "{ nothing }" });
  const after = await scrape(gateway);
  const grown = (name: string, labels: Readonly<Record<string, string>>) =>
    after.sum(name, labels) - before.sum(name, labels);
  const requests = "khook_gateway_http_requests_total";
  const route = "/api/v1/events/{namespace}";
  expect(grown(requests, { route, method: "GET", status: "2xx" })).toBe(1);
  expect(grown(requests, { route, method: "GET", status: "4xx" })).toBe(1);
  expect(grown(requests, { route: "other", status: "4xx" })).toBe(1);
  expect(grown(requests, { route: "/graphql", method: "POST" })).toBe(2);
  expect(grown("khook_gateway_http_request_duration_seconds_count", { route })).toBe(2);
  expect(grown("khook_gateway_http_request_duration_seconds_sum", { route })).toBeGreaterThan(0);
  const operations = "khook_gateway_graphql_operations_total";
  expect(grown(operations, { operation: "ListNamespaceEvents", kind: "query", outcome: "ok" })).toBeGreaterThan(0);
  expect(grown(operations, { operation: "other", kind: "query", outcome: "ok" })).toBe(1);
  expect(grown("khook_gateway_graphql_operation_duration_seconds_count", { operation: "other" })).toBe(1);

  for (let times = 0; times < 3; times++) await ask("/api/v1/hooks");
  const { value } = await scrape(gateway);
  expect(value("khook_gateway_answer_cache_requests_total", { cache: "rest", result: "hit" })).toBeGreaterThan(0);
  expect(value("khook_gateway_answer_cache_requests_total", { cache: "graphql", result: "miss" })).toBeGreaterThan(0);
});

test("what comes from the cluster is counted: events by type and status, what was known, the store, the watches", async () => {
  const stage = await Stage.set({ past: 5 * 60_000 });
  const { cluster, clock } = stage;
  cluster.happen(120, { every: 2_000 });
  const gateway = await stage.gateway();
  const stored = await stage.agreement(gateway);
  const first = await scrape(gateway);
  expect(first.sum("khook_gateway_events_stored_total")).toBe(stored.length);
  for (const [eventType, events] of Map.groupBy(stored, (event) => event.eventType)) {
    expect(first.sum("khook_gateway_events_stored_total", { event_type: eventType })).toBe(events.length);
  }
  expect(first.sum("khook_gateway_events_stored_total", { status: "duplicate" })).toBe(
    stored.filter(({ status }) => status === "duplicate").length,
  );
  expect(first.value("khook_gateway_event_lag_seconds_count")).toBe(stored.length);
  expect(first.value("khook_gateway_event_lag_seconds_sum")).toBeGreaterThan(0);
  expect(first.value("khook_gateway_store_events")).toBe(stored.length);
  expect(first.value("khook_gateway_store_bytes")).toBeGreaterThan(10_000);
  expect(first.value("khook_gateway_store_head")).toBeGreaterThanOrEqual(stored.length);
  const times = stored.map(({ timestamp }) => Date.parse(timestamp) / 1000);
  expect(first.value("khook_gateway_store_oldest_event_timestamp_seconds")).toBe(Math.min(...times));
  expect(first.value("khook_gateway_store_newest_event_timestamp_seconds")).toBe(Math.max(...times));
  expect(first.value("khook_gateway_source_observations_total", { source: "kubernetes" })).toBeGreaterThanOrEqual(
    stored.length,
  );
  expect(first.value("khook_gateway_source_state", { source: "kubernetes", state: "running" })).toBe(1);
  expect(first.value("khook_gateway_watch_loops", { resource: "events", phase: "watching" })).toBe(1);
  expect(first.value("khook_gateway_watch_synced", { resource: "hooks" })).toBe(1);
  expect(first.value("khook_gateway_kubernetes_requests_total", { method: "GET", outcome: "ok" })).toBeGreaterThan(3);
  expect(first.sum("khook_gateway_ingest_batches_total", { kind: "events" })).toBe(
    first.value("khook_gateway_ingest_write_duration_seconds_count", { kind: "events" }),
  );

  // Another list brings what is known.
  stage.expireVersions();
  clock.advance(5_000);
  cluster.faults.closeWatches();
  const second = await moved(
    gateway,
    "another list",
    ({ value }) => value("khook_gateway_watch_lists_total", { resource: "events" }) > 1,
  );
  expect(second.value("khook_gateway_ingest_ignored_total", { reason: "known" })).toBeGreaterThan(0);
  expect(second.sum("khook_gateway_watch_restarts_total", { resource: "events" })).toBeGreaterThan(0);
  expect(second.sum("khook_gateway_events_stored_total")).toBe(stored.length);

  // Windows pass.
  clock.advance(3_600_000);
  await moved(gateway, "incidents to end", ({ value }) => value("khook_gateway_events_resolved_total") > 0);
  expect(
    (await scrape(gateway)).value("khook_gateway_watch_last_activity_timestamp_seconds", { resource: "events" }),
  ).toBeGreaterThan(clock.now() / 1000 - 3_700);
});

test("an API server that goes away is seen in the watches, the source and the requests, and so is its return", async () => {
  const stage = await Stage.set();
  const { cluster } = stage;
  const gateway = await stage.gateway();
  await cluster.faults.down();
  await moved(
    gateway,
    "the watch to wait",
    ({ value, sum }) =>
      value("khook_gateway_watch_loops", { resource: "events", phase: "waiting" }) === 1 &&
      value("khook_gateway_source_state", { source: "kubernetes", state: "degraded" }) === 1 &&
      value("khook_gateway_watch_restarts_total", { resource: "events", reason: "unreachable" }) > 0 &&
      sum("khook_gateway_kubernetes_requests_total", { outcome: "unreachable" }) > 0,
  );
  await cluster.faults.up();
  await moved(
    gateway,
    "the watch to go on",
    ({ value }) => value("khook_gateway_watch_loops", { resource: "events", phase: "watching" }) === 1,
  );
  cluster.faults.add({ match: EVENTS, effect: { do: "answer", code: 403 } });
  cluster.faults.closeWatches();
  await moved(
    gateway,
    "a refusal",
    ({ sum }) => sum("khook_gateway_kubernetes_requests_total", { outcome: "refused" }) > 0,
  );
});

test("streams are counted by transport, with what they were sent, while they are open and after", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const sse = await fetch(`${gateway.url}/api/v1/events/stream?since=1h`, { signal: ending.signal });
  const reader = sse.body?.getReader();
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/api/v1/events/stream?since=1h`);
  await once(socket, "message");
  const open = await scrape(gateway);
  expect(open.value("khook_gateway_streams_open", { transport: "sse" })).toBe(1);
  expect(open.value("khook_gateway_streams_open", { transport: "websocket" })).toBe(1);
  stage.cluster.happen(20);
  await stage.agreement(gateway);
  const told = await moved(gateway, "messages", ({ value }) =>
    ["sse", "websocket"].every((transport) => value("khook_gateway_stream_messages_sent_total", { transport }) > 5),
  );
  expect(told.value("khook_gateway_stream_sent_bytes_total", { transport: "sse" })).toBeGreaterThan(2_000);
  socket.close();
  ending.abort();
  await reader?.closed.catch(() => {});
  const closed = await moved(gateway, "the end of them", ({ sum }) => sum("khook_gateway_streams_open") === 0);
  expect(closed.sum("khook_gateway_streams_opened_total")).toBe(2);
  const route = "/api/v1/events/stream";
  const over = await moved(
    gateway,
    "their requests to be over",
    ({ sum }) => sum("khook_gateway_http_requests_total", { route }) === 2,
  );
  expect(over.value("khook_gateway_http_requests_total", { route, status: "1xx" })).toBe(1);
  expect(over.sum("khook_gateway_http_request_duration_seconds_count", { route })).toBe(0);
  const resumed = await fetch(`${gateway.url}${route}?lastEventId=otherstore-1`);
  await resumed.body?.cancel();
  const again = await scrape(gateway);
  expect(again.value("khook_gateway_streams_resumed_total", { transport: "sse" })).toBe(1);
});

test("nothing that a cluster, a caller or a path can make up becomes a series", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(20);
  const gateway = await stage.gateway({ flags: OWN_PORT });
  await stage.agreement(gateway);
  const { store } = gateway.gateway;
  const { metricsUrl = "" } = gateway.gateway;
  const drive = async (from: number, to: number) => {
    const observations = Array.from({ length: to - from }, (_, index): MatchedObservation => {
      const each = `x${from + index}`;
      return {
        uid: `uid-${each}`,
        count: 1,
        cluster: `cluster-${each}`,
        source: `source-${each}`,
        eventType: `type-${each}`,
        severity: "LOW",
        namespace: `ns-${each}`,
        resource: { apiVersion: "v1", kind: `Kind${each}`, name: `pod-${each}`, namespace: `ns-${each}`, uid: each },
        reason: `Reason${each}`,
        message: `message ${each}`,
        tags: { [each]: each },
        firstSeen: stage.clock.now(),
        lastSeen: stage.clock.now(),
        ignoredByController: null,
        hooks: [{ namespace: `ns-${each}`, name: `hook-${each}` }],
      };
    });
    await store.append(observations, stage.clock.now());
    for (let each = from; each < to; each++) {
      const headers = { "X-Request-Id": `id-${each}`, Authorization: `Bearer ${each}`, "User-Agent": `agent-${each}` };
      const query = `query Op${each} { events(first: 1, filter: { namespaces: ["ns-x${each}"] }) { totalCount } }`;
      const answers = await Promise.all([
        fetch(`${gateway.url}/api/v1/events/ns-x${each}?limit=1`, { headers }),
        fetch(`${gateway.url}/api/v1/hooks/ns-${each}/hook-${each}`, { headers }),
        fetch(`${gateway.url}/path-${each}/of-my-own`, { headers, method: each % 2 === 0 ? "GET" : "PROPFIND" }),
        fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers }),
        fetch(`${metricsUrl}-${each}`, { headers }),
      ]);
      await Promise.all(answers.map((answer) => answer.text()));
    }
  };
  await drive(0, 5);
  await scrape(gateway);
  const few = await scrape(gateway);
  await drive(5, 1_000);
  const many = await scrape(gateway);
  // Kinds of garbage collection, and the mean of delays, appear when there is one; there are four kinds.
  const grown = many.series.filter((series) => !few.series.includes(series) && !series.startsWith("nodejs_"));
  expect(grown).toEqual([]);
  expect(many.sum("khook_gateway_events_stored_total", { event_type: "other" })).toBe(1_000);
  const madeUp = /(?:x|-|Op|PROPFIND)\d+|PROPFIND|of-my-own/;
  expect(many.series.filter((series) => madeUp.test(series))).toEqual([]);
  const types = new Set(many.samples.flatMap(({ labels }) => labels.event_type ?? []));
  expect([...types].sort()).toEqual(
    [...new Set([...KHOOK_TABLE.flatMap(({ eventType }) => eventType ?? []), "other"])].sort(),
  );
}, 60_000);

test("khook's own names are there when they are asked for, and not else", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(40);
  const without = await stage.gateway();
  expect((await scrape(without)).families.filter(({ name }) => /^khook_(?!gateway_)/.test(name))).toEqual([]);
  await stage.stop(without);
  const gateway = await stage.gateway({ flags: ["--khook-metric-names"] });
  const stored = await stage.agreement(gateway);
  const scraped = await scrape(gateway);
  expect(scraped.value("khook_events_total")).toBe(stored.length);
  expect(scraped.value("khook_active_events")).toBe(stored.filter(({ status }) => status === "firing").length);
  expect(lint(scraped)).toEqual([]);
});

test("health is told by part and status: one status of each part, and as the API tells it", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  const health = (await (await fetch(`${gateway.url}/api/v1/health`)).json()) as {
    readonly [part: string]: { readonly status: string };
  }; // as REST has it
  const scraped = await scrape(gateway);
  for (const part of ["server", "pipeline", "controller", "kagent", "store", "process"]) {
    const status = health[part]?.status ?? "";
    expect(scraped.value("khook_gateway_health_status", { part, status }), part).toBe(1);
    expect(scraped.sum("khook_gateway_health_status", { part }), part).toBe(1);
  }
  expect(scraped.sum("khook_gateway_health_status", { part: "overall" })).toBe(1);
  expect(scraped.value("khook_gateway_controller_stalled_namespaces")).toBe(0);
});

test("a store that cannot be read costs a scrape the store's own numbers, and the failure is one of the others", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  await gateway.gateway.store.close();
  const scraped = await scrape(gateway);
  expect(scraped.families.map(({ name }) => name)).not.toContain("khook_gateway_store_events");
  expect(scraped.value("khook_gateway_scrape_failures_total", { part: "store" })).toBeGreaterThan(0);
  expect(scraped.value("khook_gateway_streams_open", { transport: "sse" })).toBe(0);
});

test("a port for metrics that is taken stops a start in one line, and a demo says so and goes on", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as { readonly port: number };
  const flags = ["--metrics-bind-address", `127.0.0.1:${port}`];
  const { cluster } = await Stage.set();
  const refused = await GatewayProcess.start([
    ...processFlags(cluster.kubeconfigPath, await temporaryDirectory()),
    ...flags,
  ]);
  expect((await refused.exited).code).toBe(1);
  expect(refused.stderr.trim().split("\n").at(-1)).toMatch(
    new RegExp(`^khook-gateway: cannot listen for metrics on 127.0.0.1:${port}: .*EADDRINUSE.*--metrics-bind-address`),
  );
  const demo = await GatewayProcess.start(["--demo", "--port", "0", ...flags]);
  await demo.url();
  await until(() => demo.stderr.includes("metrics are served by the API alone"), "the warning");
});
