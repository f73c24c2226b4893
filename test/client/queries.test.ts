// The client's queries against a running gateway, and its errors against everything that may answer in a gateway's place.
// What it gives is held against what the gateway tells over REST, which is written from the same store in another way.

import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import * as client from "../../src/client/client.ts";
import {
  createGateway,
  GatewayError,
  getHealth,
  getHook,
  getHookMetrics,
  listEvents,
  validateHook,
} from "../../src/client/client.ts";
import { Stage } from "../gateway/gateway.ts";
import { storedEvents, until } from "../gateway/storedEvents.ts";

interface Manifest {
  readonly operations: readonly { readonly name: string; readonly type: string; readonly body: string }[];
}

const { operations } = JSON.parse(
  readFileSync(new URL("../../schema/persisted-queries.json", import.meta.url), "utf8"),
) as Manifest; // Apollo's format

const MANIFEST = `apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata: { name: restarts, namespace: shop }
spec:
  eventConfigurations:
    - { eventType: pod-restart, agentRef: { name: k8s-agent }, prompt: Look. }
`;

/** Variables that no operation misses any of. */
const VARIABLES = { namespace: "shop", name: "restarts", eventType: "pod-restart", manifest: MANIFEST };

test("every persisted operation is a function of the same name that sends just the persisted text", async () => {
  const sent: unknown[] = [];
  const url = await answering((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += String(chunk);
    });
    request.on("end", () => {
      sent.push((JSON.parse(text) as { readonly query: unknown }).query); // as the client writes it
      response.setHeader("Content-Type", "application/json").end('{"data":{}}');
    });
  });
  const gateway = createGateway({ url });
  const functions = client as unknown as Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>; // by name
  const queries = operations.filter(({ type }) => type === "query");
  expect(queries.length).toBeGreaterThan(10);
  for (const { name } of queries) await functions[name.charAt(0).toLowerCase() + name.slice(1)]?.(gateway, VARIABLES);
  expect(sent).toEqual(queries.map(({ body }) => body));
  expect(operations.filter(({ type }) => type === "subscription").map(({ name }) => name)).toEqual(["StreamEvents"]);
});

test("a running gateway answers all of them, and lists are what REST tells", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(60);
  const { url } = await stage.gateway();
  await stage.agreement({ url });
  const gateway = createGateway({ url: `${url}/` });
  const functions = client as unknown as Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>; // by name
  for (const { name, type } of operations) {
    if (type !== "query") continue;
    const used = Object.entries(VARIABLES).filter(([variable]) => bodyOf(name).includes(`$${variable}:`));
    const answer = await functions[name.charAt(0).toLowerCase() + name.slice(1)]?.(gateway, Object.fromEntries(used));
    expect(answer, name).toEqual(expect.any(Object));
  }

  const stored = (await storedEvents(url)).filter(({ namespace }) => namespace === "shop");
  expect(stored.length).toBeGreaterThan(5);
  const told: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { events } = await listEvents(gateway, { namespace: "shop", limit: 5, cursor });
    expect(events.totalCount).toBe(stored.length);
    told.push(...events.events.map(({ id }) => id));
    cursor = events.pageInfo.hasNextPage ? events.pageInfo.endCursor : null;
  }
  expect(told.toSorted()).toEqual(stored.map(({ id }) => id));

  expect((await getHealth(gateway)).health.server).toMatchObject({ status: "HEALTHY", version: "0.0.0-test" });
  expect(await getHook(gateway, { namespace: "shop", name: "none" })).toEqual({ hook: null });
  expect((await validateHook(gateway, { manifest: MANIFEST })).validateHook.errors).toEqual([]);
});

test("what the gateway refuses is thrown with its code, its status, every fault by its path, and the request's name", async () => {
  const stage = await Stage.set();
  const { url } = await stage.gateway();
  const gateway = createGateway({ url });
  const error = await thrownBy(() =>
    listEvents(gateway, { limit: 0, timeRange: "1h", startTime: "2026-11-23T12:00:00Z" }),
  );
  expect(error).toMatchObject({
    name: "GatewayError",
    code: "BAD_USER_INPUT",
    status: 400,
    requestId: expect.stringMatching(/.+/),
  });
  expect(error.errors.map(({ path }) => path).sort()).toEqual(["filter.timeRange", "first"]);
  expect(error.errors.map(({ message }) => message).join()).toContain("1000");
  const never = await thrownBy(() => getHookMetrics(gateway, { namespace: "shop", name: "any", timeRange: "never" }));
  expect(never).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining("never") });
  const notText = { namespace: 5 } as unknown as { readonly namespace: string }; // what types keep callers from
  expect((await thrownBy(() => listEvents(gateway, notText))).code).toBe("BAD_USER_INPUT");
});

