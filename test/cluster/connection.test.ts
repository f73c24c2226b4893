import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/cluster/clock.ts";
import { ClusterError } from "../../src/cluster/clusterError.ts";
import { Connection, HEAD_TIMEOUT, STALL_TIMEOUT } from "../../src/cluster/connection.ts";
import { kubeConfigFor, loadKubeConfig } from "../../src/cluster/kubeconfig.ts";
import { recording } from "../demo/server/recording.ts";
import { type Answer, json, ScriptedServer } from "./scriptedServer.ts";
import { TestClock } from "./testClock.ts";

const NEVER = new AbortController().signal;
const TLS = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function served(answer: Answer): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(answer);
  undo.push(() => server.close());
  return server;
}

function connectTo(url: string, clock = systemClock, token?: string): Connection {
  const connection = new Connection({ load: () => kubeConfigFor(url, token), clock });
  undo.push(() => connection.close());
  return connection;
}

function kubeconfig(cluster: object, user: object): string {
  const directory = mkdtempSync(join(tmpdir(), "khook-gateway-"));
  undo.push(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "config");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function connectBy(file: string): Connection {
  const connection = new Connection({ load: () => loadKubeConfig({ kubeconfig: file }), clock: systemClock });
  undo.push(() => connection.close());
  return connection;
}

async function failureOf(promise: Promise<unknown>): Promise<ClusterError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError; // just checked
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of body) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

test("a GET carries the token and the query, and answers with the object", async () => {
  const server = await served((response) => json(response, { kind: "EventList" }));
  const connection = connectTo(server.url, systemClock, "secret");
  const { body } = await connection.get("/apis/x", { limit: "5", continue: "a b&c" }, NEVER);
  expect(body).toEqual({ kind: "EventList" });
  expect(server.asked[0]).toMatchObject({
    method: "GET",
    path: "/apis/x",
    headers: { authorization: "Bearer secret" },
  });
  expect([...(server.asked[0]?.query ?? [])]).toEqual([
    ["limit", "5"],
    ["continue", "a b&c"],
  ]);
});

test("a POST carries its body as JSON", async () => {
  const server = await served(async (response, { request }) => {
    const text = await readAll(request);
    json(response, { echo: JSON.parse(text) as unknown }, 201);
  });
  const { body } = await connectTo(server.url).post("/reviews", { spec: { token: "t" } }, NEVER);
  expect(body).toEqual({ echo: { spec: { token: "t" } } });
  expect(server.asked[0]?.headers["content-type"]).toBe("application/json");
});

test("a list may come packed, a watch is never asked to", async () => {
  const server = await served((response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync(JSON.stringify({ items: ["•é😀"] })));
  });
  const connection = connectTo(server.url);
  expect((await connection.get("/a", {}, NEVER)).body).toEqual({ items: ["•é😀"] });
  await readAll(await connection.stream("/b", {}, NEVER));
  expect(server.asked.map(({ headers }) => headers["accept-encoding"])).toEqual(["gzip", undefined]);
});

test("requests one after the other share a connection", async () => {
  const server = await served((response) => json(response, {}));
  const connection = connectTo(server.url);
  for (let i = 0; i < 5; i++) await connection.get("/a", {}, NEVER);
  expect(new Set(server.asked.map(({ request }) => request.socket.remotePort)).size).toBe(1);
});

test("a kept connection that the server closed meanwhile costs nothing", async () => {
  const spoiled = new WeakSet();
  const server = await served((response, { request }) => {
    if (spoiled.has(request.socket)) request.socket.resetAndDestroy();
    else json(response, {});
    spoiled.add(request.socket);
  });
  const connection = connectTo(server.url);
  await connection.get("/a", {}, NEVER);
  await connection.get("/a", {}, NEVER);
  expect(server.asked.length).toBe(3);
});

test.each([
  [
    "840-429-max-in-flight",
    { status: 429, retryAfter: 1000, message: "429: Too many requests, please try again later." },
  ],
  ["860-list-events-etcd-hung", { status: 504, reason: "Timeout" }],
  ["100-hooks-before-crd", { status: 404, message: "404: 404 page not found" }],
  ["012-forbidden-list-all-namespaces", { status: 403, reason: "Forbidden" }],
  ["320-events-continue-expired-410", { status: 410, reason: "Expired" }],
  ["314-list-rv-too-large-hooks-504", { status: 504, retryAfter: 1000, causes: ["ResourceVersionTooLarge"] }],
])("the recorded refusal %s is told by its code and reason", async (name, expected) => {
  const { code, headers, body } = recording(name).response;
  const server = await served((response) => {
    const kept = ["content-type", "retry-after"].flatMap((key) => (headers[key]?.[0] ? [[key, headers[key][0]]] : []));
    response.writeHead(code, Object.fromEntries(kept) as Record<string, string>).end(body);
  });
  expect(await failureOf(connectTo(server.url).get("/a", {}, NEVER))).toMatchObject({ kind: "refused", ...expected });
});

