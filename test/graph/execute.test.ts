// Operations: compiled and interpreted alike, bounded in cost, and in one case passed through as they are stored.
import fc from "fast-check";
import { type ExecutionResult, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EventJson, toEventJson } from "../../src/events/eventJson.ts";
import { EventRecord } from "../../src/events/eventRecord.ts";
import { createExecutor } from "../../src/graph/execute.ts";
import { limitRules } from "../../src/graph/limits.ts";
import type { Operation, Variables } from "../../src/graph/operation.ts";
import { counting, executor, graphContext, type Logged } from "./harness.ts";
import { type Seeded, seededStore } from "./seededStore.ts";

let seeded: Seeded;
beforeAll(async () => {
  seeded = await seededStore();
});
afterAll(() => seeded.close());

const sent = (result: ExecutionResult): unknown => JSON.parse(JSON.stringify(result));

const QUERIES: readonly { readonly query: string; readonly variables?: Record<string, unknown> }[] = [
  {
    query:
      "{ events(first: 7) { nodes { id tags { key value } hooks { name uid } dispatches { outcome hook { name } } } } }",
  },
  {
    query: `query ($filter: EventFilter, $sort: EventSort! = EVENT_TYPE, $wanted: Boolean!) {
      events(filter: $filter, sort: $sort, first: 3) { ...page @include(if: $wanted) totalCount } }
      fragment page on EventConnection { edges { cursor node { id: cursor resource { ... on Resource { name } } } } }`,
    variables: { filter: { timeRange: "1h", statuses: ["RESOLVED"], namespaces: "shop" }, wanted: true },
  },
  { query: "{ stats { __typename byType { eventType percentage } trends { buckets { start byType { count } } } } }" },
  { query: "{ hooks { nodes { yaml status { activeEvents { status } } stats { dispatches { successRate } } } } }" },
  { query: '{ event(id: "none") { id } a: hook(namespace: "a", name: "b") { name } }' },
  { query: "{ events(first: 0) { totalCount } }" },
  { query: "query ($first: Int!) { events(first: $first) { totalCount } }", variables: { first: "x" } },
  { query: "query ($id: ID!) { event(id: $id) { id } }", variables: {} },
  {
    query: "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
    variables: { f: { startTime: "x", bogus: 1 } },
  },
  {
    query: "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
    variables: { f: { statuses: ["firing"] } },
  },
  {
    query: '{ __schema { queryType { name } } __type(name: "Tag") { fields { name type { kind ofType { name } } } } }',
  },
];

test("what is compiled answers what is interpreted, errors included", async () => {
  for (const [index, { query, variables = {} }] of QUERIES.entries()) {
    const fresh = createExecutor(executor().schema);
    const document = parse(query);
    const key = `query ${index}`;
    const interpreted = sent(await fresh.prepare(key, document).execute(variables, graphContext(seeded.store)));
    const compiled = sent(await fresh.prepare(key, document).execute(variables, graphContext(seeded.store)));
    expect(compiled, query).toEqual(interpreted);
    const owned = sent(await fresh.compile(query).execute(variables, graphContext(seeded.store)));
    expect(owned, query).toEqual(interpreted);
  }
});

