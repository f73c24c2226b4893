// The server itself: names, logs, problems, malformed requests, and how it stops.
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { badInput, codedError } from "../../src/graph/errors.ts";
import { answerProblem } from "../../src/http/problem.ts";
import { requestIdOf } from "../../src/http/requestId.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { keptLog, type ListeningServer, type LogLine, listening } from "./listening.ts";

const open: ListeningServer[] = [];
afterEach(async () => {
  for (const { server } of open.splice(0)) await server.close(0);
});

async function served(...middleware: Parameters<typeof listening>[0]): Promise<ListeningServer> {
  const server = await listening(middleware);
  open.push(server);
  return server;
}

test("requests on one connection are served one after the other, and who sends too many ahead is closed", async () => {
  let working = 0;
  let most = 0;
  const { port } = await served(async (ctx) => {
    most = Math.max(most, ++working);
    await new Promise((resolve) => setTimeout(resolve, 5));
    working--;
    ctx.body = ctx.path;
  });
  const asked = Array.from({ length: 20 }, (_, index) => `GET /${index}; HTTP/1.1\r\nHost: x\r\n\r\n`).join("");
  const answers = await raw(port, `${asked}GET /last; HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(answers.match(/\/(?:\d+|last);/g)).toEqual([
    ...Array.from({ length: 20 }, (_, index) => `/${index};`),
    "/last;",
  ]);
  expect(most).toBe(1);
  const tooMany = await raw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(500)).catch(() => "");
  expect(tooMany.match(/200 OK/g)?.length ?? 0).toBeLessThan(500);
});

test("a request keeps the name its caller gave it, in the answer, the problem and the log", async () => {
  const { url, lines } = await served();
  const answer = await fetch(`${url}/nowhere?q=1`, { headers: { "X-Request-Id": "trace-1:2/3" } });
  expect(answer.headers.get("x-request-id")).toBe("trace-1:2/3");
  expect(await answer.json()).toMatchObject({ requestId: "trace-1:2/3" });
  expect(lines).toEqual([
    {
      level: "info",
      message: "request",
      details: expect.objectContaining({ requestId: "trace-1:2/3", method: "GET", url: "/nowhere?q=1", status: 404 }),
    },
  ]);
});

test("a name that is none is replaced: too long, or able to break a line", async () => {
  const { url } = await served();
  for (const bad of ["a b", "x".repeat(129), "a;b", 'quote"']) {
    const answer = await fetch(url, { headers: { "X-Request-Id": bad } });
    expect(answer.headers.get("x-request-id")).toMatch(/^made-\d$/);
  }
});

test("what nobody answers is a 404 problem, and the server does not say what it is made of", async () => {
  const { url } = await served();
  const answer = await fetch(`${url}/a/b`);
  expect(answer.status).toBe(404);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("x-powered-by")).toBeNull();
  expect(answer.headers.get("server")).toBeNull();
  expect(await answer.json()).toEqual({
    type: "about:blank",
    title: "Not found",
    status: 404,
    detail: "There is nothing at GET /a/b.",
    instance: "/a/b",
    requestId: "made-1",
  });
});

test("an error becomes a problem: a coded one by its code, one made to be shown by its status, any other masked", async () => {
  const { url, lines } = await served((ctx) => {
    if (ctx.path === "/input") throw badInput([{ path: "first", message: "too much" }]);
    if (ctx.path === "/gone") throw codedError("UNAVAILABLE", "Not yet.");
    if (ctx.path === "/shown") ctx.throw(415, "Say it in JSON.");
    if (ctx.path === "/hidden") ctx.throw(500, "password is 1234");
    throw new Error("secret path /srv/x");
  });
  const ask = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
  expect(await ask("/input")).toMatchObject({
    status: 400,
    code: "BAD_USER_INPUT",
    errors: [{ path: "first", message: "too much" }],
  });
  expect(await ask("/gone")).toMatchObject({ status: 503, code: "UNAVAILABLE", detail: "Not yet." });
  expect(await ask("/shown")).toMatchObject({
    status: 415,
    title: "Media type not supported",
    detail: "Say it in JSON.",
  });
  expect(lines.filter(({ level, message }) => level === "error" && message.includes("masked"))).toEqual([]);
  expect(await ask("/hidden")).toMatchObject({ status: 500, detail: "Internal server error" });
  const masked = await ask("/thrown");
  expect(masked).toEqual({
    type: "about:blank",
    title: "Internal error",
    status: 500,
    detail: "Internal server error",
    instance: "/thrown",
    code: "INTERNAL_SERVER_ERROR",
    requestId: "made-5",
  });
  const logged = lines.filter(({ message }) => message.includes("masked"));
  expect(logged.map(({ details }) => [details.requestId, String(details.err)])).toEqual([
    ["made-4", expect.stringContaining("password")],
    ["made-5", "Error: secret path /srv/x"],
  ]);
});

test("an answer begun by what then fails keeps nothing of it", async () => {
  const { url } = await served((ctx) => {
    ctx.set("Content-Type", "text/html");
    ctx.body = "half an answer";
    throw new Error("no more");
  });
  const answer = await fetch(url);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(await answer.text()).not.toContain("half");
});

test("what is no HTTP request is answered 400 and closed, and headers without end 431", async () => {
  const { port } = await served();
  expect(await raw(port, "NONSENSE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
  expect(await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(40_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 .*"status":431/s,
  );
  expect(
    await raw(port, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ).toMatch(/^HTTP\/1\.1 400 /);
});

test("a request without a host, or with an expectation nobody meets, is a problem with the request's name", async () => {
  const { port } = await served((ctx) => {
    ctx.body = "served";
  });
  for (const [head, status, title] of [
    ["GET /a HTTP/1.1", 400, "Bad request"],
    ["GET http://x/a HTTP/1.1", 400, "Bad request"],
    ["POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: a-miracle", 417, "Expectation failed"],
  ] as const) {
    const answer = await raw(port, `${head}\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain("Content-Type: application/problem+json\r\n");
    expect(answer).toContain("X-Request-Id: mine\r\n");
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ status, title, requestId: "mine" });
  }
});

