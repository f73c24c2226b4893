// Hostile GraphQL: deep, wide, aliased, fragmented, huge, malformed. Each is refused, by what is wrong with it.
import { expect, test } from "vitest";
import { expectRefusals, gatewayWith, type Told } from "./attacked.ts";

const DEEP = `${"{ events { nodes { hooks { events ".repeat(400)}`;
const WIDE = Array.from({ length: 3_000 }, () => "id").join(" ");

function nested(open: string, close: string, times: number, inner = "1"): string {
  return open.repeat(times) + inner + close.repeat(times);
}

/** `hooks` of events of hooks, which is the only way to go deep that the schema has. */
function deepQuery(levels: number): string {
  return `{ events { ${"nodes { hooks { events { ".repeat(levels)} totalCount ${"} } }".repeat(levels)} } }`;
}

function query(text: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ query: text, ...more });
}

const ATTACKS: Readonly<Record<string, string>> = {
  "fields in each other beyond the limit": query(deepQuery(20)),
  "fields in each other by the thousand": query(deepQuery(3_000)),
  "brackets that never close": query(DEEP),
  "selections in each other, by the ten thousand": query(`{ events ${nested("{ nodes ", "}", 20_000, "id")} }`),
  "lists in each other": query(`{ events(filter: { namespaces: ${nested("[", "]", 20_000)} }) { totalCount } }`),
  "objects in each other": query(`{ events(filter: ${nested("{ hook: ", "}", 10_000)}) { totalCount } }`),
  "types in each other": query(`query ($a: ${nested("[", "]", 50_000, "Int")}) { eventTypes { name } }`),
  aliases: query(`{ ${Array.from({ length: 2_000 }, (_, index) => `a${index}: eventTypes { name }`).join(" ")} }`),
  "aliases in a fragment": query(
    `{ ...F } fragment F on Query { ${Array.from({ length: 500 }, (_, index) => `a${index}: eventTypes { name }`).join(" ")} }`,
  ),
  "a page of pages": query("{ hooks(first: 1000) { nodes { events(first: 1000) { nodes { hooks { name } } } } } }"),
  "wide selections": query(`{ events(first: 1000) { nodes { ${WIDE} } } }`),
  "fragments that double": query(
    `{ ...F0 } ${Array.from({ length: 40 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`).join(" ")} fragment F40 on Query { eventTypes { name } }`,
  ),
  "fragments in a circle": query("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
  directives: query(`{ eventTypes ${"@include(if: true) ".repeat(4_000)} { name } }`),
  "directives on one field, unknown": query(`{ eventTypes ${"@a ".repeat(20_000)} { name } }`),
  "introspection in circles": query(
    `{ __schema { types { fields { type { ${"fields { type { ".repeat(30)} name ${"} }".repeat(30)} } } } } }`,
  ),
  "operations by the thousand": query(
    Array.from({ length: 3_000 }, (_, index) => `query Q${index} { eventTypes { name } }`).join(" "),
  ),
  "words without end": query(`{ ${"a ".repeat(100_000)} }`),
  "comments without end": query(`${"#\n".repeat(100_000)}{`),
  "commas without end": query(`{ eventTypes { name ${",".repeat(100_000)} }`),
  "a string without end": query(`{ event(id: "${"a".repeat(200_000)}`),
  "a name without end": query(`{ ${"a".repeat(200_000)} }`),
  "unknown fields by the hundred, each with its suggestions": query(
    `{ ${Array.from({ length: 1_000 }, (_, index) => `eventType${index}`).join(" ")} }`,
  ),
  "huge variables": query("query ($a: String) { event(id: $a) { id } }", { variables: { a: "x".repeat(10_000_000) } }),
  "variables by the ten thousand": query(
    `query (${Array.from({ length: 1_500 }, (_, index) => `$v${index}: Int`).join(" ")}) { eventTypes { name } }`,
  ),
  "variables in each other": `{"query":"query ($f: EventFilter) { events(filter: $f) { totalCount } }","variables":{"f":${nested('{"hook":', "}", 30_000)}}}`,
  "a list of namespaces without end": query("query ($f: EventFilter) { events(filter: $f) { totalCount } }", {
    variables: { f: { namespaces: Array.from({ length: 30_000 }, (_, index) => `n${index}`) } },
  }),
  "a text of wildcards": query("query ($f: EventFilter) { events(filter: $f) { totalCount } }", {
    variables: { f: { resourceName: "*a".repeat(50_000) } },
  }),
  "a page larger than pages are": query("{ events(first: 2147483647) { nodes { id } } }"),
  "a page of less than nothing": query("{ events(first: -1) { nodes { id } } }"),
  "a cursor that is none": query(`{ events(after: "${"%00".repeat(1_000)}") { nodes { id } } }`),
  "a time that is none": query(`{ events(filter: { timeRange: "${"9".repeat(1_000)}d" }) { totalCount } }`),
  "a batch": `[${Array.from({ length: 1_000 }, () => query("{ eventTypes { name } }")).join(",")}]`,
  "JSON in itself": nested("[", "]", 60_000),
  "JSON that is no request": '{"query":{"query":{"query":1}}}',
  "JSON with a prototype": '{"__proto__":{"query":"{ eventTypes { name } }"},"constructor":{"prototype":{}}}',
  "JSON cut off": '{"query":"{ eventTypes',
  "an operation that is not there": query("query A { eventTypes { name } }", { operationName: "__proto__" }),
  "lone surrogates": '{"query":"{ \\ud800 }"}',
  "names that look like others": query("{ еventTypes { nаme } }"),
  "marks of byte order and of direction": query("\u202e{ eventTypes\u0000 { name\u2028 } }"),
  "control characters": query("{ eventTypes \u0001\u0007\u001b[2J { name } }"),
};

const gateway = gatewayWith();

test("hostile queries are refused, one by one and all at once", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const told: Record<string, Told> = {};
    for (const [name, body] of Object.entries(ATTACKS)) told[name] = await attacked.graphql(body);
    expectRefusals(told);
  });
  await attacked.withstands(async () => {
    const attacks = Object.entries(ATTACKS).filter(([, body]) => body.length < 300_000);
    const told = await Promise.all(
      attacks.flatMap(([name, body]) =>
        [1, 2, 3, 4, 5].map(async (copy) => [`${name}, ${copy}`, await attacked.graphql(body)] as const),
      ),
    );
    expectRefusals(Object.fromEntries(told));
  });
}, 60_000);