test("variables are taken compiled as they are interpreted, whatever they are", async () => {
  const query = `query ($filter: EventFilter, $sort: EventSort! = EVENT_TYPE, $first: Int! = 3, $names: [String!] = ["shop"],
    $time: DateTime = "2026-11-23T11:00:00Z", $range: Duration) {
    events(filter: $filter, sort: $sort, first: $first) { totalCount nodes { id } }
    more: events(filter: { namespaces: $names, startTime: $time }) { totalCount }
    stats(timeRange: $range) { summary { totalEvents } } }`;
  const compiled = executor().compile(query);
  const junk = fc.oneof(
    fc.constantFrom(
      null,

      "",
      "shop",
      "FIRING",
      "1h",
      "2026-11-23T11:30:00Z",
      0,
      1,
      2.5,
      2 ** 31,
      true,
      {},
      [],
      [null],
    ),
    fc.constantFrom(
      ["shop"],
      ["FIRING"],
      ["firing", 3],
      [["shop"]],
      { name: "web-hook" },
      { namespace: "shop", name: "web-hook" },
    ),
  );
  const fit = fc.record(
    {
      filter: fc.record(
        {
          namespaces: fc.constantFrom(null, "shop", ["shop", "pay"], []),
          statuses: fc.constantFrom(null, ["FIRING"], "RESOLVED"),
          resourceName: fc.constantFrom(null, "pod-1*"),
          hook: fc.constantFrom(null, { namespace: "shop", name: "web-hook" }),
          startTime: fc.constantFrom(null, "2026-11-23T11:30:00+00:00"),
        },
        { requiredKeys: [] },
      ),
      sort: fc.constantFrom("TIMESTAMP", "RESOURCE_NAME_DESC"),
      first: fc.constantFrom(1, 2),
      names: fc.constantFrom(null, "pay", ["pay"]),
      time: fc.constantFrom(null, "2026-11-23T11:59:00Z"),
      range: fc.constantFrom(null, "1h"),
    },
    { requiredKeys: [] },
  );
  const inFilter = fc.constantFrom("namespaces", "statuses", "resourceName", "hook", "startTime", "timeRange", "bogus");
  const outside = fc.constantFrom("filter", "sort", "first", "names", "time", "range");
  const variables = fc
    .tuple(fit, fc.constantFrom("none", "inside", "outside"), inFilter, outside, junk)
    .map(([given, where, inner, outer, value]): Record<string, unknown> => {
      if (where === "none") return given;
      return where === "outside"
        ? { ...given, [outer]: value }
        : { ...given, filter: { ...given.filter, [inner]: value } };
    });
  await fc.assert(
    fc.asyncProperty(variables, async (given) => {
      const once = createExecutor(executor().schema).prepare("once", parse(query));
      const expected = sent(await once.execute(given, graphContext(seeded.store)));
      expect(sent(await compiled.execute(given, graphContext(seeded.store)))).toEqual(expected);
    }),
    { numRuns: 600 },
  );
});

test("a text is interpreted once, compiled when it comes again, and then kept", () => {
  const fresh = createExecutor(executor().schema);
  const document = parse("{ eventTypes { name } }");
  const first = fresh.prepare("key", document);
  const second = fresh.prepare("key", document);
  expect(second).not.toBe(first);
  expect(fresh.prepare("key", document)).toBe(second);
  expect(fresh.compile("{ eventTypes { name } }")).toBe(fresh.compile("{ eventTypes { name } }"));
});

