// Rates over every edge: who is too fast is told so in the words of its edge, with when to come back, and nobody else is.
// Rates here are so slow that nothing comes back while a test runs. Callers say who they are in a header, as a stand-in for proof.
import { createClient } from "graphql-ws";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { callerAddress } from "../../src/http/limits/callerAddress.ts";
import { NO_RATES, type Rates } from "../../src/http/limits/rates.ts";
import { LiveServer, until } from "./live/liveServer.ts";

const open: LiveServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function limited(rates: Partial<Rates>): Promise<LiveServer> {
  const server = await LiveServer.start({
    guard: {
      rates: { ...NO_RATES, ...rates },
      callerOf: (request) => String(request.headers["x-caller"] ?? callerAddress(request)),
    },
  });
  open.push(server);
  return server;
}

function burstOf(burst: number): Rates["requests"] {
  return { perSecond: 0.01, burst };
}

function rateFields({ headers }: Response) {
  return ["limit", "remaining", "reset"].map((name) => headers.get(`ratelimit-${name}`));
}

function graphql(server: LiveServer, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
}

test("requests: answers tell what is left, and who is over it gets 429 with when to come back; others go on", async () => {
  const server = await limited({ requests: burstOf(2) });
  const url = `${server.url}/api/v1/events`;
  expect(rateFields(await fetch(url))).toEqual(["2", "1", "100"]);
  expect(rateFields(await fetch(`${server.url}/nowhere`))).toEqual(["2", "0", "200"]);
  const refused = await fetch(url);
  expect(refused.status).toBe(429);
  expect(rateFields(refused)).toEqual(["2", "0", "100"]);
  expect(refused.headers.get("retry-after")).toBe("100");
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect(await refused.json()).toMatchObject({
    status: 429,
    code: "TOO_MANY_REQUESTS",
    title: "Too many requests",
    detail: "Too many requests: 1 a minute and 2 at once are allowed.",
  });
  expect((await fetch(url, { headers: { "X-Caller": "bob" } })).status).toBe(200);
});

test("requests: /graphql says it as GraphQL", async () => {
  const server = await limited({ requests: burstOf(1) });
  expect((await graphql(server, "{ eventTypes { name } }")).status).toBe(200);
  const refused = await graphql(server, "{ eventTypes { name } }");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "100"]);
  expect(await refused.json()).toEqual({
    errors: [
      {
        message: "Too many requests: 1 a minute and 1 at once are allowed.",
        extensions: { code: "TOO_MANY_REQUESTS", retryAfter: 100 },
      },
    ],
  });
});

test("cost: a query takes what it costs, a larger one more, and one too many gets 429", async () => {
  const server = await limited({ cost: burstOf(1_000) });
  const small = await graphql(server, "{ events(first: 10) { nodes { id } } }");
  const leftBySmall = Number(rateFields(small)[1]);
  expect(small.status).toBe(200);
  expect(leftBySmall).toBeLessThan(1_000);
  const large = await graphql(server, "{ events(first: 100) { nodes { id reason } } }");
  expect(leftBySmall - Number(rateFields(large)[1])).toBeGreaterThan(3 * (1_000 - leftBySmall));
  const tooMuch = await graphql(server, "{ events(first: 1000) { nodes { id reason } } }");
  expect(tooMuch.status).toBe(429);
  expect(Number(tooMuch.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await tooMuch.json()).toMatchObject({ errors: [{ extensions: { code: "TOO_MANY_REQUESTS" } }] });
  expect((await graphql(server, "{ events(first: 1000) { nodes { id } } }", { "X-Caller": "bob" })).status).toBe(200);
});

test("cost: a REST route takes what its operation costs, and what is answered unexecuted costs nothing", async () => {
  const server = await limited({ cost: burstOf(100_000) });
  const left = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(server.url + path, { headers });
    return { answer, left: Number(rateFields(answer)[1] ?? Number.NaN) };
  };
  const ten = await left("/api/v1/events?limit=10");
  const hundred = await left("/api/v1/events?limit=100");
  expect(100_000 - ten.left).toBeGreaterThan(10);
  expect(ten.left - hundred.left).toBeGreaterThan(5 * (100_000 - ten.left));
  const tag = hundred.answer.headers.get("etag") ?? "";
  const unchanged = await left("/api/v1/events?limit=100", { "If-None-Match": tag });
  expect([unchanged.answer.status, unchanged.left]).toEqual([304, Number.NaN]);
});

test("cost: a REST route over it is a 429 problem with when to come back", async () => {
  const server = await limited({ cost: burstOf(100) });
  await fetch(`${server.url}/api/v1/events?limit=10`);
  const refused = await fetch(`${server.url}/api/v1/events?limit=1000`);
  expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "application/problem+json"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(rateFields(refused)[2]).toBe(refused.headers.get("retry-after"));
});

test("streams: too many opened at once are refused as SSE with 429, as WebSocket with 4429, and counted", async () => {
  const server = await limited({ streams: burstOf(1) });
  const url = `${server.url}/api/v1/events/stream`;
  const leaving = new AbortController();
  expect((await fetch(url, { signal: leaving.signal })).status).toBe(200);
  leaving.abort();
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "100"]);
  const socket = new WebSocket(url.replace("http", "ws"));
  const closed = await new Promise((resolve) => {
    socket.once("close", (code, reason) => resolve([code, String(reason)]));
  });
  expect(closed).toEqual([4429, expect.stringContaining("Too many streams opened")]);
  expect(server.counts.refused.rate).toBe(2);
});

test("operations of a GraphQL socket are requests as well: those over the rate are refused, and the socket stays", async () => {
  const server = await limited({ requests: burstOf(3) });
  const client = createClient({
    url: `${server.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const ask = () =>
    new Promise((resolve) => {
      client.subscribe({ query: "{ eventTypes { name } }" }, { next: resolve, error: resolve, complete: () => {} });
    });
  expect(await ask()).toEqual({ data: expect.anything() }); // with the upgrade, two
  expect(await ask()).toEqual({ data: expect.anything() });
  for (let times = 0; times < 2; times++) {
    expect(await ask()).toEqual([
      expect.objectContaining({ extensions: { code: "TOO_MANY_REQUESTS", retryAfter: 100 } }),
    ]);
  }
  expect(server.counts.refused.rate).toBe(2);
  await client.dispose();
  await until(() => server.open === 0, "nobody");
});

test("to become a WebSocket is a request: over the rate it is a 429 before there is a socket", async () => {
  const server = await limited({ requests: burstOf(1) });
  await fetch(`${server.url}/api/v1/events`);
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const refused = await new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.once("unexpected-response", (_, response) =>
      resolve([response.statusCode, response.headers["retry-after"]]),
    );
  });
  expect(refused).toEqual([429, "100"]);
  socket.terminate();
});
