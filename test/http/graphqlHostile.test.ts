// Documents made to cost more than they ask for: each is refused with its code over every way, and the next caller is answered.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asking, codesOf, WAYS } from "./graphqlWays.ts";
import { LiveServer } from "./live/liveServer.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start({ streamLimits: { messageBytes: 2 ** 20 } });
  await server.happen(3);
});
afterAll(() => server.close());

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(" ");
}

const SKIP = "@skip(if: false)";
/** Each fragment spreads the next one twice. */
const DOUBLING = `{ ...F0 } ${times(40, (at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`)}
  fragment F40 on Query { eventTypes { name } }`;

const HOSTILE: readonly (readonly [string, string | readonly string[], Asking])[] = [
  ["1,000 directives on one field", "QUERY_TOO_COMPLEX", { query: `{ eventTypes ${"@a ".repeat(1_000)} { name } }` }],
  [
    "51 good directives, spread over fields",
    "QUERY_TOO_COMPLEX",
    { query: `{ ${times(51, () => `eventTypes { name ${SKIP} }`)} }` },
  ],
  [
    "51 good directives, in fragments",
    "QUERY_TOO_COMPLEX",
    {
      query: `{ ${times(17, () => "...F")} } fragment F on Query { eventTypes ${SKIP} { name ${SKIP} source ${SKIP} } }`,
    },
  ],
  ["31 aliases", "QUERY_TOO_COMPLEX", { query: `{ ${times(31, (at) => `a${at}: eventTypes { name }`)} }` }],
  [
    "31 aliases, in fragments",
    "QUERY_TOO_COMPLEX",
    {
      query: `{ ${times(31, (at) => `...F${at}`)} } ${times(31, (at) => `fragment F${at} on Query { a${at}: health { status } }`)}`,
    },
  ],
  [
    "13 levels, by way of fragments",
    "QUERY_TOO_DEEP",
    {
      query: `{ events { nodes { ...F0 } } } ${times(5, (at) => `fragment F${at} on HookEvent { hooks { events { nodes { ...F${at + 1} } } } }`)}
        fragment F5 on HookEvent { id }`,
    },
  ],
  [
    "pages of pages",
    "QUERY_TOO_COMPLEX",
    {
      query: "query ($n: Int!) { hooks(first: $n) { nodes { events(first: $n) { nodes { id } } } } }",
      variables: { n: 1_000 },
    },
  ],
  [
    "pages of pages whose sizes are defaults",
    "QUERY_TOO_COMPLEX",
    { query: "query ($n: Int! = 1000) { hooks(first: $n) { nodes { events(first: $n) { nodes { id } } } } }" },
  ],
  [
    "a fragment that spreads itself",
    ["GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_DEEP"],
    { query: "{ ...F } fragment F on Query { eventTypes { name } ...F }" },
  ],
  [
    "fragments that spread each other in a ring",
    ["GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_DEEP"],
    { query: `{ ...F0 } ${times(20, (at) => `fragment F${at} on Query { ...F${(at + 1) % 20} }`)}` },
  ],
  [
    "a ring through fields",
    ["GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_DEEP"],
    { query: "{ events { nodes { ...F } } } fragment F on HookEvent { hooks { events { nodes { ...F } } } }" },
  ],
  ["fragments that double 40 times", ["QUERY_TOO_COMPLEX", "QUERY_TOO_DEEP"], { query: DOUBLING }],
  ["one thing, over and over", "QUERY_TOO_COMPLEX", { query: `{ ${"health { status } ".repeat(900)} }` }],
  [
    "more words than a document may have",
    "GRAPHQL_PARSE_FAILED",
    { query: `{ eventTypes { ${"name ".repeat(5_000)} } }` },
  ],
  [
    "10,000 variables declared",
    "GRAPHQL_PARSE_FAILED",
    { query: `query (${times(10_000, (at) => `$v${at}: Int`)}) { eventTypes { name } }` },
  ],
  [
    "a list of 10,000 names",
    "BAD_USER_INPUT",
    {
      query: "query ($names: [String!]) { events(filter: { namespaces: $names }) { totalCount } }",
      variables: { names: Array.from({ length: 10_000 }, (_, at) => `n${at}`) },
    },
  ],
  [
    "a list of 10,000 values that are none",
    "BAD_USER_INPUT",
    {
      query: "query ($names: [EventStatus!]) { events(filter: { statuses: $names }) { totalCount } }",
      variables: { names: Array.from({ length: 10_000 }, () => "NONE") },
    },
  ],
];

describe.each(WAYS)("by $name", ({ name, ask }) => {
  test.each(HOSTILE.filter(([, , asking]) => name !== "GET" || fitsUrl(asking)))(
    "%s is refused",
    async (_, codes, asking) => {
      for (let turn = 0; turn < 2; turn++) {
        const answer = await ask(server.url, asking);
        const [first] = codesOf(answer);
        expect([codes].flat()).toContain(first);
        expect(answer.data ?? null).toBeNull();
        if (name !== "socket") expect(answer.status).toBeLessThan(500);
      }
      expect(await ask(server.url, { query: "{ __typename }" })).toMatchObject({ data: { __typename: "Query" } });
    },
  );

  if (name === "GET") return; // no address is long enough for them
  test("10,000 variables that nothing declares are left alone", async () => {
    const variables = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`v${at}`, at]));
    const answer = await ask(server.url, { query: "{ events { totalCount } }", variables });
    expect(answer.data).toEqual({ events: { totalCount: 3 } });
  });
});

test("no number of other parameters hides how deep a text nests", async () => {
  const answer = await fetch(`${server.url}/graphql?${"a=&".repeat(1_500)}query=${"%7Ba".repeat(5_000)}`);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { errors: [{ extensions: { code: "QUERY_TOO_DEEP" } }] },
  ]);
});

test("several operations in one body are refused in words", async () => {
  const each = { query: "{ eventTypes { name } }" };
  for (const batch of [[], [each], Array.from({ length: 1_000 }, () => each)]) {
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(batch),
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {
        errors: [
          {
            message: "Send one operation a request: lists of them are not run.",
            extensions: { code: "BAD_REQUEST" },
          },
        ],
      },
    ]);
  }
});

describe("a page of another site", () => {
  const query = "{ events { totalCount } }";
  const search = `query=${encodeURIComponent(query)}`;
  const body = JSON.stringify({ query });

  test.each<[string, string, RequestInit, number]>([
    ["a form as text", "", { method: "POST", body, headers: { "Content-Type": "text/plain" } }, 415],
    [
      "a form as text that says it is no form",
      "",
      { method: "POST", body, headers: { "Content-Type": "text/plain", "apollo-require-preflight": "1" } },
      415,
    ],
    [
      "a form with fields",
      "",
      { method: "POST", body: search, headers: { "Content-Type": "application/x-www-form-urlencoded" } },
      415,
    ],
    ["a form with files", "", { method: "POST", body: new FormData() }, 415],
    ["a body without a type", "", { method: "POST", body: new Blob([body]) }, 415],
    [
      "a query in the URL of a form",
      `?${search}`,
      { method: "POST", body: "", headers: { "Content-Type": "text/plain" } },
      415,
    ],
    ["a GET from another site", `?${search}`, { headers: { "Sec-Fetch-Site": "cross-site" } }, 400],
    [
      "a GET from another site, with a type",
      `?${search}`,
      { headers: { "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain" } },
      400,
    ],
    ["a GET from a neighbour", `?${search}`, { headers: { "Sec-Fetch-Site": "same-site" } }, 400],
    [
      "a persisted operation from another site",
      `?documentId=312488b1a115a586435fa65cd82193395dbd59aadb193b6b5350546e583e0549`,
      { headers: { "Sec-Fetch-Site": "cross-site" } },
      400,
    ],
  ])("cannot send %s", async (_, place, init, status) => {
    const answer = await fetch(`${server.url}/graphql${place}`, init);
    const text = await answer.text();
    expect([answer.status, text.includes('"data"')]).toEqual([status, false]);
    expect(text).toMatch(status === 415 ? /UNSUPPORTED_MEDIA_TYPE/ : /Cross-Site Request Forgery|BAD_REQUEST/);
  });
});

/** Headers may have 32 KiB, the URL among them. */
function fitsUrl(asking: Asking): boolean {
  return encodeURIComponent(JSON.stringify(asking)).length < 24_000;
}
