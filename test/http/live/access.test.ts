// Who may open streams, on every edge: denied at the door, and shown out when it has ended.
// What a caller may no longer see it is not told, not even what happens in the same moment.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { as, Callers } from "./callers.ts";
import { EDGES } from "./edges.ts";
import { GraphqlStream, graphqlClient } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SocketStream } from "./socketEdge.ts";
import { SseStream } from "./sseEdge.ts";

const callers = new Callers();
let server: LiveServer;
beforeAll(async () => {
  callers.deny("nobody", { status: 401, detail: "Say who you are." });
  callers.deny("barred", { status: 403, detail: "You may not see events." });
  server = await LiveServer.start({ streamAccess: callers });
});
afterAll(() => server.close());

describe.each(EDGES)("$name", (edge) => {
  test.each([
    ["nobody", "unauthenticated"],
    ["barred", "forbidden"],
  ] as const)("turns %s away as %s, and counts it", async (name, ending) => {
    const { denied } = server.counts.refused;
    const stream = await edge.open(server.url, as(name));
    expect(await stream.ending).toBe(ending);
    await server.happen();
    expect(stream.heard).toEqual([]);
    expect(server.counts.refused.denied).toBe(denied + 1);
    await until(() => server.open === 0, "nobody");
  });

  test.each([
    [401, "unauthenticated"],
    [403, "forbidden"],
  ] as const)("shows out who may not see it any more (%s), and tells nothing from then on", async (status, ending) => {
    const [stream, other] = await Promise.all([edge.open(server.url, as("ann")), edge.open(server.url, as("bob"))]);
    await server.happen();
    await until(() => stream.heard.length === 1 && other.heard.length === 1, "what both may see");
    const happened = server.happen(3);
    callers.revoke("ann", { status, detail: "No longer." });
    await happened;
    expect(await stream.ending).toBe(ending);
    await until(() => other.heard.length === 4, "what the other may see");
    expect(stream.heard).toHaveLength(1);
    await other.leave();
    await until(() => server.open === 0, "nobody");
  });

  test("shows out who is revoked while the stream is being opened", async () => {
    const opening = edge.open(server.url, { ...as("late"), after: server.store.cursors.encode(0) });
    const revoking = setInterval(() => callers.revoke("late", { status: 403, detail: "No longer." }), 1);
    const stream = await opening;
    expect(await stream.ending).toBe("forbidden");
    clearInterval(revoking);
    await until(() => server.open === 0, "nobody");
  });
});

test("a denied request for events is a problem that says how to authenticate", async () => {
  const stream = new SseStream(server.url, as("nobody"));
  await stream.ending;
  const [answer] = stream.answers;
  expect(answer?.status).toBe(401);
  expect(answer?.headers.get("www-authenticate")).toBe("Bearer");
  expect(answer?.headers.get("content-type")).toBe("application/problem+json");
  expect(stream.complaints).toEqual([{ code: "UNAUTHENTICATED", detail: "Say who you are." }]);
});

test("a WebSocket is told the problem before it is closed with its code", async () => {
  const stream = new SocketStream(server.url, as("barred"));
  await stream.ending;
  expect(stream.closed).toEqual({ code: 4403, reason: "You may not see events." });
  expect(stream.complaints).toEqual([{ code: "FORBIDDEN", detail: "You may not see events." }]);
  const revoked = new SocketStream(server.url, as("cid"));
  await revoked.ready;
  callers.revoke("cid", { status: 401, detail: "Your token has ended." });
  await revoked.ending;
  expect(revoked.closed).toEqual({ code: 4401, reason: "Your token has ended." });
  expect(revoked.complaints).toEqual([{ code: "UNAUTHENTICATED", detail: "Your token has ended." }]);
});

test("GraphQL closes with the code of the denial, and knows callers by the parameters of their connection too", async () => {
  const denied = new GraphqlStream(server.url, as("nobody"));
  await denied.ending;
  expect(denied.closed).toEqual({ code: 4401, reason: "Say who you are." });
  const { client } = graphqlClient(server.url, { connectionParams: { caller: "barred" } });
  const closed = new Promise((resolve) => client.on("closed", resolve));
  client.subscribe({ query: "{ __typename }" }, { next: () => {}, error: () => {}, complete: () => {} });
  expect(await closed).toMatchObject({ code: 4403, reason: "You may not see events." });
});

test.each(EDGES)("$name: a check that fails is nobody's admission and not the end of the gateway", async (edge) => {
  const broken = await LiveServer.start({
    streamAccess: {
      admit: async () => {
        throw new Error("the API server is away");
      },
    },
  });
  const stream = await edge.open(broken.url);
  await stream.ending;
  expect(stream.heard).toEqual([]);
  await until(() => broken.open === 0, "nobody");
  expect(broken.lines.filter(({ details }) => details.err !== undefined)).toHaveLength(1);
  expect(JSON.stringify(stream.complaints)).not.toContain("API server");
  expect((await fetch(`${broken.url}/api/v1/events`)).status).toBe(200);
  await broken.close();
});
