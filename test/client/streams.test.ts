// The client's streams on a real server: what they are told, how they end, how they come back, and what they keep.
// Ids are what the store says was stored; cuts are those of a broken network.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import {
  type ChangeStream,
  createGateway,
  type Gateway,
  GatewayError,
  type GatewayOptions,
  type StreamEventsChange,
  type StreamOptions,
  streamEvents,
} from "../../src/client/client.ts";
import type { Denial, StreamAccess } from "../../src/http/live/streamAccess.ts";
import { LiveServer, until } from "../http/live/liveServer.ts";

let server: LiveServer;
beforeEach(async () => {
  server = await LiveServer.start();
});
afterEach(() => server.close());

/** Nobody waits long to come back. */
function gatewayAt(options: GatewayOptions = {}): Gateway {
  return createGateway({ url: server.url, random: () => 0.02, ...options });
}

/** What a stream tells, as it tells it. Left when the test is over. */
class Listener {
  readonly heard: StreamEventsChange[] = [];
  readonly retries: GatewayError[] = [];
  readonly stream: ChangeStream<StreamEventsChange>;
  readonly ending: Promise<unknown>;

  constructor(gateway: Gateway, variables: Parameters<typeof streamEvents>[1] = {}, options: StreamOptions = {}) {
    this.stream = streamEvents(gateway, variables, { onRetry: (reason) => this.retries.push(reason), ...options });
    this.ending = this.#listen();
    onTestFinished(() => this.stream.return().then(() => {}));
  }

  async #listen(): Promise<unknown> {
    try {
      for await (const change of this.stream) this.heard.push(change);
      return "done";
    } catch (error) {
      return error;
    }
  }

  get told(): readonly string[] {
    return this.heard.map(({ type, event, gap }) => `${type} ${event?.id ?? gap?.cause}`);
  }
}

async function happened(times: number, parts: Parameters<LiveServer["happen"]>[1] = {}): Promise<readonly string[]> {
  return (await server.happen(times, parts)).map(({ record: { event } }) => `ADDED ${event.id}`);
}

/** Somebody is subscribed, and so is told what happens from now on. */
async function subscribed(): Promise<void> {
  await until(() => server.api.diagnostics().streams.channels > 0, "a subscription");
}

test("it tells what happens and matches, and a change of status as MODIFIED", async () => {
  const listener = new Listener(gatewayAt(), { reason: "OOMKilling" });
  await subscribed();
  const expected = await happened(2, { reason: "OOMKilling" });
  await happened(1, { reason: "BackOff" });
  await until(() => listener.heard.length === 2, "both");
  await server.resolve();
  await until(() => listener.heard.length === 4, "their resolution");
  expect(listener.told).toEqual([...expected, ...expected.map((each) => each.replace("ADDED", "MODIFIED"))]);
  expect(listener.heard.at(-1)?.event).toMatchObject({ status: "RESOLVED", reason: "OOMKilling" });
});

test("connections that break again and again cost nothing and repeat nothing, whether something was told before or not", async () => {
  const listener = new Listener(gatewayAt());
  await subscribed();
  const expected: string[] = [];
  for (const times of [0, 0, 3, 1, 0, 5]) {
    server.cut();
    await until(() => server.open === 0, "nobody");
    expected.push(...(await happened(times)));
    await until(() => server.open === 1, "it is back");
    await until(() => listener.heard.length === expected.length, "what was missed");
  }
  expected.push(...(await happened(2)));
  await until(() => listener.heard.length === expected.length, "what came");
  expect(listener.told).toEqual(expected);
  expect(listener.retries.length).toBe(6);
  expect(new Set(listener.retries.map(({ code }) => code))).toEqual(new Set(["UNREACHABLE"]));
});

test("told that the gateway goes away, it says so, and tries again until it is left", async () => {
  const listener = new Listener(gatewayAt());
  await subscribed();
  await server.close();
  await until(() => listener.retries.length > 2, "some tries");
  expect(listener.retries.map(({ code }) => code).slice(0, 3)).toEqual(["UNAVAILABLE", "UNREACHABLE", "UNREACHABLE"]);
  expect(listener.retries.map(({ status }) => status).slice(0, 2)).toEqual([503, undefined]);
  await listener.stream.return();
  expect(await listener.ending).toBe("done");
});

test("one that begins in the past and is cut before it was told anything begins there again", async () => {
  const expected = await happened(2);
  server.clock.now += 30_000;
  let cuts = 2;
  const gateway = gatewayAt({
    token() {
      if (cuts-- > 0) server.cut();
      return "any";
    },
  });
  const listener = new Listener(gateway, { since: "1h" });
  await until(() => listener.heard.length === 2, "the past");
  expect(listener.told).toEqual(expected);
});

