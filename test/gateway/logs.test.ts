// What a whole gateway logs of requests, streams and sockets: enough to find one again, and nothing that opens doors.
import { once } from "node:events";
import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { Stage } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SECRET = "s3cr3t-t0ken";

test("a request's line has its name, trace, route, operation, status, size and duration, and its answer has its name", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  const headers = { "X-Request-Id": "mine-1", traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  const answer = await fetch(`${gateway.url}/api/v1/events/shop?limit=2`, { headers });
  expect(answer.headers.get("x-request-id")).toBe("mine-1");
  const { byteLength } = await answer.arrayBuffer();
  await fetch(`${gateway.url}/graphql?query=${encodeURIComponent("query Mine { eventTypes { name } }")}`);
  await fetch(`${gateway.url}/nowhere`);
  await until(() => gateway.said("request").length === 3, "three lines");
  const [rest, graphql, nowhere] = gateway.said("request");
  expect(rest).toMatchObject({
    requestId: "mine-1",
    traceId: TRACE,
    method: "GET",
    url: "/api/v1/events/shop?limit=2",
    route: "/api/v1/events/{namespace}",
    operation: "ListNamespaceEvents",
    status: 200,
    bytes: byteLength,
    ms: expect.any(Number),
  });
  expect(graphql).toMatchObject({ route: "/graphql", operation: "Mine", status: 200, bytes: expect.any(Number) });
  expect(nowhere).toMatchObject({ url: "/nowhere", status: 404 });
  expect(nowhere).not.toHaveProperty("route");
  expect(nowhere).not.toHaveProperty("traceId");
});

test("an answer given again is logged by its operation's name as well", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  const query = encodeURIComponent("query Again { eventTypes { name } }");
  for (let times = 0; times < 4; times++) await (await fetch(`${gateway.url}/graphql?query=${query}`)).text();
  await until(() => gateway.said("request").length === 4, "four lines");
  expect(gateway.said("request").map(({ operation }) => operation)).toEqual(["Again", "Again", "Again", "Again"]);
});

test("streams are logged at their end, by transport: what they were told, and how they ended", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(30);
  const gateway = await stage.gateway();
  await stage.agreement(gateway);
  const ws = gateway.url.replace("http", "ws");
  const ending = new AbortController();
  const sse = await fetch(`${gateway.url}/api/v1/events/stream?since=1h`, { signal: ending.signal });
  await sse.body?.getReader().read();
  const socket = new WebSocket(`${ws}/api/v1/events/stream`);
  await once(socket, "message");
  const refused = new WebSocket(`${ws}/api/v1/events/stream?nonsense=1`);
  await once(refused, "close");
  const client = createClient({ url: `${ws}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  const changes = client.iterate({ query: 'subscription { eventChanges(since: "1h") { type } }' });
  await changes.next();
  await until(() => gateway.said("socket").length === 1, "the refused one's line");
  ending.abort();
  await until(() => gateway.said("stream").length === 1, "the end of the first");
  expect(gateway.said("stream")[0]).toMatchObject({ transport: "sse", ended: "client", operation: "StreamEvents" });
  expect(Number(gateway.said("stream")[0]?.told)).toBeGreaterThan(0);
  await gateway.gateway.stop();
  await until(() => gateway.said("socket").length === 3, "the ends of the others");
  const sockets = gateway.said("socket").map(({ route, transport, ended }) => ({ route, transport, ended }));
  expect(sockets.toSorted((a, b) => String(a.ended).localeCompare(String(b.ended)))).toEqual([
    { route: "/api/v1/events/stream", transport: "websocket", ended: "refused" },
    { route: expect.any(String), transport: expect.any(String), ended: "shutdown" },
    { route: expect.any(String), transport: expect.any(String), ended: "shutdown" },
  ]);
  expect(new Set(sockets.map(({ transport }) => transport))).toEqual(new Set(["websocket", "graphql"]));
  await client.dispose();
});

test("no token is logged, wherever it stands", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  const headers = { Authorization: `Bearer ${SECRET}`, Cookie: `session=${SECRET}`, "X-Request-Id": `bad ${SECRET}` };
  for (const path of ["/api/v1/events", "/nowhere", "/graphql", "/api/v1/events/stream"]) {
    await fetch(`${gateway.url}${path}?access_token=${SECRET}&token=${SECRET}`, { headers }).then((answer) =>
      answer.text(),
    );
  }
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/api/v1/events/stream?token=${SECRET}`, {
    headers,
  });
  await once(socket, "close");
  await until(() => gateway.said("socket").length === 1 && gateway.said("request").length === 4, "all lines");
  expect(gateway.log).toContain("redacted");
  expect(gateway.log).not.toContain(SECRET);
});

test("warnings are kept for diagnostics, and so are the slowest operations", async () => {
  const stage = await Stage.set();
  const gateway = await stage.gateway();
  await stage.cluster.faults.down();
  await until(() => gateway.gateway.recentWarnings().length > 0, "a warning");
  expect(gateway.gateway.recentWarnings()[0]).toMatchObject({ level: "warn", message: "not in sync with the cluster" });
  await fetch(`${gateway.url}/api/v1/stats/trends?timeRange=7d`);
  expect(gateway.gateway.slowestOperations()).toMatchObject([
    { operation: "GetTrends", route: "/api/v1/stats/trends", kind: "query" },
  ]);
});
