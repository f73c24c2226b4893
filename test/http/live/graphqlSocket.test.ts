// What only GraphQL's sockets can: other subscriptions than of events, queries, several operations at a time on one socket.
// The protocol's own rules are the library's; here stands that they hold for ours.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Hook } from "../../../src/events/hook.ts";
import { NOON } from "../../generators.ts";
import { EVENT_CHANGES, graphqlClient } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.close());

type Client = ReturnType<typeof graphqlClient>["client"];

interface Operation {
  readonly heard: Record<string, unknown>[];
  errors: unknown;
  isComplete: boolean;
  readonly stop: () => void;
}

function run(client: Client, query: string, variables: Record<string, unknown> = {}): Operation {
  const operation: { -readonly [Key in keyof Operation]: Operation[Key] } = {
    heard: [],
    errors: undefined,
    isComplete: false,
    stop: () => {},
  };
  operation.stop = client.subscribe(
    { query, variables },
    {
      next(message) {
        operation.heard.push(message as unknown as Record<string, unknown>); // as JSON
        if (message.errors) operation.errors = message.errors;
      },
      error: (errors) => {
        operation.errors = errors;
      },
      complete: () => {
        operation.isComplete = true;
      },
    },
  );
  return operation;
}

/** What has been sent on the client's socket before has been taken up. */
async function settled(client: Client): Promise<void> {
  const query = run(client, "{ __typename }");
  await until(() => query.isComplete, "the answer to a query");
}

function hook(namespace: string, name: string, prompt = "Look."): Hook {
  return {
    namespace,
    name,
    uid: `${namespace}-${name}`,
    labels: {},
    annotations: {},
    generation: 1,
    createdAt: NOON,
    eventConfigurations: [{ eventType: "pod-restart", agentRef: { namespace, name: "agent" }, prompt }],
    status: null,
    manifest: { apiVersion: "kagent.dev/v1alpha2", kind: "Hook", metadata: { namespace, name } },
    deletedAt: null,
  };
}

describe("hookChanges", () => {
  const HOOK_CHANGES = `subscription ($namespace: String, $initial: Boolean! = false) {
    hookChanges(namespace: $namespace, initial: $initial) {
      type
      hook { namespace name deletedAt eventConfigurations { prompt } }
    }
  }`;

  function hooksTold({ heard }: Operation): readonly string[] {
    return heard.map(({ data }) => {
      const { hookChanges } = data as {
        readonly hookChanges: { type: string; hook: { namespace: string; name: string; deletedAt: string | null } };
      }; // as asked for
      const { type, hook: of } = hookChanges;
      return `${type} ${of.namespace}/${of.name}${of.deletedAt === null ? "" : " gone"}`;
    });
  }

  test("tells of hooks as they are created, changed and deleted, and first of those that exist when asked to", async () => {
    const { client } = graphqlClient(server.url);
    await server.store.putHooks([hook("shop", "old"), hook("billing", "old")]);
    const all = run(client, HOOK_CHANGES);
    const initial = run(client, HOOK_CHANGES, { initial: true });
    const ofShop = run(client, HOOK_CHANGES, { namespace: "shop", initial: true });
    await until(() => initial.heard.length === 2 && ofShop.heard.length === 1, "those that exist");
    await settled(client);
    await server.store.putHooks([hook("shop", "new")]);
    await until(() => all.heard.length === 1, "the new one");
    await server.store.putHooks([hook("shop", "new", "Look again."), hook("billing", "old")]); // of which one has changed
    await until(() => all.heard.length === 2, "the changed one");
    await server.store.deleteHooks([{ namespace: "billing", name: "old" }], NOON);
    await until(() => all.heard.length === 3, "the deleted one");
    await server.store.putHooks([hook("shop", "old", "Otherwise.")]);
    await until(() => ofShop.heard.length === 4 && all.heard.length === 4, "the old one");
    const live = ["ADDED shop/new", "MODIFIED shop/new", "DELETED billing/old gone", "MODIFIED shop/old"];
    expect(hooksTold(all)).toEqual(live);
    expect(hooksTold(initial)).toEqual(["ADDED billing/old", "ADDED shop/old", ...live]);
    expect(hooksTold(ofShop)).toEqual(["ADDED shop/old", live[0], live[1], live[3]]);
    await client.dispose();
    await until(() => server.open === 0, "nobody");
  });
});