test("HTTP/1.0 needs no host and knows no expectations, and 100-continue is met", async () => {
  const { port } = await served((ctx) => {
    ctx.body = "served";
  });
  expect(await raw(port, "GET / HTTP/1.0\r\nExpect: a-miracle\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 .*served$/s);
  const expecting =
    "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}";
  expect(await raw(port, expecting)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*served$/s);
});

test("a target in absolute form is the path and the query it names", async () => {
  const { port } = await served((ctx) => {
    ctx.body = `${ctx.req.url} ${ctx.path} ${ctx.search}`;
  });
  for (const [target, seen] of [
    ["http://elsewhere:80/a/b?c=d", "/a/b?c=d /a/b ?c=d"],
    ["HTTPS://elsewhere", "/ / "],
    ["http://elsewhere?c=d", "/?c=d / ?c=d"],
    ["/http://a/b", "/http://a/b /http://a/b "],
  ]) {
    const answer = await raw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer.split("\r\n\r\n")[1]).toBe(seen);
  }
});

test("a port that is taken is an error, not silence", async () => {
  const { port } = await served();
  const second = createHttpServer({
    middleware: [],
    host: "127.0.0.1",
    port,
    log: keptLog([]),
    newRequestId: () => "id",
    elapsed: () => 0,
  });
  await expect(second.listen()).rejects.toThrow("EADDRINUSE");
  await second.close(10);
});

test("while it drains, what is under way is finished, what comes is refused, and then the server is gone", async () => {
  let release: (() => void) | undefined;
  const { url, port, server } = await served(async (ctx) => {
    if (ctx.path === "/slow") await new Promise<void>((resolve) => (release = resolve));
    ctx.body = "done";
  });
  const slow = fetch(`${url}/slow`);
  await until(() => release !== undefined);
  const closed = server.close(5_000);
  const refused = await fetch(`${url}/other`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("connection")).toBe("close");
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({ status: 503, code: "UNAVAILABLE" });
  release?.();
  expect(await (await slow).text()).toBe("done");
  await closed;
  await expect(raw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")).rejects.toThrow("ECONNREFUSED");
});

test("before it refuses anybody it can send callers elsewhere: all is served, and each answer closes its connection", async () => {
  const { url, server } = await served((ctx) => {
    ctx.body = "served";
  });
  expect((await fetch(url)).headers.get("connection")).toBe("keep-alive");
  server.leave();
  const last = await fetch(url);
  expect([last.status, last.headers.get("connection"), await last.text()]).toEqual([200, "close", "served"]);
});

test("who has connected when it closes, and asks only then, is answered; who has asked before is told that it is over", async () => {
  const { port, server } = await served((ctx) => {
    ctx.body = "served";
  });
  const fresh = connect(port, "127.0.0.1");
  const kept = connect(port, "127.0.0.1");
  await Promise.all([once(fresh, "connect"), once(kept, "connect")]);
  kept.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(String((await once(kept, "data"))[0])).toMatch(/^HTTP\/1\.1 200 /);
  await until(async () => (await connectionsOf(server.httpServer)) === 2);
  const [ended, closed] = [once(kept, "end"), server.close(5_000)];
  await ended; // in order, and not by a reset
  fresh.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(String((await once(fresh, "data"))[0])).toMatch(/^HTTP\/1\.1 503 .*\r\nConnection: close\r\n/s);
  await closed;
});

test("what does not end within the grace is cut off", async () => {
  const { url, server } = await served(() => new Promise(() => {}));
  const endless = fetch(url).then(
    () => "answered",
    () => "cut off",
  );
  await until(async () => (await connectionsOf(server.httpServer)) === 1);
  const startedAt = performance.now();
  await server.close(100);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await endless).toBe("cut off");
});

test("an idle connection that was kept does not hold the server up", async () => {
  const { port, server } = await served((ctx) => {
    ctx.body = "ok";
  });
  const agent = new Agent({ keepAlive: true });
  const asked = request({ port, agent });
  asked.end();
  const [answer] = await once(asked, "response");
  answer.resume();
  await once(answer, "end");
  const startedAt = performance.now();
  await server.close(5_000);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  agent.destroy();
});

test("closing twice, and without ever listening, is closing", async () => {
  const { server } = await served();
  await Promise.all([server.close(10), server.close(10)]);
  await server.close(10);
});

test("a caller that goes away is logged as such, and not as a failure", async () => {
  const lines: LogLine[] = [];
  const server = await listening([() => new Promise(() => {})], lines);
  open.push(server);
  const gone = new AbortController();
  const asked = fetch(server.url, { signal: gone.signal }).catch(() => "aborted");
  await until(async () => (await connectionsOf(server.server.httpServer)) === 1);
  gone.abort();
  expect(await asked).toBe("aborted");
  await until(() => lines.length > 0);
  expect(lines.map(({ level, message }) => [level, message])).toEqual([["info", "request given up by its caller"]]);
});

test("middleware knows the request's name, and problems it answers carry it", async () => {
  const { url } = await served((ctx) => {
    answerProblem(ctx, { status: 422, detail: `for ${requestIdOf(ctx)}`, errors: [{ parameter: "a", message: "b" }] });
  });
  const answer = await fetch(url, { headers: { "X-Request-Id": "mine" } });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    detail: "for mine",
    requestId: "mine",
    errors: [{ parameter: "a", message: "b" }],
  });
});

/** Sends bytes and gives what came back until the connection was closed. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

function connectionsOf(server: {
  getConnections(callback: (error: Error | null, count: number) => void): void;
}): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("waited for 5 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
