// Everybody asks for everything, in each mode, over each edge; what each is answered is written down in accessTable.ts.
// What can be asked is read from the OpenAPI document and the schema, so that nothing new goes without a row.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { askedOverHttp, askedOverPost, PlainSocketAnswer, SocketAnswer, SseAnswer } from "./accessAnswers.ts";
import { GRAPHQL_ASKS, REST_ASKS, STREAM_ASKS, SUBSCRIPTION_ASKS, WEBHOOK_SECRET } from "./accessAsks.ts";
import { stored } from "./accessData.ts";
import { type Caller, MODES, type Mode } from "./accessModes.ts";
import {
  GRAPHQL_TABLE,
  REST_TABLE,
  readTable,
  SOCKET_TABLE,
  SSE_TABLE,
  SUBSCRIPTION_TABLE,
  type Table,
} from "./accessTable.ts";
import { type TestGateway, temporaryDirectory } from "./gateway.ts";
import { GuardedStage } from "./guarded.ts";

async function setUp(mode: Mode) {
  const stage = await GuardedStage.set();
  const secretFile = join(await temporaryDirectory(), "secret");
  await writeFile(secretFile, WEBHOOK_SECRET);
  const served = ["--webhook-secret-file", secretFile, "--metrics-bind-address", "127.0.0.1:0"];
  const unlimited = ["--rate-limit-failures", "off", "--rate-limit-requests", "off"]; // one address fails a lot
  const { flags, callers } = await mode.set(stage);
  const dataDir = await stored(stage);
  const gateway = await stage.stage.gateway({ dataDir, flags: [...served, ...unlimited, ...flags] });
  return { gateway, callers };
}

/** The row's names in order with what one caller is to be answered. */
function column(table: Table, { column: name }: Caller): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(table).map(([row, cells]) => [row, cells[name] ?? "not in the table"]));
}

