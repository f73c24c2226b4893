// HTTP/2 beside HTTP/1.1 on one port: the same API, the same streams and the same order at a stop.
// The client is Node's own; who does not offer HTTP/2 is served as ever.
import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ConnectionOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createListener, hasClientCertificate } from "../../src/http/listener.ts";
import { FIRST, MOUNTED, Mount, opened, trustBoth } from "./certificateFiles.ts";
import { type ListeningServer, listening } from "./listening.ts";
import { EDGES } from "./live/edges.ts";
import { LiveServer, until } from "./live/liveServer.ts";

beforeAll(trustBoth);

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function dial(url: string, options: ConnectionOptions = {}): ClientHttp2Session {
  const session = connect(url, options);
  session.on("error", () => {}); // the requests on it fail
  onTestFinished(() => void session.destroy());
  return session;
}

async function answerTo(stream: ClientHttp2Stream): Promise<Answer> {
  const [[headers], body] = await Promise.all([once(stream, "response"), text(stream)]);
  const { ":status": status, "content-type": type } = headers as { ":status"?: number; "content-type"?: string }; // as they come
  return { status, type, body };
}

function ask(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return answerTo(session.request({ ":path": path, ...headers }));
}

function post(session: ClientHttp2Session, path: string, body: unknown): Promise<Answer> {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
  stream.end(JSON.stringify(body));
  return answerTo(stream);
}

describe("the API over HTTP/2", () => {
  let server: LiveServer;
  afterEach(() => server.close());

  async function started(): Promise<ClientHttp2Session> {
    const certificates = await opened((await Mount.with(MOUNTED)).files);
    server = await LiveServer.start({
      certificates,
      http2: true,
      store: { ring: { changes: 200, bytes: 1_000_000 } },
    });
    return dial(server.url);
  }

  test("answers REST and GraphQL, and says what is wrong", async () => {
    const session = await started();
    await server.happen(3);
    const list = await ask(session, "/api/v1/events?limit=2");
    expect([list.status, JSON.parse(list.body).events.length]).toEqual([200, 2]);
    const graph = await post(session, "/graphql", { query: "{ events(first: 1) { totalCount } }" });
    expect([graph.status, JSON.parse(graph.body)]).toEqual([200, { data: { events: { totalCount: 3 } } }]);
    const wrong = await ask(session, "/api/v1/events?limt=2");
    expect([wrong.status, wrong.type]).toEqual([400, "application/problem+json"]);
    expect((await ask(session, "/nowhere")).status).toBe(404);
    const logged = server.lines.filter(({ message }) => message === "request");
    expect(logged.map(({ details }) => details.status)).toEqual([200, 200, 400, 404]);
  });

  test("answers many requests at a time on one connection", async () => {
    const session = await started();
    await server.happen(1);
    const answers = await Promise.all(Array.from({ length: 80 }, () => ask(session, "/api/v1/events")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(server.sockets).toHaveLength(1);
  });

  test("tells changes as server-sent events, several streams on one connection", async () => {
    const session = await started();
    const streams = [1, 2].map(() => new Told(session.request({ ":path": "/api/v1/events/stream" })));
    await until(() => streams.every(({ isReady }) => isReady), "both streams");
    const happened = await server.happen(5);
    const expected = happened.map(({ record: { event } }) => event.id);
    await until(() => streams.every(({ ids }) => ids.length === 5), "all of it, on both");
    expect(streams.map(({ ids }) => ids)).toEqual([expected, expected]);
    streams[0]?.stream.close();
    await until(() => server.open === 1, "one stream less");
    await server.happen(1);
    await until(() => streams[1]?.ids.length === 6, "what the other goes on to be told");
  });

  test("lets a slow reader hold nobody up, at a bounded cost, and lose nothing", async () => {
    const session = await started();
    const [slow, quick] = [dial(server.url), session].map(
      (each) => new Told(each.request({ ":path": "/api/v1/events/stream" })),
    );
    if (!slow || !quick) throw new Error("two streams were opened");
    await until(() => slow.isReady && quick.isReady, "both streams");
    slow.stream.pause();
    const expected: string[] = [];
    while (expected.length < 2_500) {
      const happened = await server.happen(250, { message: "x".repeat(4_000) });
      expected.push(...happened.map(({ record: { event } }) => event.id));
      for (const socket of server.sockets) expect(socket.writableLength).toBeLessThan(512 * 1024);
    }
    await until(() => quick.ids.length === expected.length, "all of it, for the quick one");
    expect(slow.ids.length).toBeLessThan(expected.length);
    slow.stream.resume();
    await until(() => slow.ids.length === expected.length, "all of it, for the slow one");
    expect([quick.ids, slow.ids]).toEqual([expected, expected]);
  });

  test.each(EDGES)("leaves those who do not speak it with what they have: $name", async (edge) => {
    await started();
    const stream = await edge.open(server.url);
    await server.happen(1);
    await until(() => stream.heard.length === 1, "the change");
    await stream.leave();
  });

  test("ends in order: streams are told of it, requests are not taken any more, and connections go", async () => {
    const session = await started();
    const stream = new Told(session.request({ ":path": "/api/v1/events/stream" }));
    await until(() => stream.isReady, "the stream");
    const goneAway = once(session, "goaway");
    const closed = once(session, "close");
    await server.shutDown(2_000);
    await goneAway;
    await closed;
    expect(stream.text).toContain("event: shutdown\n");
  });
});

/** What a stream of server-sent events has been told. */
class Told {
  readonly stream: ClientHttp2Stream;
  readonly ids: string[] = [];
  text = "";
  #rest = "";

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    stream.on("error", () => {}); // a close follows
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      const messages = (this.#rest + chunk).split("\n\n");
      this.#rest = messages.pop() ?? "";
      for (const message of messages) this.#hear(message);
    });
  }

  get isReady(): boolean {
    return this.text.includes("event: ready\n");
  }

  #hear(message: string): void {
    const data = /^data: (\{"type":.*)$/m.exec(message)?.[1];
    if (data === undefined) this.text += `${message}\n`;
    else this.ids.push((JSON.parse(data) as { readonly event: { readonly id: string } }).event.id); // the route's contract
  }
}

