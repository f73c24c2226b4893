// /graphql over real sockets: the protocol, what is refused and how, and answers given again.
import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { replacing } from "../graph/harness.ts";
import { observation } from "../graph/seededStore.ts";
import { type GraphqlServer, graphqlServer } from "./graphqlFixture.ts";

let graphql: GraphqlServer;
beforeAll(async () => {
  graphql = await graphqlServer();
});
afterAll(() => graphql.close());

interface Answer {
  readonly status: number;
  readonly body: {
    readonly data?: unknown;
    readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
  };
}

async function ask(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer = await graphql.post(body, headers);
  return { status: answer.status, body: (await answer.json()) as Answer["body"] }; // GraphQL over HTTP
}

const RESPONSE_JSON = { Accept: "application/graphql-response+json" };

for (const audit of serverAudits({ url: () => graphql.url, fetchFn: fetch })) {
  test(`GraphQL over HTTP ${audit.id}: ${audit.name}`, async () => {
    const result = await audit.fn();
    expect(result.status === "ok" ? "ok" : result.reason).toBe("ok");
  });
}

test("a query is answered, with variables and by name", async () => {
  const query =
    "query A { eventTypes { name } } query B($first: Int!) { events(first: $first) { nodes { id } totalCount } }";
  expect(await ask({ query, operationName: "B", variables: { first: 1 } })).toEqual({
    status: 200,
    body: { data: { events: { nodes: [{ id: "uid-0.1" }], totalCount: 120 } } },
  });
});

test("a query is answered by GET, but not to a page of another site", async () => {
  const url = `${graphql.url}?query=${encodeURIComponent("{ events { totalCount } }")}`;
  const own = await fetch(url);
  expect(await own.json()).toEqual({ data: { events: { totalCount: 120 } } });
  for (const site of ["cross-site", "same-site"]) {
    const foreign = await fetch(url, { headers: { "Sec-Fetch-Site": site } });
    expect(foreign.status).toBe(400);
    expect(await foreign.text()).toContain("Cross-Site Request Forgery");
  }
  const preflighted = await fetch(url, {
    headers: { "Sec-Fetch-Site": "cross-site", "apollo-require-preflight": "1" },
  });
  expect(preflighted.status).toBe(200);
});

test("a form cannot post a query", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const answer = await fetch(graphql.url, {
      method: "POST",
      headers: { "Content-Type": type },
      body: '{"query":"{ eventTypes { name } }"}',
    });
    expect(answer.status).toBe(415);
    expect(await answer.text()).not.toContain("data");
  }
});

test("a body is JSON by its content type, whatever it holds: any other one is 415 and named so", async () => {
  const query = '{"query":"{ eventTypes { name } }"}';
  for (const [type, body] of [
    ["application/graphql", "{ eventTypes { name } }"],
    ["application/yaml", query],
    ["application/jsonp", query],
    ["", query],
  ] as const) {
    expect(await ask(body, { "Content-Type": type })).toEqual({
      status: 415,
      body: {
        errors: [{ message: "The body has to be application/json.", extensions: { code: "UNSUPPORTED_MEDIA_TYPE" } }],
      },
    });
  }
  for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/json;"]) {
    expect((await ask(query, { "Content-Type": type })).status).toBe(200);
  }
});

test("the whole schema can be read", async () => {
  const { body } = await ask({ query: "{ __schema { types { name } } }" });
  expect(JSON.stringify(body.data)).toContain('"HookEvent"');
});