test.each([
  ["no JSON at all", "<html>"],
  ["a list", "[]"],
  ["cut JSON", '{"a":'],
])("an answer that is %s is garbled", async (_, text) => {
  const server = await served((response) => void response.end(text));
  expect(await failureOf(connectTo(server.url).get("/a", {}, NEVER))).toMatchObject({ kind: "garbled" });
});

test("a server that never answers is silent after its time", async () => {
  const clock = new TestClock();
  const server = await served(() => undefined);
  const connection = connectTo(server.url, clock);
  for (const request of [connection.get("/a", {}, NEVER), connection.stream("/a", {}, NEVER)]) {
    const failing = failureOf(request);
    await pause(30);
    clock.advance(HEAD_TIMEOUT);
    expect(await failing).toMatchObject({ kind: "silent", message: "no answer for 70 s" });
  }
});

test("a body that stops halfway is silent after its time, and a slow one is not", async () => {
  const clock = new TestClock();
  const server = await served(async (response) => {
    response.write('{"a":');
    await pause(20);
    clock.advance(STALL_TIMEOUT - 1);
    response.write("1,");
    await pause(20);
    clock.advance(STALL_TIMEOUT - 1);
    response.write('"b":');
    await pause(20);
    clock.advance(STALL_TIMEOUT);
  });
  const error = await failureOf(connectTo(server.url, clock).get("/a", {}, NEVER));
  expect(error).toMatchObject({ kind: "silent", message: "the answer stopped halfway for 60 s" });
});

test("a body that breaks off is no answer, plain or packed", async () => {
  const packed = gzipSync(JSON.stringify({ a: "x".repeat(1000) }));
  const server = await served((response, { path }) => {
    response.writeHead(200, path === "/packed" ? { "content-encoding": "gzip" } : {});
    response.write(path === "/packed" ? packed.subarray(0, 20) : '{"a":1');
    setTimeout(() => response.destroy(), 20);
  });
  const connection = connectTo(server.url);
  for (const path of ["/plain", "/packed"]) {
    expect(await failureOf(connection.get(path, {}, NEVER))).toMatchObject({ kind: "unreachable" });
  }
});

test("a stream ends with its server, cleanly or as an error", async () => {
  const server = await served((response, { path }) => {
    response.write("line\n");
    setTimeout(() => (path === "/clean" ? response.end() : response.destroy()), 20);
  });
  const connection = connectTo(server.url);
  expect(await readAll(await connection.stream("/clean", {}, NEVER))).toBe("line\n");
  expect(await failureOf(readAll(await connection.stream("/torn", {}, NEVER)))).toMatchObject({ kind: "unreachable" });
});

test("an abort ends whatever is under way, with the caller's reason", async () => {
  const server = await served((response, { path }) => {
    if (path === "/stream") response.write("line\n");
  });
  const connection = connectTo(server.url);
  const stop = new AbortController();
  const body = await connection.stream("/stream", {}, stop.signal);
  const ends = [readAll(body), connection.get("/never", {}, stop.signal)].map((promise) =>
    promise.catch((e: unknown) => e),
  );
  await pause(20);
  const reason = new Error("enough");
  stop.abort(reason);
  expect(await Promise.all(ends)).toEqual([reason, reason]);
  expect(await connection.get("/late", {}, stop.signal).catch((e: unknown) => e)).toBe(reason);
});

test("nobody listening is unreachable, and says where", async () => {
  const server = await ScriptedServer.start(() => undefined);
  await server.close();
  const error = await failureOf(connectTo(server.url).get("/a", {}, NEVER));
  expect(error).toMatchObject({ kind: "unreachable" });
  expect(error.message).toContain("ECONNREFUSED");
});

test("the server's clock is told against ours", async () => {
  const server = await served((response) => json(response, {}, 200, { date: "Mon, 23 Nov 2026 07:00:00 GMT" }));
  const { skew } = await connectTo(server.url, new TestClock()).get("/a", {}, NEVER);
  expect(skew).toBe(-3_600_000);
});

test("without a cluster a request fails as unconfigured, until there is one", async () => {
  const server = await served((response) => json(response, { found: true }));
  const clock = new TestClock();
  let isThere = false;
  const load = () => (isThere ? kubeConfigFor(server.url) : ({ found: false, reason: "no kubeconfig" } as const));
  const connection = new Connection({ load, clock });
  undo.push(() => connection.close());
  expect(connection.target).toEqual({ configured: false, reason: "no kubeconfig" });
  expect(await failureOf(connection.get("/a", {}, NEVER))).toMatchObject({
    kind: "unconfigured",
    message: "no kubeconfig",
  });
  isThere = true;
  clock.advance(10_000);
  expect((await connection.get("/a", {}, NEVER)).body).toEqual({ found: true });
  expect(connection.target).toMatchObject({ configured: true, server: server.url });
});

