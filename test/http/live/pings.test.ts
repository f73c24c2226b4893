// Signs of life: what an idle stream is sent, and what becomes of a peer that is gone without a word.
import { get, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { LiveServer, until } from "./liveServer.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start({ streamLimits: { pingEvery: 60 } });
});
afterAll(() => server.close());

const SOCKETS = [
  ["WebSocket", "/api/v1/events/stream", undefined],
  ["GraphQL", "/graphql", "graphql-transport-ws"],
] as const;

test("an idle stream of events is sent comments, which are no events", async () => {
  const request = get(`${server.url}/api/v1/events/stream`);
  const answer = await new Promise<IncomingMessage>((resolve) => request.once("response", resolve));
  let text = "";
  answer.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  await until(() => text.split(": ping\n\n").length > 3, "three pings");
  expect(text.replaceAll(": ping\n\n", "")).not.toContain('data: {"type":');
  request.destroy();
  await until(() => server.open === 0, "nobody");
});

test.each(SOCKETS)("%s: an idle peer that answers pings stays", async (_, path, protocol) => {
  const socket = new WebSocket(server.url.replace("http", "ws") + path, protocol);
  let pings = 0;
  socket.on("ping", () => pings++);
  await until(() => pings >= 4, "four pings");
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
  await until(() => server.open === 0, "nobody");
  expect(server.counts.dead).toBe(0);
});

test.each(SOCKETS)(
  "%s: a peer that answers none is cut off and counted, and its place is free",
  async (_, path, protocol) => {
    const { dead } = server.counts;
    const socket = new WebSocket(server.url.replace("http", "ws") + path, protocol, { autoPong: false });
    const code = await new Promise((resolve) => socket.on("close", resolve));
    expect(code).toBe(1006);
    expect(server.counts.dead).toBe(dead + 1);
    await until(() => server.open === 0, "nobody");
  },
);
