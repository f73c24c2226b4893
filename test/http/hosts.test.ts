// Which host names requests may ask for: on loopback without authentication loopback's own, so that no other name of ours is believed.
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type HostOptions, hostRule } from "../../src/http/hosts.ts";
import { LiveServer } from "./live/liveServer.ts";

const PRIVATE: HostOptions = { listening: "127.0.0.1", allowed: [], areCallersProven: false };

function isTaken(options: HostOptions, host: string | undefined): boolean {
  return hostRule(options)?.({ headers: { ...(host === undefined ? {} : { host }) } }) === undefined;
}

test.each([
  "localhost",
  "localhost:8082",
  "LOCALHOST",
  "localhost.",
  "127.0.0.1:1",
  "127.9.9.9",
  "[::1]",
  "[::1]:8082",
  "a.localhost",
  undefined,
])("on loopback %s is one of our own", (host) => {
  expect(isTaken(PRIVATE, host)).toBe(true);
  expect(isTaken({ ...PRIVATE, listening: "::1" }, host)).toBe(true);
});

test.each([
  "evil.example",
  "evil.example:8082",
  "10.0.0.7",
  "0.0.0.0",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "127.evil",
  "xlocalhost",
  "[::2]",
  "",
])("on loopback %j is none", (host) => {
  expect(isTaken(PRIVATE, host)).toBe(false);
});

test("names may be allowed beside loopback, and then no others, wherever we listen", () => {
  for (const listening of ["127.0.0.1", "0.0.0.0"]) {
    const options = { listening, allowed: ["gw.example.com"], areCallersProven: true };
    expect(
      ["gw.example.com", "GW.example.com:443", "localhost", "10.0.0.7"].map((host) => isTaken(options, host)),
    ).toEqual([true, true, true, false]);
  }
});

test("elsewhere, and where callers prove who they are, any name is taken", () => {
  expect(isTaken({ ...PRIVATE, listening: "0.0.0.0" }, "evil.example")).toBe(true);
  expect(isTaken({ ...PRIVATE, areCallersProven: true }, "evil.example")).toBe(true);
});

const open: LiveServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

test("a request for a host that is none of ours is refused on every edge", async () => {
  const server = await LiveServer.start({ guard: { hosts: hostRule(PRIVATE) } });
  open.push(server);
  const headers = { Host: "evil.example" };
  const ask = (path: string) =>
    new Promise((resolve, reject) => {
      const asking = request(server.url + path, { headers }, async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        resolve([response.statusCode, JSON.parse(text)]);
      });
      asking.on("error", reject).end();
    });
  const detail = expect.stringContaining('"evil.example", which is none of ours');
  expect(await ask("/api/v1/events")).toEqual([421, expect.objectContaining({ title: "Forbidden", detail })]);
  expect(await ask("/graphql?query={__typename}")).toEqual([
    421,
    { errors: [expect.objectContaining({ message: detail })] },
  ]);
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/events/stream`, { headers });
  const refused = await new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.once("unexpected-response", (_, response) => resolve(response.statusCode));
  });
  expect(refused).toBe(421);
  socket.terminate();
  expect((await fetch(`${server.url}/api/v1/events`)).status).toBe(200);
});