describe("a server of HTTP/2", () => {
  interface Pending extends ListeningServer {
    /** How many requests to /slow have come. */
    readonly waiting: () => number;
    /** Lets them be answered. */
    readonly answer: () => void;
  }

  async function served(): Promise<Pending> {
    const certificates = await opened((await Mount.with(MOUNTED)).files);
    let waiting = 0;
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const server = await listening(
      [
        async (ctx) => {
          if (ctx.path === "/slow") {
            waiting++;
            await answered;
          }
          ctx.body = `${ctx.path} ${hasClientCertificate(ctx.req)}`;
        },
      ],
      [],
      { certificates, http2: true },
    );
    onTestFinished(() => server.server.close(0));
    return { ...server, waiting: () => waiting, answer };
  }

  test("speaks it to whoever offers it, and HTTP/1.1 to whoever does not", async () => {
    const { url } = await served();
    const session = dial(url);
    expect((await ask(session, "/a")).body).toBe("/a false");
    expect(session.alpnProtocol).toBe("h2");
    expect(await (await fetch(`${url}/b`)).text()).toBe("/b false");
  });

  test("sees client certificates", async () => {
    const { url } = await served();
    expect((await ask(dial(url, FIRST.client), "/a")).body).toBe("/a true");
  });

  test("finishes what is under way at a stop, and refuses what comes meanwhile", async () => {
    const { url, server, answer, waiting } = await served();
    const [first, second] = [dial(url), dial(url)];
    await Promise.all([ask(first, "/a"), ask(second, "/a")]);
    const slow = ask(first, "/slow");
    await until(() => waiting() === 1, "the request under way");
    const closing = server.close(5_000);
    expect((await ask(second, "/b")).status).toBe(503);
    answer();
    expect(await slow).toMatchObject({ status: 200, body: "/slow false" });
    await closing;
  });

  test("has callers come back on other connections when it is about to leave", async () => {
    const { url, server } = await served();
    const session = dial(url);
    await ask(session, "/a");
    server.leave();
    const goneAway = once(session, "goaway");
    expect((await ask(session, "/b")).status).toBe(200);
    await goneAway;
    expect((await ask(dial(url), "/c")).status).toBe(200);
  });

  test("breaks off what takes too much of it, and goes on", async () => {
    const { url, lines } = await served();
    const session = dial(url);
    const huge = ask(session, "/a", { "x-padding": "x".repeat(70_000) });
    await expect(huge.then(({ status }) => status)).rejects.toThrow();
    expect((await ask(dial(url), "/a")).status).toBe(200);
    expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("gives up on a body that stands still, and takes leave of who is idle", async () => {
    const certificates = await opened((await Mount.with(MOUNTED)).files);
    const limits = { maxHeaderBytes: 32_768, idleMs: 300, bodyMs: 100 };
    const read: string[] = [];
    const { server, sessions } = createListener(
      {},
      certificates,
      (req, res) => {
        text(req).then(
          (body) => res.end(`read ${body.length}`),
          () => read.push("broken off"),
        );
      },
      limits,
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      sessions?.destroyAll();
    });
    const session = dial(`https://127.0.0.1:${(server.address() as AddressInfo).port}`); // a string only for a pipe
    expect((await post(session, "/", { whole: true })).body).toBe("read 14");
    const stalled = session.request({ ":method": "POST", ":path": "/" });
    stalled.on("error", () => {}); // a close follows
    stalled.write("{");
    await once(stalled, "close");
    expect(stalled.rstCode).toBe(constants.NGHTTP2_CANCEL);
    await until(() => read.length === 1, "that the reader hears of it");
    await once(session, "close");
  });
});
