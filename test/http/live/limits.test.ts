// How many streams there may be, and how much a client may say: what is over a limit is refused by the words of its edge, and counted.
// A place is free again as soon as its stream has ended.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { as, Callers } from "./callers.ts";
import type { Stream } from "./edge.ts";
import { EDGES } from "./edges.ts";
import { GRAPHQL_EDGE, GraphqlStream, graphqlClient } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SocketStream } from "./socketEdge.ts";
import { SSE_EDGE, SseStream } from "./sseEdge.ts";

let server: LiveServer;
beforeAll(async () => {
  const streamLimits = { streams: 3, perCaller: 2, filterChanges: 3, messageBytes: 2_000, initTimeout: 150 };
  server = await LiveServer.start({ streamAccess: new Callers(), streamLimits });
});
afterAll(() => server.close());

describe.each(EDGES)("$name", (edge) => {
  test("refuses a caller's stream over its limit, and a stream over the limit of all", async () => {
    const before = server.counts.refused;
    const streams: Stream[] = [];
    for (const name of ["ann", "ann"]) streams.push(await edge.open(server.url, as(name)));
    const third = await edge.open(server.url, as("ann"));
    expect(await third.ending).toBe("too many");
    expect(reasonOf(third)).toMatch(/^You have 2 streams open/);
    await until(() => server.open === 2, "two");
    streams.push(await edge.open(server.url, as("bob")));
    const fourth = await edge.open(server.url, as("cid"));
    expect(await fourth.ending).toBe("too many");
    expect(reasonOf(fourth)).toMatch(/^There are 3 streams open/);
    expect(server.counts.refused).toEqual({ ...before, perCaller: before.perCaller + 1, streams: before.streams + 1 });

    // Who is there goes on, and a place that is left is free.
    await server.happen();
    await until(() => streams.every(({ heard }) => heard.length === 1), "what happens, on all of them");
    await streams[0]?.leave();
    await until(() => server.open === 2, "a free place");
    const again = await edge.open(server.url, as("ann"));
    await server.happen();
    await until(() => again.heard.length === 1, "what happens, on the new one");
    await Promise.all([...streams, third, fourth, again].map((stream) => stream.leave()));
    await until(() => server.open === 0, "nobody");
  });
});

/** Told as a problem, or by the close of a socket that cannot be told one. */
function reasonOf(stream: Stream): string | undefined {
  const [problem] = stream.complaints;
  if (problem) expect(problem.code).toBe("TOO_MANY_REQUESTS");
  return problem?.detail ?? (stream instanceof GraphqlStream ? stream.closed?.reason : undefined);
}

describe("GraphQL", () => {
  test("refuses sockets over the limit of an address, subscriptions over that of all, and counts both", async () => {
    const before = server.counts.refused;
    const [one, two] = [await GRAPHQL_EDGE.open(server.url), await GRAPHQL_EDGE.open(server.url)];
    const third = new GraphqlStream(server.url);
    expect(await third.ending).toBe("too many");
    expect(third.closed).toEqual({ code: 4429, reason: expect.stringMatching(/^You have 2 streams open/) });
    expect(server.counts.refused).toEqual({ ...before, perCaller: before.perCaller + 1 });
    await Promise.all([one.leave(), two.leave()]);
    await until(() => server.open === 0, "nobody");
  });

  test("refuses a subscription over the limit on its socket, which stays, and takes one when another is over", async () => {
    const { client, sockets } = graphqlClient(server.url);
    const heard: unknown[] = [];
    const subscribe = () => {
      const refused = new Promise((resolve) => {
        stops.push(
          client.subscribe(
            { query: "subscription { eventChanges { event { id } } }" },
            { next: (message) => heard.push(message), error: resolve, complete: () => {} },
          ),
        );
      });
      return refused;
    };
    const stops: (() => void)[] = [];
    void subscribe();
    void subscribe();
    await until(() => server.open === 2, "two subscriptions");
    expect(await subscribe()).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^You have 2 streams open/),
        extensions: { code: "TOO_MANY_REQUESTS", retryAfter: 5 },
      }),
    ]);
    await server.happen();
    await until(() => heard.length === 2, "what happens, twice");
    stops[0]?.();
    await until(() => server.open === 1, "a free place");
    void subscribe();
    await until(() => server.open === 2, "the third in its place");
    expect(sockets).toHaveLength(1);
    await client.dispose();
    await until(() => server.open === 0, "nobody");
  });

  test("does not wait longer than its time for connection_init, and counts who did not say it", async () => {
    const { initTimeout } = server.counts.refused;
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const code = await new Promise((resolve) => socket.on("close", resolve));
    expect(code).toBe(4408);
    expect(server.counts.refused.initTimeout).toBe(initTimeout + 1);
    await until(() => server.open === 0, "nobody");
  });
});

test("an answer that refuses a stream says when to try again", async () => {
  const streams = [await SSE_EDGE.open(server.url, as("ann")), await SSE_EDGE.open(server.url, as("ann"))];
  const refused = new SseStream(server.url, as("ann"));
  await refused.ending;
  expect(refused.answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([[429, "5"]]);
  const socket = new SocketStream(server.url, as("ann"));
  await socket.ending;
  expect(socket.closed).toEqual({ code: 4429, reason: expect.stringMatching(/Try again in 5 s\.$/) });
  await Promise.all(streams.map((stream) => stream.leave()));
  await until(() => server.open === 0, "nobody");
});

test("a filter may be changed so many times a minute; one change more ends the stream and is counted", async () => {
  const { filterChanges } = server.counts.refused;
  const stream = new SocketStream(server.url);
  await stream.ready;
  for (let times = 1; times <= 3; times++) {
    stream.filter({ namespace: [`ns-${times}`] });
    await until(() => stream.readies.length === 1 + times, "the filter taken");
  }
  stream.filter({ namespace: ["default"] });
  expect(await stream.ending).toBe("too many");
  expect(stream.complaints).toEqual([
    { code: "TOO_MANY_REQUESTS", detail: "The filter may be changed 3 times a minute." },
  ]);
  expect(server.counts.refused.filterChanges).toBe(filterChanges + 1);
});

test.each(EDGES.filter(({ name }) => name !== "SSE"))(
  "$name closes a socket whose client says too much at once, and counts it",
  async (edge) => {
    const { messageBytes } = server.counts.refused;
    const stream = await edge.open(server.url);
    const socket = stream instanceof SocketStream ? stream.socket : (stream as GraphqlStream).sockets[0];
    const closed = new Promise((resolve) => socket?.once("close", resolve));
    socket?.send(JSON.stringify({ type: "filter", filter: { text: "x".repeat(2_000) } }));
    expect(await closed).toBe(1009);
    await until(() => server.open === 0, "nobody");
    expect(server.counts.refused.messageBytes).toBe(messageBytes + 1);
  },
);
