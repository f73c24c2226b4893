// What an operator lets callers of /graphql do holds over every way to it: which operations, the schema, the playground, hints.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codesOf, WAYS } from "./graphqlWays.ts";
import { graphqlClient } from "./live/graphqlEdge.ts";
import { LiveServer, until } from "./live/liveServer.ts";

interface Manifest {
  readonly operations: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly body: string;
  }[];
}

const MANIFEST = JSON.parse(
  readFileSync(new URL("../../schema/persisted-queries.json", import.meta.url), "utf8"),
) as Manifest; // Apollo's format
const LIST = operation("ListEvents");
const STREAM = operation("StreamEvents");
const UNKNOWN = "0".repeat(64);
const FREE = "{ eventTypes { name } }";
const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

function operation(name: string): Manifest["operations"][number] {
  const found = MANIFEST.operations.find((each) => each.name === name);
  if (!found) throw new Error(`the manifest has no ${name}`);
  return found;
}

function hashed(sha256Hash: string): { readonly extensions: Readonly<Record<string, unknown>> } {
  return { extensions: { persistedQuery: { version: 1, sha256Hash } } };
}

let open: LiveServer;
let persisted: LiveServer;
let closed: LiveServer;
beforeAll(async () => {
  open = await LiveServer.start();
  persisted = await LiveServer.start({ graphqlPolicy: { mode: "persisted", introspection: true, playground: true } });
  closed = await LiveServer.start({
    graphqlPolicy: { mode: "open", introspection: false, playground: false },
    isAnonymous: ({ headers }, caller) => !headers.authorization && caller?.name !== "known",
  });
  for (const server of [open, persisted, closed]) await server.happen(3);
});
afterAll(() => Promise.all([open, persisted, closed].map((server) => server.close())));

describe.each(WAYS)("by $name", ({ name, ask }) => {
  const three = { data: { events: { pageInfo: { hasNextPage: true } } } };

  test("an operation of the manifest is run by its hash, its id and its text, whatever the mode", async () => {
    for (const server of [open, persisted]) {
      for (const named of [
        hashed(LIST.id),
        hashed(LIST.id.toUpperCase()),
        { documentId: LIST.id },
        { documentId: `sha256:${LIST.id}` },
        { id: LIST.id },
        { query: LIST.body },
        { query: LIST.body, ...hashed(LIST.id) },
      ]) {
        expect(await ask(server.url, { ...named, variables: { limit: 2 } })).toMatchObject(three);
      }
    }
  });

  test("every query of the manifest has its text and its hash, and is run by it", async () => {
    for (const { id, body, type } of MANIFEST.operations) {
      expect(createHash("sha256").update(body).digest("hex")).toBe(id);
      if (type !== "query") continue;
      const variables = {
        namespace: "default",
        name: "none",
        eventType: "pod-restart",
        manifest: "a: 1",
        interval: "1h",
      };
      const byHash = await ask(persisted.url, { ...hashed(id), variables });
      const codes = codesOf(byHash);
      expect(codes.filter((code) => !["BAD_USER_INPUT", "NOT_FOUND"].includes(code ?? ""))).toEqual([]);
      expect(byHash).toEqual(await ask(persisted.url, { query: body, variables }));
    }
  });

  test("where only those are run, any other text is refused with what would be right, and what else it says changes nothing", async () => {
    for (const asking of [
      { query: FREE },
      { query: `${LIST.body} ` },
      { query: LIST.body.replace("events(", "events (") },
      { query: "{ __schema { types { name } } }" },
      { query: "{ nothing" },
      { query: FREE, documentId: LIST.id },
      { query: FREE, id: LIST.id },
      { query: FREE, ...hashed(createHash("sha256").update(FREE).digest("hex")) },
      { query: `${FREE} ${LIST.body}`, operationName: "ListEvents" },
      { operationName: "ListEvents" },
      {},
    ]) {
      const answer = await ask(persisted.url, asking);
      expect([asking, codesOf(answer), "data" in answer]).toEqual([asking, ["PERSISTED_QUERY_ONLY"], false]);
      expect(answer.errors?.[0]?.message).toMatch(/persisted-queries\.json.*sha256Hash/);
      if (name !== "socket") expect(answer.status).toBe(403);
    }
  });

  test("an id that is none of the manifest is not found, and never learnt", async () => {
    for (const server of [open, persisted]) {
      for (const named of [hashed(UNKNOWN), { documentId: UNKNOWN }, { id: "x" }]) {
        const answer = await ask(server.url, named);
        expect(codesOf(answer)).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
        if (name !== "socket") expect(answer.status).toBe(200); // which is how Apollo's clients hear of it
      }
    }
    const free = hashed(createHash("sha256").update(FREE).digest("hex"));
    expect(await ask(open.url, { query: FREE, ...free })).toMatchObject({ data: { eventTypes: expect.any(Array) } });
    expect(codesOf(await ask(open.url, free))).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
  });

  test("a hash that is not the text's, or is none, is named as the fault", async () => {
    for (const extensions of [
      { persistedQuery: { version: 1, sha256Hash: UNKNOWN } },
      { persistedQuery: { version: 2, sha256Hash: LIST.id } },
      { persistedQuery: { version: 1 } },
      { persistedQuery: "x" },
    ]) {
      const answer = await ask(open.url, { query: LIST.body, extensions });
      expect([codesOf(answer), answer.errors?.[0]?.message]).toEqual([
        ["BAD_REQUEST"],
        expect.stringContaining("sha256Hash"),
      ]);
    }
  });

  test("the schema is not shown where that is off, whatever it is asked for as, and __typename is nothing of it", async () => {
    for (const query of [
      "{ __schema { types { name } } }",
      '{ shown: __type(name: "HookEvent") { fields { name } } }',
      "query { ...Hidden } fragment Hidden on Query { ... on Query { __schema { queryType { name } } } }",
    ]) {
      const answer = await ask(closed.url, { query });
      expect([codesOf(answer), answer.errors?.[0]?.message, "data" in answer]).toEqual([
        ["INTROSPECTION_DISABLED"],
        expect.stringMatching(/Introspection is switched off here, so there is no __(schema|type)/),
        false,
      ]);
      if (name !== "socket") expect(answer.status).toBe(400);
      expect(await ask(open.url, { query })).toMatchObject({ data: expect.anything() });
    }
    expect(await ask(closed.url, { query: "{ __typename events { __typename } }" })).toMatchObject({
      data: { __typename: "Query", events: { __typename: "EventConnection" } },
    });
  });

  const MISTYPED: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ["{ event { id } }", {}, 'Field "event" argument "id"'],
    ["{ evnts { totalCount } }", {}, 'Cannot query field "evnts" on type "Query".'],
    ["{ events(frst: 1) { totalCount } }", {}, 'Unknown argument "frst" on field "Query.events".'],
    [
      "{ events(filter: { statuses: [FIRNG] }) { totalCount } }",
      {},
      'Value "FIRNG" does not exist in "EventStatus" enum.',
    ],
    ["query ($f: EventFiltr) { events(filter: $f) { totalCount } }", {}, 'Unknown type "EventFiltr".'],
    [
      "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
      { f: { statuses: ["FIRNG"] } },
      'Value "FIRNG" does not exist in "EventStatus" enum.',
    ],
    [
      "query ($f: EventFilter) { events(filter: $f) { totalCount } }",
      { f: { statusses: ["FIRING"] } },
      'Field "statusses" is not defined by type "EventFilter".',
    ],
    ["{ events { ...Page } } fragment Pag on EventConnection { totalCount }", {}, 'Unknown fragment "Page".'],
  ];

  test("who is not known is told what is wrong, and no name that would be right", async () => {
    for (const [query, variables, message] of MISTYPED) {
      for (let turn = 0; turn < 3; turn++) {
        const { errors = [] } = await ask(closed.url, { query, variables });
        expect(errors[0]?.message).toContain(message);
        expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
      }
    }
  });

  test("who is known is helped", async () => {
    const known = { Authorization: "Bearer known" };
    const { errors = [] } = await ask(closed.url, { query: "{ evnts { totalCount } }" }, known);
    expect(errors[0]?.message).toMatch(/^Cannot query field "evnts" on type "Query". Did you mean "events"/);
    const variables = { f: { statuses: ["FIRNG"] } };
    const query = "query ($f: EventFilter) { events(filter: $f) { totalCount } }";
    const faulty = await ask(closed.url, { query, variables }, known);
    expect(faulty.errors?.[0]?.message).toContain('Did you mean the enum value "FIRING"?');
  });
});