test("it resumes behind a cursor that was kept, and surfaces a gap where the cursor is of another store", async () => {
  const first = new Listener(gatewayAt(), { since: "1h" });
  const [, ...rest] = await happened(3);
  await until(() => first.heard.length === 3, "three");
  const second = new Listener(gatewayAt(), { lastEventId: first.heard[0]?.cursor ?? "" });
  await until(() => second.heard.length === 2, "the others");
  expect(second.told).toEqual(rest);
  const third = new Listener(gatewayAt(), { lastEventId: "another-5" });
  await until(() => third.heard.length === 1, "a gap");
  expect(third.heard[0]).toMatchObject({ type: "GAP", event: null, gap: { cause: "OTHER_STORE" } });
  server.cut(); // it goes on behind the gap
  const [next] = await happened(1);
  await until(() => third.heard.length === 2, "what follows");
  expect(third.told).toEqual(["GAP OTHER_STORE", next]);
});

test("a gateway that does not answer any more is left for a connection that does", async () => {
  const listener = new Listener(gatewayAt(), {}, { pingEvery: 100 });
  await subscribed();
  await pause(300);
  expect(listener.retries).toEqual([]); // it answers
  for (const socket of server.sockets) socket.pause();
  await until(() => listener.retries.length === 1, "an end of its patience");
  expect(listener.retries[0]).toMatchObject({
    code: "UNREACHABLE",
    message: expect.stringContaining("does not answer"),
  });
  await until(() => server.open === 2, "another connection");
  const expected = await happened(2);
  await until(() => listener.heard.length === 2, "both");
  expect(listener.told).toEqual(expected);
});

test("with the WebSocket of npm ws it is the same", async () => {
  const listener = new Listener(gatewayAt({ webSocket: WebSocket }));
  await subscribed();
  server.cut();
  await until(() => server.open === 0, "nobody");
  const expected = await happened(2);
  await until(() => listener.heard.length === 2, "both");
  expect(listener.told).toEqual(expected);
});