test("a hundred large queries, each allowed, wait for their turn, and who asks for little does not", async () => {
  const attacked = gateway();
  const query =
    "query ($offset: Int) { events(first: 1000, offset: $offset) { nodes { id message hooks { name } tags { key } } } }";
  await attacked.withstands(async () => {
    const attackers = await Promise.all(Array.from({ length: 100 }, () => attacked.connect("127.0.0.2")));
    for (const [offset, attacker] of attackers.entries()) {
      const body = JSON.stringify({ query, variables: { offset } });
      const graphql = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const rest = `GET /api/v1/events?limit=1000&offset=${offset} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      attacker.send(offset % 2 === 0 ? graphql : rest);
    }
    const told = await Promise.all(attackers.map((attacker) => attacker.told));
    for (const each of told) expect(each).toBe(200);
  });
}, 60_000);

test("the same over GET and over REST: paths and parameters", async () => {
  const attacked = gateway();
  const targets: Readonly<Record<string, string>> = {
    "a deep query": `/graphql?query=${encodeURIComponent(deepQuery(50))}`,
    aliases: `/graphql?query=${encodeURIComponent(`{ ${Array.from({ length: 200 }, (_, index) => `a${index}: eventTypes { name }`).join(" ")} }`)}`,
    "variables that are no JSON": "/graphql?query={eventTypes{name}}&variables={{{{",
    "parameters by the thousand": `/api/v1/events?${"limit=1&".repeat(3_000)}`,
    "unknown parameters": `/api/v1/events?${Array.from({ length: 2_000 }, (_, index) => `p${index}=1`).join("&")}`,
    "a parameter without end": `/api/v1/events?text=${"a".repeat(30_000)}&limit=x`,
    "not UTF-8": "/api/v1/events?text=%ff%fe%80",
    "half an escape": "/api/v1/events?text=%",
    "bytes of nothing in a parameter": "/api/v1/events?status=%00",
    "a prototype": "/api/v1/events?__proto__=1&constructor=2",
    "a limit of everything": "/api/v1/events?limit=99999999999999999999",
    "an offset of nothing": "/api/v1/events?offset=-1",
    "a sort of its own": "/api/v1/events?sort=timestamp;drop%20table%20events",
    SQL: "/api/v1/events?status=firing'%20or%201=1--",
    "a time range without end": `/api/v1/stats/events/summary?timeRange=${"9".repeat(500)}d`,
    "buckets without end": "/api/v1/stats/trends?timeRange=30d&interval=1ms",
  };
  await attacked.withstands(async () => {
    const told: Record<string, Told | "nothing"> = {};
    for (const [name, target] of Object.entries(targets)) {
      told[name] = await attacked.tell(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    }
    expectRefusals(told);
  });
}, 60_000);
