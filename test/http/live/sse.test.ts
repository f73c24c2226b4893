// What only server-sent events can: HTTP around them, and clients that come back by themselves.
// Read as bytes where the bytes matter, and through npm `eventsource` where the client does.
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { told } from "./edge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SseStream } from "./sseEdge.ts";

const PATH = "/api/v1/events/stream";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.close());

/** Says this and gives what comes back for as long as the connection is kept. */
function raw(bytes: string) {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(bytes));
  const answer = { text: "", isOver: false, socket };
  socket.setEncoding("utf8").on("data", (more: Buffer) => {
    answer.text += String(more);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    answer.isOver = true;
  });
  return answer;
}

test("the headers come at once, and keep proxies from keeping anything", async () => {
  const gone = new AbortController();
  const answer = await fetch(server.url + PATH, { signal: gone.signal, headers: { Accept: "text/event-stream" } });
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    vary: "Accept",
  });
  expect(answer.headers.get("content-encoding")).toBeNull();
  gone.abort();
  await until(() => server.open === 0, "nobody");
});

test("a HEAD has the headers and opens nothing; other methods are 405, and what is not taken 406", async () => {
  const { opened } = server.counts;
  const head = await fetch(server.url + PATH, { method: "HEAD" });
  expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  const post = await fetch(server.url + PATH, { method: "POST" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, expect.stringContaining("GET")]);
  const json = await fetch(server.url + PATH, { headers: { Accept: "application/json" } });
  expect([json.status, json.headers.get("content-type")]).toEqual([406, "application/problem+json"]);
  const faulty = await fetch(`${server.url}${PATH}?namspace=shop&since=soon`);
  expect(await faulty.json()).toMatchObject({
    status: 400,
    code: "BAD_USER_INPUT",
    errors: [
      { parameter: "namspace", message: expect.stringMatching(/did you mean "?namespace/i) },
      { parameter: "since", message: expect.any(String) },
    ],
  });
  expect(server.counts.opened).toEqual(opened);
});

test("its bytes are whole chunks of HTTP/1.1, and plain to a caller of HTTP/1.0", async () => {
  const [chunked, plain] = [raw(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`), raw(`GET ${PATH} HTTP/1.0\r\n\r\n`)];
  await until(() => server.open === 2, "both");
  await server.happen(2, { message: "naïve \u{1F980}" });
  await until(() => [chunked, plain].every(({ text }) => text.split('\ndata: {"type"').length === 3), "two messages");
  const [, body = ""] = withoutReadyId(plain.text).split(/\r\n\r\n/);
  const [, chunks = ""] = withoutReadyId(chunked.text).split(/\r\n\r\n(.*)/s);
  let rest = Buffer.from(chunks);
  let whole = "";
  while (rest.length > 0) {
    const end = rest.indexOf("\r\n");
    const length = Number.parseInt(rest.subarray(0, end).toString(), 16);
    whole += rest.subarray(end + 2, end + 2 + length).toString();
    expect(rest.subarray(end + 2 + length, end + 4 + length).toString()).toBe("\r\n");
    rest = rest.subarray(end + 4 + length);
  }
  expect(whole).toBe(body);
  expect(body).toContain("naïve \u{1F980}");
  expect(plain.text).not.toMatch(/transfer-encoding/i);
  chunked.socket.destroy();
  plain.socket.destroy();
  await until(() => server.open === 0, "nobody");
});

test("it begins with the place to resume from, in an event that clients of messages do not notice", async () => {
  const answer = raw(`GET ${PATH} HTTP/1.0\r\n\r\n`);
  await until(() => answer.text.includes("\n\n"), "its beginning");
  const body = answer.text.split("\r\n\r\n")[1] ?? "";
  const id = /\nid: (.+)\n/.exec(body)?.[1] ?? "";
  expect(body).toBe(`retry: 2000\nevent: ready\nid: ${id}\ndata: {}\n\n`);
  expect(server.store.cursors.decode(id)).toBe(server.store.head);
  answer.socket.destroy();
  await until(() => server.open === 0, "nobody");
});

test("npm eventsource comes back by itself when its connection breaks, and misses nothing", async () => {
  const stream = new SseStream(server.url, {}, true);
  await stream.answered;
  const happened = [...(await server.happen(2))];
  await until(() => stream.heard.length === 2, "two");
  server.cut();
  await until(() => server.open === 0, "nobody");
  happened.push(...(await server.happen(3)));
  await until(() => stream.answers.length === 2, "the next connection");
  happened.push(...(await server.happen(1)));
  await until(() => stream.heard.length === 6, "all of it");
  expect(told(stream)).toEqual(happened.map(({ record: { event } }) => `ADDED ${event.id} FIRING`));
  await stream.leave();
});

test("npm eventsource misses nothing either when its connection breaks before anything is told", async () => {
  const stream = new SseStream(server.url, {}, true);
  await until(() => server.open === 1, "the connection");
  const { resumed } = server.counts;
  await new Promise((resolve) => stream.source.addEventListener("ready", resolve));
  server.cut();
  await until(() => server.open === 0, "nobody");
  const [missed] = await server.happen();
  await until(() => stream.heard.length === 1, "what was missed");
  expect(told(stream)).toEqual([`ADDED ${missed?.record.event.id} FIRING`]);
  expect(server.counts.resumed.sse).toBe(resumed.sse + 1);
  await stream.leave();
});

test("of callers that are gone before their answer is begun nothing is left", async () => {
  for (let times = 0; times < 40; times++) {
    const { socket } = raw(`GET ${PATH}?since=1h HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.once("connect", () => setImmediate(() => socket.destroy()));
  }
  // Behind a stream that does not end, on one connection, a second one never begins.
  const { socket } = raw(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\nGET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await until(() => server.open === 1, "the first");
  socket.destroy();
  await until(() => server.open === 0, "nobody");
});

test("an ordinary request that offers to become something else stays ordinary", async () => {
  const answer = raw(
    `GET /api/v1/events?limit=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await until(() => answer.text.includes("\r\n\r\n"), "an answer");
  expect(answer.text).toMatch(/^HTTP\/1\.1 200 /);
  answer.socket.destroy();
});

/** Each reader is named its place by another text, as long as any. */
function withoutReadyId(text: string): string {
  return text.replace(/(event: ready\nid: )[\w-]{22}/, `$1${"-".repeat(22)}`);
}
