// What every answer tells browsers, refusals of all kinds among them.
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveServer } from "./live/liveServer.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start();
});
afterAll(() => server.close());

const TOLD = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

async function headersOf(text: string): Promise<Readonly<Record<string, string>>> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (String(chunk).includes("\r\n\r\n")) socket.end();
  });
  await once(socket, "close");
  const [head = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n", 1);
  const [status = "", ...lines] = head.split("\r\n");
  const fields = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 2),
  ]);
  return { ...Object.fromEntries(fields), status };
}

const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

test.each([
  ["an answer", "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n", /200/],
  ["an error", "GET /api/v1/events?limit=x HTTP/1.1\r\nHost: x\r\n\r\n", /400/],
  ["an answer of GraphQL", "GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: x\r\n\r\n", /200/],
  ["a stream", "GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n", /200/],
  ["nothing", "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", /404/],
  ["what has no host", "GET / HTTP/1.1\r\n\r\n", /400/],
  ["what is no HTTP", "nonsense\r\n\r\n", /400/],
  ["headers without end", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(40_000)}\r\n\r\n`, /431/],
  ["a WebSocket refused", `GET /graphql HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n${UPGRADE}\r\n`, /403/],
])("%s", async (_, text, status) => {
  const headers = await headersOf(text);
  expect(headers.status).toMatch(status);
  expect(headers).toMatchObject(TOLD);
  expect(headers["strict-transport-security"]).toBeUndefined(); // this is no TLS
});