async function asked<Ask>(
  asks: Readonly<Record<string, Ask>>,
  ask: (each: Ask) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const answers = Object.entries(asks).map(async ([name, each]) => [name, await ask(each)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

/** Nothing was its own fault, and its log says nobody's token and no secret. */
function expectQuiet(gateway: TestGateway, callers: readonly Caller[]): void {
  expect(gateway.errors).toEqual([]);
  const secrets = callers.flatMap(
    ({ headers }) => headers["X-Forwarded-Secret"] ?? headers.Authorization?.split(" ")[1] ?? [],
  );
  expect(secrets.length).toBeGreaterThan(10);
  const { log } = gateway;
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
}

interface LiveAnswer {
  readonly words: string;
  leave(): void | Promise<void>;
}

/** Waits for what is expected, and a little more for what is not. */
async function heard<Ask>(
  asks: Readonly<Record<string, Ask>>,
  open: (each: Ask) => LiveAnswer,
  expected: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const streams = Object.entries(asks).map(([name, each]) => [name, open(each)] as const);
  const told = () => Object.fromEntries(streams.map(([name, { words }]) => [name, words]));
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; await pause(10)) {
    if (isDeepStrictEqual(told(), expected)) break;
  }
  await pause(100);
  const words = told();
  await Promise.all(streams.map(([, stream]) => stream.leave()));
  return words;
}

describe.each(MODES)("with --auth-modes $name everybody is answered what the table says", (mode) => {
  test("over REST, of metrics and of pages", async () => {
    const { gateway, callers } = await setUp(mode);
    const table = readTable(REST_TABLE);
    for (const caller of callers) {
      const answers = await asked(REST_ASKS, (ask) => askedOverHttp(gateway, ask, caller.headers));
      expect(answers, caller.name).toEqual(column(table, caller));
    }
    expectQuiet(gateway, callers);
  }, 60_000);

  test("by GraphQL queries, over HTTP and over a socket", async () => {
    const { gateway, callers } = await setUp(mode);
    const table = readTable(GRAPHQL_TABLE);
    for (const caller of callers) {
      const { name, headers } = caller;
      const expected = column(table, caller);
      expect(await asked(GRAPHQL_ASKS, (ask) => askedOverPost(gateway, ask, headers)), name).toEqual(expected);
      const overSocket = await asked(GRAPHQL_ASKS, async (ask) => {
        const answer = new SocketAnswer(gateway, ask, { headers });
        await answer.ended;
        await answer.leave();
        return answer.words;
      });
      const closed = Object.fromEntries(Object.keys(expected).map((row) => [row, "4401"]));
      expect(overSocket, name).toEqual(caller.column === "stranger" ? closed : expected);
    }
    expectQuiet(gateway, callers);
  }, 60_000);

  test("by GraphQL subscriptions, and streams over SSE and WebSockets", async () => {
    const { gateway, callers } = await setUp(mode);
    for (const caller of callers) {
      const { name, headers } = caller;
      const [subscribed, overSocket, overSse] = [SUBSCRIPTION_TABLE, SOCKET_TABLE, SSE_TABLE].map((table) =>
        column(readTable(table), caller),
      );
      const told = await Promise.all([
        heard(SUBSCRIPTION_ASKS, (ask) => new SocketAnswer(gateway, ask, { headers }), subscribed ?? {}),
        heard(STREAM_ASKS, (query) => new PlainSocketAnswer(gateway, query, headers), overSocket ?? {}),
        heard(STREAM_ASKS, (query) => new SseAnswer(gateway, query, headers), overSse ?? {}),
      ]);
      expect(told, name).toEqual([subscribed, overSocket, overSse]);
    }
    expectQuiet(gateway, callers);
  }, 60_000);
});

describe("every row has its question, and nothing can be asked that has none", () => {
  test("of REST, by the OpenAPI document", () => {
    const { paths } = JSON.parse(readFileSync(new URL("../../schema/openapi.json", import.meta.url), "utf8"));
    const routes = Object.entries<Readonly<Record<string, Operation>>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses = {} }]) =>
        mediaOf(responses).map((media) => `${method.toUpperCase()} ${path} ${media}`),
      ),
    );
    expect(routes).toContain("GET /api/v1/events application/json");
    const covered = new Set(Object.values(REST_ASKS).map(({ covers }) => covers));
    expect(routes.filter((route) => !covered.has(route))).toEqual([]);
    expect(Object.keys(REST_ASKS)).toEqual(Object.keys(readTable(REST_TABLE)));
    for (const table of [SOCKET_TABLE, SSE_TABLE]) {
      expect(Object.keys(STREAM_ASKS)).toEqual(Object.keys(readTable(table)));
    }
  });

  test("of GraphQL, by the schema", () => {
    const schema = buildSchema(readFileSync(new URL("../../schema/schema.graphql", import.meta.url), "utf8"));
    const fieldsOf = (type: ReturnType<typeof schema.getQueryType>) =>
      Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`);
    const covered = (asks: typeof GRAPHQL_ASKS) => new Set(Object.values(asks).map(({ covers }) => covers as string));
    expect([...covered(GRAPHQL_ASKS)].sort()).toEqual(fieldsOf(schema.getQueryType()).sort());
    expect([...covered(SUBSCRIPTION_ASKS)].sort()).toEqual(fieldsOf(schema.getSubscriptionType()).sort());
    expect(schema.getMutationType()).toBeUndefined();
    expect(Object.keys(GRAPHQL_ASKS)).toEqual(Object.keys(readTable(GRAPHQL_TABLE)));
    expect(Object.keys(SUBSCRIPTION_ASKS)).toEqual(Object.keys(readTable(SUBSCRIPTION_TABLE)));
  });
});

interface Operation {
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** What it answers when all is well, besides the switch to a WebSocket. */
function mediaOf(responses: Operation["responses"] = {}): readonly string[] {
  return Object.entries(responses).flatMap(([status, { content = {} }]) =>
    status.startsWith("2") ? Object.keys(content) : [],
  );
}

describe("a token may stand", () => {
  const ask = { covers: "Query.events", query: "{ events { totalCount } }", total: "events.totalCount" } as const;

  async function tokenOfOne(flags: readonly string[] = []) {
    const stage = await GuardedStage.set();
    const gateway = await stage.gateway({ dataDir: await stored(stage), flags });
    return { gateway, token: stage.caller([{ namespaces: ["alder"] }]).token };
  }

  test("in the parameters of a GraphQL connection, where browsers have no header, and the header goes before it", async () => {
    const { gateway, token } = await tokenOfOne();
    const good = `Bearer ${token}`;
    const opened = async (how: ConstructorParameters<typeof SocketAnswer>[2]) => {
      const answer = new SocketAnswer(gateway, ask, how);
      await answer.ended;
      await answer.leave();
      return answer.words;
    };
    expect(await opened({ connectionParams: { Authorization: good } })).toBe("200 =1");
    expect(await opened({ connectionParams: { authorization: good } })).toBe("200 =1");
    expect(await opened({ connectionParams: { Authorization: "Bearer nonsense" } })).toBe("4401");
    expect(await opened({ connectionParams: { Authorization: token } })).toBe("4401");
    expect(await opened({ connectionParams: { token: good } })).toBe("4401");
    expect(await opened({})).toBe("4401");
    const bad = { headers: { Authorization: "Bearer nonsense" }, connectionParams: { Authorization: good } };
    expect(await opened(bad)).toBe("4401");
  });

  test.each([
    { flags: [], overSse: "401", overSocket: "4401" },
    { flags: ["--stream-query-token"], overSse: "200 nA eA hA", overSocket: "open nA eA hA" },
  ])("in the query of a stream just with --stream-query-token: $flags", async ({ flags, overSse, overSocket }) => {
    const { gateway, token } = await tokenOfOne(flags);
    const query = `since=1d&access_token=${token}`;
    const asks = { stream: query };
    const expectations = [overSse, overSocket].map((stream) => ({ stream }));
    expect(
      await Promise.all([
        heard(asks, (each) => new SseAnswer(gateway, each, {}), { stream: overSse }),
        heard(asks, (each) => new PlainSocketAnswer(gateway, each, {}), { stream: overSocket }),
      ]),
    ).toEqual(expectations);
    // Nothing but a stream takes it from there, and nobody reads it in the log.
    const restPath = `/api/v1/events?access_token=${token}`;
    expect(await askedOverHttp(gateway, { path: restPath }, {})).toBe("401");
    expect(await askedOverHttp(gateway, { path: `/graphql?query={__typename}&access_token=${token}` }, {})).toBe("401");
    expect(gateway.log).not.toContain(token);
  });
});

test("who scrapes the metrics' own port is asked about by that right alone, however many namespaces there are", async () => {
  const stage = await GuardedStage.set();
  const flags = ["--metrics-bind-address", "127.0.0.1:0"];
  const gateway = await stage.gateway({ dataDir: await stored(stage), flags });
  const { headers } = stage.caller([{ paths: ["/metrics"] }]);
  const ask = { path: "/metrics", onMetricsPort: true };
  for (let scrapes = 0; scrapes < 3; scrapes++) expect(await askedOverHttp(gateway, ask, headers)).toBe("200");
  const asked = [...stage.stage.cluster.server.requests].map(({ path }) => path);
  expect(asked.filter((path) => path.endsWith("/tokenreviews"))).toHaveLength(1);
  expect(asked.filter((path) => path.endsWith("/subjectaccessreviews"))).toHaveLength(1);
});
