// Pages of other origins: nothing for anybody by default; for those allowed, everything they need and no credentials.
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { LiveServer } from "./live/liveServer.ts";

const UI = "https://ui.example.com";
const EVIL = "https://evil.example";
const CORS = /^access-control-/;

const open: LiveServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serverFor(...allowedOrigins: readonly string[]): Promise<LiveServer> {
  const server = await LiveServer.start({ guard: { allowedOrigins } });
  open.push(server);
  return server;
}

/** fetch sends no origin but its own, so it is told to be a page by this. */
function asked(url: string, origin: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { ...init.headers, Origin: origin } });
}

function corsOf({ headers }: Response): readonly string[] {
  return [...headers.keys()].filter((name) => CORS.test(name));
}

test("nobody is told anything of CORS by default, and a preflight is an OPTIONS like any other", async () => {
  const server = await serverFor();
  expect(corsOf(await asked(`${server.url}/api/v1/events`, UI))).toEqual([]);
  const preflight = await asked(`${server.url}/api/v1/events`, UI, {
    method: "OPTIONS",
    headers: { "Access-Control-Request-Method": "GET" },
  });
  expect([preflight.status, preflight.headers.get("allow"), corsOf(preflight)]).toEqual([
    204,
    "GET, HEAD, OPTIONS",
    [],
  ]);
});

test.each([
  "/api/v1/events",
  "/api/v1/openapi.json",
  "/api/v1/events?nonsense=1",
  "/nowhere",
  "/graphql?query={__typename}",
])("an allowed origin may read %s, with what there is to know about it; another may not", async (path) => {
  const server = await serverFor(UI);
  const answer = await asked(server.url + path, UI);
  expect(answer.headers.get("access-control-allow-origin")).toBe(UI);
  expect(answer.headers.get("access-control-expose-headers")?.split(",").sort()).toEqual([
    "ETag",
    "Link",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
  ]);
  expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  expect(answer.headers.get("vary")).toMatch(/\bOrigin\b/);
  const foreign = await asked(server.url + path, EVIL);
  expect(corsOf(foreign)).toEqual([]);
  expect(foreign.headers.get("vary")).toMatch(/\bOrigin\b/);
});

test.each(["/graphql", "/api/v1/events", "/api/v1/events/stream", "/api/v1/hooks/validate"])(
  "a preflight of %s says what may be sent, to an allowed origin alone",
  async (path) => {
    const server = await serverFor("http://localhost:3000", UI);
    const init = {
      method: "OPTIONS",
      headers: {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
      },
    };
    const answer = await asked(server.url + path, UI, init);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(UI);
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET,HEAD,POST");
    const taken = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(",");
    expect(taken).toEqual(expect.arrayContaining(["authorization", "content-type", "last-event-id", "if-none-match"]));
    expect(corsOf(await asked(server.url + path, EVIL, init))).toEqual([]);
  },
);

test("a stream is opened to an allowed origin as well", async () => {
  const server = await serverFor(UI);
  const leaving = new AbortController();
  const stream = await asked(`${server.url}/api/v1/events/stream`, UI, { signal: leaving.signal });
  expect(stream.headers.get("access-control-allow-origin")).toBe(UI);
  expect(stream.headers.get("vary")).toBe("Origin, Accept");
  leaving.abort();
});

/** What becomes of a WebSocket: `open`, or the status and code it is refused with. */
async function socket(url: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const client = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws", { headers });
  const outcome = await new Promise((resolve) => {
    client.on("error", () => undefined);
    client.once("open", () => resolve("open"));
    client.once("unexpected-response", async (_, response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve([response.statusCode, (JSON.parse(text) as { readonly code?: unknown }).code]); // a problem
    });
  });
  client.terminate();
  return outcome;
}

test.each(["/graphql", "/api/v1/events/stream"])(
  "a WebSocket at %s opens for our own pages, allowed ones, and who is no page; others are refused before it is one",
  async (path) => {
    const server = await serverFor(UI);
    const url = server.url + path;
    const { host } = new URL(server.url);
    for (const headers of [{}, { Origin: server.url }, { Origin: `https://${host}` }, { Origin: UI }]) {
      expect(await socket(url, headers)).toBe("open");
    }
    expect(await socket(url, { Origin: "https://gw.example.com", Host: "gw.example.com:443" })).toBe("open");
    for (const Origin of [EVIL, "null", "http://127.0.0.1", `http://${host}.evil.example`, "nonsense", `${UI}.evil`]) {
      expect(await socket(url, { Origin })).toEqual([403, "FORBIDDEN"]);
    }
  },
);