test("variables that do not fit are told with their place, and nothing is asked of the store", async () => {
  const { store, calls } = counting(seeded.store);
  const operation = executor().compile("query ($f: EventFilter) { events(filter: $f) { totalCount } }");
  const result = await operation.execute({ f: { endTime: "tomorrow" } }, graphContext(store));
  expect(result.data).toBeUndefined();
  expect(result.errors?.[0]?.message).toBe(
    'Variable "$f" got invalid value "tomorrow" at "f.endTime"; DateTime cannot be "tomorrow": give an RFC 3339 time such as "2026-11-23T08:01:24Z".',
  );
  expect(result.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  expect(calls.size).toBe(0);
});

describe("a null where none is taken", () => {
  const NULL_FAULT = [
    {
      message: 'Argument "first" of non-null type "Int!" must not be null.',
      locations: expect.anything(),
      extensions: { code: "BAD_USER_INPUT" },
    },
  ];

  async function everyWay(text: string, variables: Variables): Promise<readonly ExecutionResult[]> {
    const executing = executor();
    const results: ExecutionResult[] = [];
    const ran = async (operation: Operation) => {
      const logged: Logged[] = [];
      results.push(JSON.parse(JSON.stringify(await operation.execute(variables, graphContext(seeded.store, logged)))));
      expect(logged).toEqual([]);
    };
    for (let turn = 0; turn < 3; turn++) await ran(executing.prepare(`null ${text}`, parse(text)));
    await ran(executing.compile(text));
    return results;
  }

  test.each([
    "query ($null: Int = 5) { events(first: $null) { totalCount } }",
    "query ($null: Int) { events(first: $null) { totalCount } }",
    "query ($null: Int) { ...Page ...Page } fragment Page on Query { ... on Query { hooks(first: $null) { totalCount } } }",
    "query ($null: Int) { hooks { nodes { events(first: $null) { totalCount } } } }",
  ])("is the caller's fault, interpreted and compiled: %s", async (text) => {
    for (const result of await everyWay(text, { null: null })) expect(result).toEqual({ errors: NULL_FAULT });
  });

  test("is one in a directive as well", async () => {
    for (const { data, errors } of await everyWay(
      "query ($null: Boolean = true) { events { totalCount @include(if: $null) } }",
      { null: null },
    )) {
      expect([data, errors?.map(({ extensions }) => extensions?.code)]).toEqual([undefined, ["BAD_USER_INPUT"]]);
    }
  });

  test("is none in what is left out, and where null is taken", async () => {
    for (const result of await everyWay(
      "query ($null: Int, $no: Boolean!, $range: Duration) { events(first: $null) @include(if: $no) { totalCount } stats(timeRange: $range) { summary { totalEvents } } }",
      { null: null, no: false, range: null },
    )) {
      expect(result).toEqual({ data: { stats: { summary: { totalEvents: expect.any(Number) } } } });
    }
  });
});

test("a document of our own that is none is refused by name", () => {
  expect(() => executor().compile("{ events(")).toThrow(/Syntax Error/);
  expect(() => executor().compile("{ nothing }")).toThrow(/Cannot query field "nothing"/);
  expect(() => executor().compile("query A { eventTypes { name } }", "B")).toThrow('no operation named "B"');
});

test("an operation that the document does not have says so when it is executed, however often", async () => {
  const fresh = createExecutor(executor().schema);
  const document = parse("query A { eventTypes { name } } query B { eventTypes { name } }");
  for (const name of ["C", undefined, "C", undefined]) {
    const result = await fresh.prepare("several", document, name).execute({}, graphContext(seeded.store));
    expect(result.data).toBeUndefined();
    expect(result.errors?.[0]?.extensions.code).toBe("OPERATION_RESOLUTION_FAILURE");
  }
  expect(
    (await fresh.prepare("several", document, "B").execute({}, graphContext(seeded.store))).errors,
  ).toBeUndefined();
});

test("an operation that costs too much is refused before it runs, by what its variables make of it", async () => {
  const { store, calls } = counting(seeded.store);
  const query = `query ($first: Int!, $filter: EventFilter) { events(first: $first, filter: $filter) {
    nodes { hooks { events(first: 100) { nodes { hooks { events(first: 10) { nodes { id } } } } } } } } }`;
  const document = parse(query);
  // What does not fit its type costs nothing, and is not remembered as costing nothing.
  const unfit = await executor()
    .prepare("cost", document)
    .execute({ first: 1000, filter: { statuses: ["NO_STATUS"] } }, graphContext(store));
  expect(unfit.errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
  for (let turn = 0; turn < 3; turn++) {
    const refused = await executor().prepare("cost", document).execute({ first: 1000 }, graphContext(store));
    expect(refused.data).toBeUndefined();
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", maximum: 200_000 });
  }
  expect(calls.size).toBe(0);
  const allowed = await executor().prepare("cost", document).execute({ first: 1 }, graphContext(store));
  expect(allowed.errors).toBeUndefined();
});

test("fragments that multiply beyond counting are refused", async () => {
  const levels = Array.from(
    { length: 20 },
    (_, level) =>
      `fragment f${level} on Query { ${level === 19 ? "__typename" : `...f${level + 1} ...f${level + 1}`} }`,
  );
  const document = parse(`{ ...f0 } ${levels.join(" ")}`);
  const result = await executor().prepare("bomb", document).execute({}, graphContext(seeded.store));
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", cost: null });
});

test("a page of a thousand events with all of their hooks and dispatches is allowed", async () => {
  const query = `{ events(first: 1000) { totalCount pageInfo { endCursor } nodes { id cursor cluster eventType status severity namespace
    resource { apiVersion kind name namespace uid } reason message source tags { key value } count occurrences timestamp firstSeen
    lastSeen resolvedAt duplicateOf ignoredByController hooks { namespace name uid labels { key value } createdAt
    eventConfigurations { eventType agentRef { name } } } dispatches { id outcome agent error timestamp hook { name } } } } }`;
  const result = await executor().prepare("large", parse(query)).execute({}, graphContext(seeded.store));
  expect(result.errors).toBeUndefined();
});

test("what nests or renames too much is refused with a code of its own", () => {
  const codes = (query: string): readonly unknown[] =>
    validate(executor().schema, parse(query), [...limitRules]).map((error) => error.extensions.code);
  const deep = `{ events { nodes { ${"hooks { events { nodes { ".repeat(4)} id ${"} } } ".repeat(4)} } } }`;
  expect(codes(deep)).toEqual(["QUERY_TOO_DEEP"]);
  const hidden = `{ ...a } fragment a on Query { events { nodes { ...b } } } fragment b on HookEvent { ${"hooks { events { nodes { ".repeat(4)} id ${"} } } ".repeat(4)} }`;
  expect(codes(hidden)).toEqual(["QUERY_TOO_DEEP"]);
  const renamed = `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: eventTypes { name }`).join(" ")} }`;
  expect(codes(renamed)).toEqual(["QUERY_TOO_COMPLEX"]);
  expect(
    codes(
      "{ events { edges { node { hooks { events { nodes { hooks { eventConfigurations { agentRef { name } } } } } } } } } }",
    ),
  ).toEqual([]);
});

test("an answer depends on time exactly when the clock was read for it", async () => {
  const dependsOnTime = async (query: string): Promise<boolean> => {
    const context = graphContext(seeded.store);
    await executor().compile(query).execute({}, context);
    return context.dependsOnTime;
  };
  expect(await dependsOnTime("{ events { nodes { id } } }")).toBe(false);
  expect(await dependsOnTime('{ events(filter: { timeRange: "1h" }) { nodes { id } } }')).toBe(true);
  expect(await dependsOnTime("{ stats { summary { totalEvents } } }")).toBe(true);
  expect(
    await dependsOnTime(
      '{ stats(filter: { startTime: "2026-11-01T00:00:00Z", endTime: "2026-11-02T00:00:00Z" }) { summary { totalEvents } } }',
    ),
  ).toBe(false);
  expect(await dependsOnTime("{ hooks { nodes { name stats { lastEventAt } } } }")).toBe(true);
});

test("events passed through as stored are the events selected field by field", async () => {
  const fields = `id cursor eventType status severity namespace resource { apiVersion kind name namespace uid } reason message source
    tags { key value } count occurrences timestamp firstSeen lastSeen resolvedAt duplicateOf hooks { namespace name } cluster`;
  const query = `query ($sort: EventSort!, $first: Int!, $id: ID!) { events(sort: $sort, first: $first) { totalCount
    nodes { ...event } edges { node { ...event } } pageInfo { endCursor } } event(id: $id) { ...event } }
    fragment event on HookEvent { ${fields} }`;
  const variables = { sort: "RESOURCE_NAME_DESC", first: 20, id: "uid-3.1" };
  const operation = executor().compileReady(query);
  const ready = await operation?.execute(variables, graphContext(seeded.store));
  const ordinary = await executor().compile(query).execute(variables, graphContext(seeded.store));
  expect(ready?.errors).toBeUndefined();
  let met = 0;
  const asSelected = JSON.parse(
    JSON.stringify(ready, (_key, value: unknown) => {
      if (isRun(value)) {
        const events = JSON.parse(`[${value[0].json}]`) as EventJson[]; // the store writes only EventJson
        met += events.length;
        return events.map(selected);
      }
      if (!(value instanceof EventRecord)) return value;
      met++;
      return selected(JSON.parse(value.json) as EventJson); // the store writes only EventJson
    }),
  );
  expect(asSelected).toEqual(sent(ordinary));
  expect(met).toBe(41);
});

test("an event's stored text is its JSON form", async () => {
  const { records } = await seeded.store.events({ filter: {}, sort: "TIMESTAMP_DESC", first: 5 });
  for (const record of records) expect(record.json).toBe(JSON.stringify(toEventJson(record.event)));
});

test("an operation that asks for no event has nothing to pass through", () => {
  expect(executor().compileReady("{ stats { summary { totalEvents } } }")).toBeUndefined();
});

/** The nodes of a page: one object with the texts of all. */
function isRun(value: unknown): value is [{ readonly json: string }] {
  return Array.isArray(value) && value.length === 1 && typeof value[0]?.json === "string";
}

/** The JSON form as the fields above would select it: enums in upper case, tags as a list, no resource name beside. */
function selected({ resourceName: _beside, status, severity, tags, ...same }: EventJson): Record<string, unknown> {
  return {
    ...same,
    status: status.toUpperCase(),
    severity: severity.toUpperCase(),
    tags: Object.keys(tags)
      .sort()
      .map((key) => ({ key, value: tags[key] })),
  };
}