test("whoever connects is told where the changes have come to, and can resume from there before it was told anything", async () => {
  await server.happen(1);
  const acknowledged: unknown[] = [];
  const { client } = graphqlClient(server.url, { on: { connected: (_, payload) => acknowledged.push(payload) } });
  await settled(client);
  const [{ cursor }] = acknowledged as [{ readonly cursor: string }]; // what is tested
  const expected = (await server.happen(2)).map(({ record: { event } }) => event.id);
  const stream = run(client, EVENT_CHANGES, { after: cursor });
  await until(() => stream.heard.length === 2, "what came behind it");
  expect(stream.heard).toMatchObject(
    expected.map((id) => ({ data: { eventChanges: { type: "ADDED", event: { id } } } })),
  );
  await client.dispose();
});

test("stats are told at once and then every so often, as they are by then", async () => {
  const { client } = graphqlClient(server.url);
  const query =
    'subscription ($every: Duration!) { stats(every: $every, timeRange: "1h") { summary { totalEvents } } }';
  server.clock.now = NOON + 1_000;
  const stats = run(client, query, { every: "1s" });
  await until(() => stats.heard.length === 1, "the first");
  await server.happen(2);
  await until(() => stats.heard.length === 2, "the second");
  const [before, then] = stats.heard.map(
    ({ data }) => (data as { stats: { summary: { totalEvents: number } } }).stats.summary.totalEvents, // as asked for
  );
  expect(then).toBe((before ?? Number.NaN) + 2);
  const refused = run(client, query, { every: "10ms" });
  await until(() => refused.errors !== undefined, "a refusal");
  expect(refused.errors).toEqual([
    expect.objectContaining({ extensions: expect.objectContaining({ code: "BAD_USER_INPUT" }) }),
  ]);
  await client.dispose();
  server.clock.now = NOON;
});

test("a query over the socket is answered as over HTTP, beside subscriptions that go on", async () => {
  const { client, sockets } = graphqlClient(server.url);
  const query = "query ($first: Int!) { events(first: $first) { totalCount nodes { id status } } }";
  const changes = run(client, EVENT_CHANGES);
  await settled(client);
  await server.happen();
  await until(() => changes.heard.length === 1, "what happened");
  const asked = run(client, query, { first: 2 });
  await until(() => asked.isComplete, "the answer");
  const answer = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables: { first: 2 } }),
  });
  expect(asked.heard).toEqual([await answer.json()]);
  expect(asked.heard[0]).toMatchObject({ data: { events: { nodes: [expect.anything(), expect.anything()] } } });
  const other = run(client, EVENT_CHANGES, { filter: { namespaces: ["nowhere"] } });
  await settled(client);
  await server.happen();
  await until(() => changes.heard.length === 2, "what happens");
  expect([other.heard.length, sockets.length]).toEqual([0, 1]);
  await client.dispose();
});

test("a subscription that its client completes stops at once, and the others of its socket go on", async () => {
  const { client } = graphqlClient(server.url);
  const [one, other] = [run(client, EVENT_CHANGES), run(client, EVENT_CHANGES)];
  await settled(client);
  await until(() => server.open === 2, "two");
  await server.happen();
  await until(() => one.heard.length === 1 && other.heard.length === 1, "what both are told");
  one.stop();
  await settled(client);
  expect(server.open).toBe(1);
  await server.happen(3);
  await until(() => other.heard.length === 4, "what the other is told");
  expect([one.heard.length, one.isComplete]).toEqual([1, true]);
  await client.dispose();
});

test("an id that is used again as soon as its subscription is completed leaves nothing behind", async () => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const heard: string[] = [];
  socket.on("message", (data) => heard.push(String(data)));
  socket.once("open", () => socket.send('{"type":"connection_init"}'));
  await until(() => heard.length === 1, "the acknowledgement");
  const payload = { query: EVENT_CHANGES, variables: { since: "1h" } };
  for (let times = 0; times < 30; times++) {
    socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
    socket.send(JSON.stringify({ id: "1", type: "complete" }));
  }
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
  const { length } = heard;
  await server.happen();
  await until(() => heard.length > length, "what happens");
  expect([socket.readyState, server.open]).toEqual([WebSocket.OPEN, 1]);
  socket.close();
  await until(() => server.open === 0, "nobody");
});