describe("it ends", () => {
  test("by break", async () => {
    const stream = streamEvents(gatewayAt(), { since: "1h" });
    await happened(3);
    for await (const { type } of stream) {
      expect(type).toBe("ADDED");
      break;
    }
    await until(() => server.open === 0, "nobody");
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("by return while it waits, which resolves what waits", async () => {
    const stream = streamEvents(gatewayAt());
    const waiting = [stream.next(), stream.next()];
    await subscribed();
    await stream.return();
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
    await until(() => server.open === 0 && server.sockets.length === 0, "nobody");
  });

  test("by a signal: while it waits, while it is connecting, while it waits to come back, and before it begins", async () => {
    const idle = new AbortController();
    const listener = new Listener(gatewayAt(), {}, { signal: idle.signal });
    await subscribed();
    idle.abort();
    expect(await listener.ending).toBe("done");
    await until(() => server.sockets.length === 0, "nobody");

    const connecting = new AbortController();
    const other = new Listener(gatewayAt({ token: () => new Promise(() => {}) }), {}, { signal: connecting.signal });
    await until(() => server.sockets.length === 1, "a socket");
    connecting.abort();
    expect(await other.ending).toBe("done");
    await until(() => server.sockets.length === 0, "nobody");

    const away = new AbortController();
    const nowhere = gatewayAt({ url: "http://127.0.0.1:1", random: () => 1 });
    const third = new Listener(nowhere, {}, { signal: away.signal });
    await until(() => third.retries.length === 1, "a failure");
    away.abort();
    expect(await third.ending).toBe("done");
    expect(third.retries.map(({ code }) => code)).toEqual(["UNREACHABLE"]);

    expect(await new Listener(gatewayAt(), {}, { signal: AbortSignal.abort() }).ending).toBe("done");
  });

  test("by bad input, thrown once with its faults", async () => {
    const stream = streamEvents(gatewayAt(), { lastEventId: "no cursor!" });
    const error: unknown = await stream.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", status: 400, errors: [{ path: "after" }] });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await until(() => server.open === 0, "nobody");
  });

  test("where there are no WebSockets, saying what is missing", async () => {
    const none = gatewayAt({ webSocket: class {} });
    await expect(streamEvents(none).next()).rejects.toThrow(/WebSocket/);
    expect(() => streamEvents(none, {}, { buffer: 0 })).toThrow("buffer: 0");
  });
});

describe("who may listen", () => {
  /** Lets in who brings a token that is good now. */
  class Doorkeeper implements StreamAccess {
    readonly brought: unknown[] = [];
    readonly #denial: Denial;
    #good = new Set<unknown>();
    #inside = new AbortController();

    constructor(denial: Denial) {
      this.#denial = denial;
    }

    let(...tokens: readonly string[]): void {
      this.#good = new Set(tokens.map((token) => `Bearer ${token}`));
    }

    showOut(): void {
      this.#inside.abort(this.#denial);
      this.#inside = new AbortController();
    }

    async admit(...[, parameters]: Parameters<StreamAccess["admit"]>) {
      const brought = parameters?.Authorization;
      this.brought.push(brought);
      if (!this.#good.has(brought)) return { denial: this.#denial };
      return { caller: { name: "ann", rights: "", revoked: this.#inside.signal } };
    }
  }

  async function guarded(denial: Denial): Promise<Doorkeeper> {
    await server.close();
    const door = new Doorkeeper(denial);
    server = await LiveServer.start({ streamAccess: door });
    return door;
  }

  test.each([
    [401, "UNAUTHENTICATED"],
    [403, "FORBIDDEN"],
  ] as const)("turned away with %s it throws %s, and does not try again", async (status, code) => {
    const door = await guarded({ status, detail: "Not you." });
    for (const token of ["bad", () => "bad"]) {
      const error = await new Listener(gatewayAt({ token })).ending;
      expect(error).toMatchObject({ name: "GatewayError", code, message: "Not you." });
    }
    expect(door.brought).toEqual(["Bearer bad", "Bearer bad"]);
  });

  test("shown out because its token has run out it comes back with the next one and misses nothing", async () => {
    const door = await guarded({ status: 401, detail: "That has run out." });
    door.let("t1", "t2");
    let asked = 0;
    const listener = new Listener(gatewayAt({ token: () => `t${++asked}` }));
    await subscribed();
    door.showOut();
    await until(() => server.open === 0, "nobody");
    const expected = await happened(2);
    await until(() => listener.heard.length === 2, "what was missed");
    expect(listener.told).toEqual(expected);
    expect(door.brought).toEqual(["Bearer t1", "Bearer t2"]);
    door.showOut();
    expect(await listener.ending).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test("a fixed token that has run out is not brought for ever", async () => {
    const door = await guarded({ status: 401, detail: "That has run out." });
    door.let("fixed");
    const listener = new Listener(gatewayAt({ token: "fixed" }));
    await subscribed();
    door.showOut();
    expect(await listener.ending).toMatchObject({ code: "UNAUTHENTICATED", message: "That has run out." });
  });

  test("what waits to be taken is still taken before the end is thrown, and that is thrown once", async () => {
    const door = await guarded({ status: 403, detail: "Not any more." });
    door.let("good");
    const stream = streamEvents(gatewayAt({ token: "good" }));
    const first = stream.next();
    await subscribed();
    const expected = await happened(3);
    const changes = [(await first).value];
    await until(() => server.counts.sent.graphql.messages === 3, "what then waits");
    door.showOut();
    await until(() => server.open === 0 && server.sockets.length === 0, "nobody");
    for (let taken = 1; taken < 3; taken++) changes.push((await stream.next()).value);
    expect(changes.map((change) => `${change?.type} ${change?.event?.id}`)).toEqual(expected);
    await expect(stream.next()).rejects.toMatchObject({ code: "FORBIDDEN", status: 403, message: "Not any more." });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test("a token that cannot be had is asked for again", async () => {
    const door = await guarded({ status: 401, detail: "Not you." });
    door.let("good");
    let asked = 0;
    const token = async () => {
      if (++asked < 3) throw new Error("no login");
      return "good";
    };
    const listener = new Listener(gatewayAt({ token }));
    await subscribed();
    const expected = await happened(1);
    await until(() => listener.heard.length === 1, "an event");
    expect(listener.told).toEqual(expected);
    expect(listener.retries.map(({ code }) => code)).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
    expect(listener.retries[0]?.cause).toEqual(new Error("no login"));
  });
});

test("turned away because there are too many, it says so and tries until there is room", async () => {
  await server.close();
  server = await LiveServer.start({ streamLimits: { streams: 1 } });
  const first = new Listener(gatewayAt());
  await subscribed();
  const second = new Listener(gatewayAt());
  await until(() => second.retries.length > 1, "some tries");
  expect(second.retries[0]).toMatchObject({ code: "TOO_MANY_REQUESTS", status: 429 });
  await first.stream.return();
  await until(() => server.api.diagnostics().streams.channels === 0, "nobody");
  await subscribed();
  const expected = await happened(1);
  await until(() => second.heard.length === 1, "an event");
  expect(second.told).toEqual(expected);
});

test("one who takes slowly has no more waiting than asked for, holds nothing at the gateway, and misses nothing", async () => {
  const stream = streamEvents(gatewayAt(), {}, { buffer: 10 });
  onTestFinished(() => stream.return().then(() => {}));
  const first = stream.next();
  await subscribed();
  const expected = [...(await happened(200))]; // more than can wait
  const told: string[] = [];
  const take = (result: IteratorResult<StreamEventsChange, undefined>) =>
    told.push(`${result.value?.type} ${result.value?.event?.id}`);
  take(await first);
  await until(() => server.open === 0 && server.sockets.length === 0, "an end of the connection");
  const before = server.counts.opened.graphql;
  await pause(100);
  expect(server.counts.opened.graphql).toBe(before); // it does not come back before all is taken
  expected.push(...(await happened(50)));
  while (told.length < expected.length) take(await stream.next());
  expect(told).toEqual(expected);
  expect(server.counts.opened.graphql).toBeGreaterThan(20);
});