test("what cannot be run is 400 with its code, and 200 for who asks for application/json by name", async () => {
  const faults: readonly (readonly [string, Record<string, unknown>])[] = [
    ["GRAPHQL_PARSE_FAILED", { query: "{ events(" }],
    ["GRAPHQL_VALIDATION_FAILED", { query: "{ nothing }" }],
    ["OPERATION_RESOLUTION_FAILURE", { query: "query A { eventTypes { name } } query B { eventTypes { name } }" }],
    ["BAD_USER_INPUT", { query: "query ($id: ID!) { event(id: $id) { id } }" }],
    [
      "QUERY_TOO_DEEP",
      { query: `{ events { nodes { ${"hooks { events { nodes { ".repeat(4)} id ${"} } } ".repeat(4)} } } }` },
    ],
    [
      "QUERY_TOO_COMPLEX",
      { query: "{ events(first: 1000) { nodes { hooks { events(first: 1000) { nodes { id } } } } } }" },
    ],
    [
      "QUERY_TOO_COMPLEX",
      { query: `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: eventTypes { name }`).join(" ")} }` },
    ],
  ];
  for (const [code, request] of faults) {
    for (const headers of [{}, { Accept: "*/*" }, RESPONSE_JSON]) {
      const { status, body } = await ask(request, headers);
      expect([code, status, body.errors?.[0]?.extensions.code, "data" in body]).toEqual([code, 400, code, false]);
    }
    const legacy = await ask(request, { Accept: "application/json" });
    expect([code, legacy.status, legacy.body.errors?.[0]?.extensions.code]).toEqual([code, 200, code]);
  }
});

test("a fault that a resolver finds names every argument", async () => {
  const { status, body } = await ask({ query: "{ events(first: 0, offset: -1) { totalCount } }" });
  expect(status).toBe(200);
  expect(body.errors?.[0]?.extensions.errors).toEqual([
    { path: "first", message: "0 is out of range: give a whole number from 1 to 1000" },
    { path: "offset", message: "-1 is out of range: give a whole number from 0 to 1000000" },
  ]);
});

test("a body that is no JSON, too large, or several requests at once is refused in GraphQL's own form", async () => {
  expect(await ask("{not json")).toEqual({
    status: 400,
    body: { errors: [{ message: "The body is not JSON.", extensions: { code: "BAD_REQUEST" } }] },
  });
  expect(await ask({ query: `{ eventTypes { name } } # ${"x".repeat(300_000)}` })).toEqual({
    status: 413,
    body: { errors: [{ message: "The body is larger than 256kb.", extensions: { code: "PAYLOAD_TOO_LARGE" } }] },
  });
  const batch = await ask([{ query: "{ eventTypes { name } }" }, { query: "{ eventTypes { name } }" }]);
  expect([batch.status, batch.body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_REQUEST"]);
  const endless = await ask({ query: `{ ${"eventTypes { name } ".repeat(2_000)} }` });
  expect([endless.status, endless.body.errors?.[0]?.extensions.code]).toEqual([400, "GRAPHQL_PARSE_FAILED"]);
});

test("methods that GraphQL does not have are refused, and OPTIONS says which there are", async () => {
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    for (const type of ["application/json", "text/plain"]) {
      const answer = await fetch(graphql.url, { method, headers: { "Content-Type": type }, body: "{}" });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, POST, OPTIONS"]);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "METHOD_NOT_ALLOWED" } }] });
    }
  }
  const options = await fetch(graphql.url, { method: "OPTIONS" });
  expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, POST, OPTIONS"]);
});

test("a store that fails shows nothing of how, and is logged once under the request's id", async () => {
  const failing = await graphqlServer((store) =>
    replacing(store, { events: () => Promise.reject(new Error("secret in /var/lib/events.db")) }),
  );
  try {
    const query = "{ events { nodes { id } } }";
    for (const [turn, id] of ["first", "second", "third"].entries()) {
      const answer = await failing.post({ query }, { "X-Request-Id": id });
      expect(await answer.json()).toEqual({
        data: null,
        errors: [
          {
            message: "Internal server error",
            path: ["events", "nodes"],
            extensions: { code: "INTERNAL_SERVER_ERROR", requestId: id },
            ...(turn === 0 ? { locations: [{ line: 1, column: 12 }] } : {}),
          },
        ],
      });
    }
    const masked = failing.lines.filter(({ message }) => message.includes("masked"));
    expect(masked.map(({ details }) => [details.requestId, String(details.err)])).toEqual(
      ["first", "second", "third"].map((id) => [id, "Error: secret in /var/lib/events.db"]),
    );
  } finally {
    await failing.close();
  }
});