test.each([
  ["no GraphQL", "subscription {", "GRAPHQL_PARSE_FAILED"],
  ["not of the schema", "subscription { eventChange { type } }", "GRAPHQL_VALIDATION_FAILED"],
  ["a query not of the schema", "{ event { id } }", "GRAPHQL_VALIDATION_FAILED"],
  [
    "too deep",
    `{ events { nodes { ${"hooks { events { nodes { ".repeat(5)} id ${"} } }".repeat(5)} } } }`,
    "QUERY_TOO_DEEP",
  ],
  [
    "too deep a subscription",
    `subscription { eventChanges { event { ${"hooks { events { nodes { ".repeat(5)} id ${"} } }".repeat(5)} } } }`,
    "QUERY_TOO_DEEP",
  ],
  [
    "too complex a subscription",
    "subscription { eventChanges { event { hooks { events(first: 1000) { nodes { hooks { events(first: 1000) { nodes { id } } } } } } } } }",
    "QUERY_TOO_COMPLEX",
  ],
  [
    "too complex",
    "{ events(first: 1000) { nodes { hooks { events(first: 1000) { nodes { id } } } } } }",
    "QUERY_TOO_COMPLEX",
  ],
  ["without an operation of the name", "query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"],
])("a document that is %s is refused by its code, and the socket stays", async (_, query, code) => {
  const { client, sockets } = graphqlClient(server.url, { lazy: false });
  const refused = run(client, query);
  await until(() => refused.errors !== undefined, "a refusal");
  expect(refused.errors).toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
  await settled(client);
  expect(sockets).toHaveLength(1);
  await client.dispose();
});

test("variables that do not fit are BAD_USER_INPUT, and nothing of the inside is told", async () => {
  const { client } = graphqlClient(server.url);
  const refused = [
    run(client, "subscription ($since: Duration!) { eventChanges(since: $since) { type } }", { since: "soon" }),
    run(client, "subscription ($since: Duration!) { eventChanges(since: $since) { type } }"),
    run(client, EVENT_CHANGES, { filter: { namespace: ["shop"] } }),
  ];
  await until(() => refused.every(({ errors }) => errors !== undefined), "refusals");
  for (const { errors } of refused) {
    expect(errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: "BAD_USER_INPUT" }) }),
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/node_modules|\.ts/);
  }
  await client.dispose();
});

describe("the protocol", () => {
  const INIT = { type: "connection_init" };

  /** Says all of this and gives how the socket was closed. */
  async function closedBy(messages: readonly (object | string)[], protocol = "graphql-transport-ws"): Promise<number> {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, protocol);
    socket.on("error", () => {});
    socket.once("open", () => {
      for (const each of messages) socket.send(typeof each === "string" ? each : JSON.stringify(each));
    });
    return new Promise((resolve) => socket.on("close", resolve));
  }

  const SUBSCRIBE = { id: "1", type: "subscribe", payload: { query: "subscription { eventChanges { type } }" } };

  test.each([
    ["what is no message", [INIT, "hello"], 4400],
    ["a message of no known type", [INIT, { type: "start" }], 4400],
    ["a subscription before connection_init", [SUBSCRIBE], 4401],
    ["connection_init said twice", [INIT, INIT], 4429],
  ] as const)("closes for %s", async (_, messages, code) => {
    expect(await closedBy(messages)).toBe(code);
    await until(() => server.open === 0, "nobody");
  });

  test("closes for an id that is in use, and for a client of another subprotocol", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.once("open", () => socket.send(JSON.stringify(INIT)));
    socket.once("message", () => {
      socket.send(JSON.stringify(SUBSCRIBE));
      socket.send(JSON.stringify(SUBSCRIBE));
    });
    expect(await closed).toBe(4409);
    const other = new WebSocket(`${server.url.replace("http", "ws")}/graphql`);
    expect(await new Promise((resolve) => other.on("close", resolve))).toBe(4406);
    await until(() => server.open === 0, "nobody");
  });
});
