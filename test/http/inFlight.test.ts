// So many requests may be under way: the next is refused unheard, and who keeps a place without using it makes room.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Guard } from "../../src/http/guard.ts";
import { type ListeningServer, type LogLine, listening } from "./listening.ts";
import { LiveServer, until } from "./live/liveServer.ts";

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

interface Busy extends ListeningServer {
  /** Requests that are being worked on. */
  working(): number;
  /** Answers all of them. */
  finish(): void;
}

/** A server that works on /work until it is told to finish, and answers everything else at once. */
async function busy(maxInFlight: number): Promise<Busy> {
  const guard = new Guard({ maxInFlight }, () => performance.now());
  const working = new Set<() => void>();
  const server = await listening([
    ...guard.before,
    async (ctx) => {
      if (ctx.path === "/work") await new Promise<void>((resolve) => working.add(resolve));
      for await (const _ of ctx.req); // the body, as far as there is one
      ctx.body = "done";
    },
  ]);
  ending.push(() => server.server.close(0));
  return Object.assign(server, {
    working() {
      return working.size;
    },
    finish() {
      for (const done of working) done();
      working.clear();
    },
  });
}

async function raw(port: number, text: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  ending.push(() => socket.destroy());
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

test("over the cap a request is refused with 503 and when to come back, and is taken again as soon as there is room", async () => {
  const server = await busy(2);
  const answers = [fetch(`${server.url}/work`), fetch(`${server.url}/work`)];
  await until(() => server.working() === 2, "both");
  const refused = await fetch(`${server.url}/else`);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await refused.json()).toMatchObject({
    code: "UNAVAILABLE",
    detail: "There are 2 requests under way, which is as many as can be.",
  });
  server.finish();
  for (const answer of answers) expect(await (await answer).text()).toBe("done");
  expect((await fetch(`${server.url}/else`)).status).toBe(200);
  expect(server.lines.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
  expect(levelsOf(server.lines, "request refused unheard")).toEqual(["debug"]);
});

function levelsOf(lines: readonly LogLine[], message: string): readonly string[] {
  return lines.filter((line) => line.message === message).map(({ level }) => level);
}

test("who does not send its body makes room for somebody else", async () => {
  const server = await busy(2);
  const slow = await raw(server.port, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab");
  const working = fetch(`${server.url}/work`);
  await until(() => server.working() === 1, "the one that works");
  expect((await fetch(`${server.url}/else`)).status).toBe(503); // it may still be on its way
  await pause(1_100);
  const closed = once(slow, "close");
  expect((await fetch(`${server.url}/else`)).status).toBe(200);
  await closed;
  server.finish();
  expect((await working).status).toBe(200);
});

test("one connection has one place, however much it asks for, and it is free again when the caller has gone", async () => {
  const server = await busy(2);
  const asked = "GET /work HTTP/1.1\r\nHost: x\r\n\r\n";
  const [one, two] = [await raw(server.port, asked.repeat(3)), await raw(server.port, asked.repeat(3))];
  await until(() => server.working() === 2, "both");
  expect((await fetch(`${server.url}/else`)).status).toBe(503);
  server.finish(); // and they go on with their second
  await until(() => server.working() === 2, "both again");
  one.destroy();
  two.destroy();
  server.finish();
  await until(async () => (await fetch(`${server.url}/else`)).status === 200, "a free place");
});

test("streams take no places", async () => {
  const server = await LiveServer.start({ guard: { maxInFlight: 1 } });
  ending.push(() => server.close());
  const leaving = new AbortController();
  for (let streams = 0; streams < 3; streams++) {
    expect((await fetch(`${server.url}/api/v1/events/stream`, { signal: leaving.signal })).status).toBe(200);
  }
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/events/stream`);
  await once(socket, "message");
  expect((await fetch(`${server.url}/api/v1/events`)).status).toBe(200);
  leaving.abort();
  socket.terminate();
});