test.each([
  [
    503,
    '{"title":"Not available now","status":503,"detail":"The gateway is shutting down.","code":"UNAVAILABLE","requestId":"r1"}',
    "UNAVAILABLE",
    "The gateway is shutting down.",
  ],
  [
    400,
    '{"status":400,"detail":"no","code":"BAD_USER_INPUT","errors":[{"parameter":"limit","message":"too many"}]}',
    "BAD_USER_INPUT",
    "no",
  ],
  [
    401,
    '{"errors":[{"message":"Who are you?","extensions":{"code":"UNAUTHENTICATED"}}]}',
    "UNAUTHENTICATED",
    "Who are you?",
  ],
  [403, "<h1>Forbidden</h1>", "FORBIDDEN", "HTTP status 403"],
  [429, "", "TOO_MANY_REQUESTS", "HTTP status 429"],
  [502, "<h1>Bad gateway</h1>", "UNAVAILABLE", "HTTP status 502"],
  [200, "<h1>Log in</h1>", "UNREADABLE", "HTTP status 200"],
  [200, "null", "UNREADABLE", "HTTP status 200"],
  [200, '{"data":null}', "UNREADABLE", "HTTP status 200"],
  [
    200,
    '{"data":{"health":null},"errors":[{"message":"of later","path":["health",0],"extensions":{"code":"SOMETHING_NEW"}}]}',
    "UNREADABLE",
    "of later",
  ],
  [200, '{"errors":["what"]}', "UNREADABLE", "undefined"],
])("an answer of %s, %s, is %s", async (status, body, code, message) => {
  const url = await answering((_, response) => response.writeHead(status, { "Retry-After": "7" }).end(body));
  const error = await thrownBy(() => getHealth(createGateway({ url })));
  expect(error).toMatchObject({ code, status, message, retryAfter: 7 });
  if (body.includes("parameter")) expect(error.errors).toEqual([{ path: "limit", message: "too many" }]);
  if (body.includes("later")) expect(error.errors).toEqual([{ path: "health.0", message: "of later" }]);
  if (body.includes("r1")) expect(error.requestId).toBe("r1");
});

test("where nobody answers it is UNREACHABLE, with what the platform says as its cause", async () => {
  const error = await thrownBy(() => getHealth(createGateway({ url: "http://127.0.0.1:1" })));
  expect(error).toMatchObject({ code: "UNREACHABLE", status: undefined, cause: expect.any(TypeError) });
  const url = await answering((request) => request.socket.destroy());
  expect((await thrownBy(() => getHealth(createGateway({ url })))).code).toBe("UNREACHABLE");
});

test("a token is asked for anew for each request, and what asking for it throws is thrown", async () => {
  const heard: unknown[] = [];
  const url = await answering(({ headers }, response) => {
    heard.push(headers.authorization);
    response.end('{"data":{"health":{}}}');
  });
  let asked = 0;
  const renewed = createGateway({ url, token: async () => `t${++asked}` });
  await getHealth(renewed);
  await getHealth(renewed);
  await getHealth(createGateway({ url, token: "fixed" }));
  await getHealth(createGateway({ url }));
  expect(heard).toEqual(["Bearer t1", "Bearer t2", "Bearer fixed", undefined]);
  const unlucky = createGateway({ url, token: () => Promise.reject(new Error("no login")) });
  await expect(getHealth(unlucky)).rejects.toThrow("no login");
  expect(heard).toHaveLength(4);
});

test("an aborted request rejects with the signal's reason", async () => {
  let isAsked = false;
  const url = await answering(() => {
    isAsked = true; // and is never answered
  });
  const leaving = new AbortController();
  const answer = getHealth(createGateway({ url }), {}, { signal: leaving.signal });
  const rejected = expect(answer).rejects.toThrow("enough");
  await until(() => isAsked, "the request");
  leaving.abort(new Error("enough"));
  await rejected;
});

test.each(["localhost:8082", "", "ftp://localhost", "http://"])(
  "%j is no place of a gateway, which is said at once",
  (url) => {
    expect(() => createGateway({ url })).toThrow(/^url: .*"http:\/\/localhost:8082"/);
  },
);

function bodyOf(name: string): string {
  return operations.find((operation) => operation.name === name)?.body ?? "";
}

async function thrownBy(ask: () => Promise<unknown>): Promise<GatewayError> {
  const error = await ask().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`no GatewayError: ${String(error)}`);
}

/** Where a server answers like this. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as it listens on a port
}