test("a cluster that moved is found again through the changed kubeconfig", async () => {
  const first = await ScriptedServer.start(() => undefined);
  await first.close();
  const second = await served((response) => json(response, { moved: true }));
  const clock = new TestClock();
  let url = first.url;
  const connection = new Connection({ load: () => kubeConfigFor(url), clock });
  undo.push(() => connection.close());
  await failureOf(connection.get("/a", {}, NEVER));
  url = second.url;
  clock.advance(10_000);
  expect((await connection.get("/a", {}, NEVER)).body).toEqual({ moved: true });
});

test("credentials that were refused are read again", async () => {
  let token = "old";
  const server = await served((response, { headers }) => {
    const isNew = headers.authorization === "Bearer new";
    json(
      response,
      isNew ? {} : { kind: "Status", message: "Unauthorized", reason: "Unauthorized", code: 401 },
      isNew ? 200 : 401,
    );
  });
  const clock = new TestClock();
  const connection = new Connection({ load: () => kubeConfigFor(server.url, token), clock });
  undo.push(() => connection.close());
  expect(await failureOf(connection.get("/a", {}, NEVER))).toMatchObject({ status: 401 });
  token = "new";
  clock.advance(10_000);
  await connection.get("/a", {}, NEVER);
  expect(server.asked.length).toBe(2);
});

test("TLS is verified by the kubeconfig's authority, and the client shows its certificate", async () => {
  const read = (name: string): string => readFileSync(join(TLS, name), "utf8");
  const server = await ScriptedServer.start((response) => json(response, {}), {
    key: read("server.key"),
    cert: read("server.crt"),
    ca: read("ca.crt"),
    requestCert: true,
    rejectUnauthorized: true,
  });
  undo.push(() => server.close());
  const base64 = (name: string): string => Buffer.from(read(name)).toString("base64");
  const user = { "client-certificate-data": base64("client.crt"), "client-key-data": base64("client.key") };
  const trusting = { server: server.url, "certificate-authority": join(TLS, "ca.crt") };

  await connectBy(kubeconfig(trusting, user)).get("/a", {}, NEVER);
  await connectBy(kubeconfig({ server: server.url, "insecure-skip-tls-verify": true }, user)).get("/a", {}, NEVER);
  expect(server.asked.length).toBe(2);
  const distrusting = connectBy(kubeconfig({ server: server.url }, user));
  expect(await failureOf(distrusting.get("/a", {}, NEVER))).toMatchObject({ kind: "unreachable" });
  const nobody = connectBy(kubeconfig(trusting, {}));
  expect(await failureOf(nobody.get("/a", {}, NEVER))).toMatchObject({ kind: "unreachable" });
  expect(server.asked.length).toBe(2);
});

test("a token that is rotated in its file is used from then on", async () => {
  const server = await served((response) => json(response, {}));
  const file = kubeconfig({ server: server.url }, { tokenFile: "token" });
  writeFileSync(join(file, "..", "token"), "first\n");
  const connection = connectBy(file);
  await connection.get("/a", {}, NEVER);
  writeFileSync(join(file, "..", "token"), "second\n");
  await connection.get("/a", {}, NEVER);
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer first", "Bearer second"]);
});

test("a name and a password are shown as such", async () => {
  const server = await served((response) => json(response, {}));
  await connectBy(kubeconfig({ server: server.url }, { username: "a", password: "b" })).get("/a", {}, NEVER);
  expect(server.asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("a:b").toString("base64")}`);
});

test("a token may come from a program, and one that fails says so", async () => {
  const server = await served((response) => json(response, {}));
  const exec = (script: string) => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] },
  });
  const credential = JSON.stringify({ kind: "ExecCredential", status: { token: "from-exec" } });
  const good = exec(`process.stdout.write(${JSON.stringify(credential)})`);
  await connectBy(kubeconfig({ server: server.url }, good)).get("/a", {}, NEVER);
  expect(server.asked[0]?.headers.authorization).toBe("Bearer from-exec");
  const bad = connectBy(kubeconfig({ server: server.url }, exec("console.error('not logged in'); process.exit(1)")));
  const error = await failureOf(bad.get("/a", {}, NEVER));
  expect(error).toMatchObject({ kind: "unconfigured" });
  expect(error.message).toContain("not logged in");
});

test("a proxy of the kubeconfig is used", async () => {
  const server = await served((response) => json(response, {}));
  const connects: (string | undefined)[] = [];
  const proxy = createServer().on("connect", (asked, socket) => {
    connects.push(asked.url);
    const { hostname, port } = new URL(`http://${asked.url}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  undo.push(() => new Promise((resolve) => proxy.close(resolve)));
  const { port } = proxy.address() as AddressInfo; // it listens on a port
  const file = kubeconfig({ server: server.url, "proxy-url": `http://127.0.0.1:${port}` }, { token: "t" });
  await connectBy(file).get("/a", {}, NEVER);
  expect(connects).toEqual([new URL(server.url).host]);
});