test("a subscription of the manifest is opened by its hash, and none but those where only they are run", async () => {
  const { client } = graphqlClient(persisted.url);
  const heard: unknown[] = [];
  const faults: unknown[] = [];
  client.subscribe(
    { query: "", ...hashed(STREAM.id) },
    {
      next: (message) => heard.push(message),
      error: (error) => faults.push(error),
      complete: () => {},
    },
  );
  client.subscribe(
    { query: "subscription { eventChanges { type } }" },
    {
      next: (message) => heard.push(message),
      error: (error) => faults.push(error),
      complete: () => {},
    },
  );
  await until(() => faults.length === 1, "the refusal");
  const [change] = await persisted.happen();
  await until(() => heard.length === 1, "what happened");
  expect(heard).toMatchObject([{ data: { eventChanges: { event: { id: change?.record.event.id } } } }]);
  expect(faults).toMatchObject([[{ extensions: { code: "PERSISTED_QUERY_ONLY" } }]]);
  await client.dispose();
});

test("no number of other parameters hides a text from where only persisted operations are run", async () => {
  const padding = "a=&".repeat(1_500);
  for (const search of [
    `${padding}query=${encodeURIComponent(FREE)}`,
    `query=${encodeURIComponent(LIST.body)}&query=${encodeURIComponent(FREE)}`,
    `query=${encodeURIComponent(FREE)}&query=${encodeURIComponent(LIST.body)}`,
  ]) {
    const answer = await fetch(`${persisted.url}/graphql?${search}`);
    expect([400, 403]).toContain(answer.status);
    expect(await answer.text()).not.toContain('"data"');
  }
});

test("REST answers alike, whatever GraphQL's callers are let do", async () => {
  for (const server of [persisted, closed]) {
    expect((await fetch(`${server.url}/api/v1/events?limit=1`)).status).toBe(200);
    const mistyped = await fetch(`${server.url}/api/v1/events?limt=1`);
    expect(await mistyped.text()).toContain("did you mean");
  }
});

test("a browser gets the playground, or an answer as any other caller where there is none", async () => {
  const page = await fetch(`${open.url}/graphql`, { headers: BROWSER });
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  await page.body?.cancel();
  for (const [server, status] of [
    [closed, 400],
    [persisted, 403],
  ] as const) {
    const answer = await fetch(`${server.url}/graphql`, { headers: BROWSER });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      status,
      expect.stringMatching(/^application\/json/),
    ]);
    const only = await fetch(`${server.url}/graphql?query=%7B__typename%7D`, { headers: { Accept: "text/html" } });
    expect(only.status).toBe(server === closed ? 406 : 403);
  }
});