test("a repeated request is answered again without the store, until something changes", async () => {
  const request = { query: "{ events(first: 2) { nodes { id } totalCount } }" };
  const callsOf = async (): Promise<number> => {
    const before = graphql.calls.get("events") ?? 0;
    await ask(request);
    return (graphql.calls.get("events") ?? 0) - before;
  };
  const first = await graphql.post(request);
  const firstText = await first.text();
  expect(await callsOf()).toBe(1); // what is asked for once is not kept
  expect(await callsOf()).toBe(0);
  const again = await graphql.post(request);
  expect(await again.text()).toBe(firstText);
  expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
  await graphql.store.append([observation(500)], graphql.clock.now);
  expect(await callsOf()).toBe(1);
  expect((await ask(request)).body.data).toMatchObject({ events: { totalCount: 121 } });
});

test("an answer is given again only to the same words and the same kind of caller", async () => {
  const request = { query: "{ events(first: 3) { totalCount } }" };
  const plain = await graphql.post(request);
  const response = await graphql.post(request, RESPONSE_JSON);
  expect(plain.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(response.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
  const get = `${graphql.url}?query=${encodeURIComponent("{ events(first: 4) { totalCount } }")}`;
  expect((await fetch(get)).status).toBe(200);
  expect((await fetch(get, { headers: { "Sec-Fetch-Site": "cross-site" } })).status).toBe(400);
});

test("an answer that depends on now grows old within a second, and one with errors is never given again", async () => {
  const query = '{ events(filter: { timeRange: "10m" }) { totalCount } }';
  const total = async (): Promise<unknown> => (await ask({ query })).body.data;
  const before = graphql.clock.now;
  await total();
  expect(await total()).toEqual({ events: { totalCount: 10 } });
  graphql.clock.now = before + 999;
  expect(await total()).toEqual({ events: { totalCount: 10 } });
  graphql.clock.now = before + 1_000;
  expect(await total()).toEqual({ events: { totalCount: 9 } });
  graphql.clock.now = before;

  const calls = graphql.calls.get("hooks") ?? 0;
  const bad = "{ hooks { totalCount } events(first: 0) { totalCount } }";
  await ask({ query: bad });
  await ask({ query: bad });
  expect(graphql.calls.get("hooks")).toBe(calls + 2);
});

test.each([
  ["fields in fields", "{a".repeat(50_000)],
  ["objects in an argument", `{ events(filter: ${"{a:".repeat(2_400)}`],
  ["lists in an argument", `{ events(filter: ${"[".repeat(4_000)}`],
  ["lists in a type", `query ($a: ${"[".repeat(3_000)}Int) { eventTypes { name } }`],
])("a text that nests %s without end is refused before it is parsed", async (_name, query) => {
  const answer = await graphql.post({ query });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "QUERY_TOO_DEEP" } }] });
});

test("brackets in strings and comments do not count as nesting", async () => {
  const query = `{ events(filter: { text: "${"{[(".repeat(200)}" }) { totalCount } } # ${"{".repeat(500)}`;
  expect((await ask({ query })).body).toEqual({ data: { events: { totalCount: 0 } } });
});

test("a mutation is told that there are none", async () => {
  const answer = await graphql.post({ query: "mutation { x }" });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }] });
});

test("a subscription by POST is told where subscriptions are", async () => {
  for (let again = 0; again < 3; again++) {
    const answer = await graphql.post({ query: "subscription { eventChanges { type } }" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("WebSocket"), extensions: { code: "OPERATION_RESOLUTION_FAILURE" } }],
    });
  }
});
