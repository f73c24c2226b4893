// The gateway going away: every stream is told so by the words of its edge, nobody new is taken, and nothing outlasts the grace.
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { EDGES } from "./edges.ts";
import { GraphqlStream } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SocketStream } from "./socketEdge.ts";
import { SseStream } from "./sseEdge.ts";

test("every stream is told that the gateway goes away, with all that happened before, well within the grace", async () => {
  const server = await LiveServer.start();
  const streams = await Promise.all(EDGES.map((edge) => edge.open(server.url)));
  const [first] = await server.happen();
  await until(() => streams.every(({ heard }) => heard.length === 1), "what happened, everywhere");
  const startedAt = performance.now();
  await server.shutDown(5_000);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await Promise.all(streams.map(({ ending }) => ending))).toEqual(["shutdown", "shutdown", "shutdown"]);
  for (const { heard } of streams) expect(heard.map(({ event }) => event?.id)).toEqual([first?.record.event.id]);
  const [, socket, graphql] = streams as [SseStream, SocketStream, GraphqlStream]; // in the order of EDGES
  expect(socket.closed).toEqual({ code: 1001, reason: "the gateway is shutting down" });
  expect(graphql.completed).toBe(true);
  expect(graphql.closed).toEqual({ code: 1001, reason: "the gateway is shutting down" });
  expect(server.open).toBe(0);
  await server.close();
});

test("a stream of events is told when to come back, not all at the same time", async () => {
  const server = await LiveServer.start();
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${server.url}/api/v1/events/stream`)));
  const texts = answers.map((answer) => answer.text());
  await server.shutDown(5_000);
  const retries = new Set<number>();
  for (const text of await Promise.all(texts)) {
    const [, retry] =
      /\nretry: (\d+)\nevent: shutdown\ndata: \{"reason":"the gateway is shutting down"\}\n\n$/.exec(text) ?? [];
    expect(Number(retry)).toBeGreaterThanOrEqual(2_000);
    expect(Number(retry)).toBeLessThanOrEqual(5_000);
    retries.add(Number(retry));
  }
  expect(retries.size).toBeGreaterThan(1);
  await server.close();
});

test("while streams are ended, new ones are refused with 503", async () => {
  const server = await LiveServer.start();
  await server.api.streams.close(1_000);
  const events = new SseStream(server.url);
  expect(await events.ending).toBe("unavailable");
  expect(events.answers[0]?.headers.get("retry-after")).toBe("1");
  for (const [path, protocol] of [["/api/v1/events/stream"], ["/graphql", "graphql-transport-ws"]] as const) {
    const socket = new WebSocket(server.url.replace("http", "ws") + path, protocol);
    socket.on("error", () => {});
    const answer = await new Promise<IncomingMessage>((resolve) =>
      socket.on("unexpected-response", (_request, response) => resolve(response)),
    );
    expect([answer.statusCode, answer.headers]).toEqual([503, expect.objectContaining({ "retry-after": "1" })]);
    socket.terminate();
  }
  expect((await fetch(`${server.url}/api/v1/events`)).status).toBe(200); // only streams are over
  await server.close();
});

test("a peer that does not hear of it is cut off when the grace is over", async () => {
  const server = await LiveServer.start();
  const streams = await Promise.all(EDGES.map((edge) => edge.open(server.url)));
  for (const stream of streams) stream.pause();
  for (let times = 0; times < 20; times++) await server.happen(250, { message: "x".repeat(4_000) });
  const startedAt = performance.now();
  await server.shutDown(300);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  await until(() => server.sockets.length === 0, "no connection");
  expect(server.open).toBe(0);
  await Promise.all(streams.map((stream) => stream.leave()));
  await server.close();
});
