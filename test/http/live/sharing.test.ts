// How often the work is done: once for each thing told, whatever the number of those who are told it.
// The store says how often it was asked; what subscribers are sent is compared byte by byte.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { counting } from "../../graph/harness.ts";
import { as, Callers } from "./callers.ts";
import { LiveServer, until } from "./liveServer.ts";

let server: LiveServer;
let calls: ReadonlyMap<string, number>;
beforeAll(async () => {
  server = await LiveServer.start({
    streamAccess: new Callers(),
    seen(store) {
      const counted = counting(store);
      calls = counted.calls;
      return counted.store;
    },
  });
});
beforeEach(() => until(() => server.open === 0, "nobody"));
afterAll(() => server.close());

/** Each execution asks the store once for the dispatches of its event. */
const DISPATCHES = `subscription ($filter: EventFilter, $after: String) {
  eventChanges(filter: $filter, after: $after) { cursor event { id dispatches { outcome } } }
}`;

function executions(): number {
  return calls.get("dispatchesOf") ?? 0;
}

interface Subscriber {
  readonly texts: string[];
  readonly socket: WebSocket;
}

/** A bare socket, so that what comes is seen as it comes. */
async function subscribe(id: string, variables: object = {}, rights = ""): Promise<Subscriber> {
  const socket = new WebSocket(
    `${server.url.replace("http", "ws")}/graphql`,
    "graphql-transport-ws",
    as("ann", rights),
  );
  const texts: string[] = [];
  await new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      const text = String(data);
      const { type, id: of } = JSON.parse(text) as { readonly type: string; readonly id?: string }; // the protocol's
      if (type === "connection_ack") {
        socket.send(JSON.stringify({ type: "subscribe", id, payload: { query: DISPATCHES, variables } }));
        socket.send(JSON.stringify({ type: "subscribe", id: "asked", payload: { query: "{ __typename }" } }));
      }
      if (type === "next" && of === id) texts.push(text);
      if (type === "complete" && of === "asked") resolve();
    });
    socket.once("open", () => socket.send('{"type":"connection_init"}'));
  });
  return { texts, socket };
}

async function leave(subscribers: readonly Subscriber[]): Promise<void> {
  for (const { socket } of subscribers) socket.close();
  await until(() => server.open === 0, "nobody");
}

const IDS = ["1", "a", "zz", "a-much-longer-id", 'é"\\\u{1F980}'];

test("subscribers of one operation cause one execution for each change, and are sent the same bytes but for their ids", async () => {
  const subscribers = await Promise.all(Array.from({ length: 25 }, (_, index) => subscribe(IDS[index % 5] ?? "")));
  const before = executions();
  for (let times = 0; times < 4; times++) {
    await server.happen();
    await until(() => subscribers.every(({ texts }) => texts.length === times + 1), "a change, everywhere");
  }
  expect(executions()).toBe(before + 4);
  const payloads = subscribers.map(({ texts }, index) => {
    const start = `{"id":${JSON.stringify(IDS[index % 5])},"type":"next",`;
    return texts.map((text) => {
      expect(text.startsWith(start)).toBe(true);
      return text.slice(start.length);
    });
  });
  expect(new Set(payloads.map((each) => each.join("\n"))).size).toBe(1);
  expect(payloads[0]?.[0]).toMatch(/^"payload":\{"data":\{"eventChanges":\{"cursor":"[^"]+","event":\{"id":/);
  await leave(subscribers);
});

test("a burst is executed once for each change too, in whatever portions it is told", async () => {
  const subscribers = await Promise.all(IDS.map((id) => subscribe(id)));
  const before = executions();
  await Promise.all(Array.from({ length: 30 }, () => server.happen()));
  await until(() => subscribers.every(({ texts }) => texts.length === 30), "all of it, everywhere");
  expect(executions() - before).toBeLessThanOrEqual(30);
  await leave(subscribers);
});

test("those who began at different places share as soon as they have caught up, and what was told lately is not made again", async () => {
  const { cursors, head } = server.store;
  await server.happen(20);
  const live = await subscribe("live");
  const before = executions();
  const behind: Subscriber[] = [];
  for (const seq of [head + 10, head, head + 5, head + 10]) {
    behind.push(await subscribe(`from-${behind.length}`, { after: cursors.encode(seq) }));
  }
  await until(
    () => behind.every(({ texts }, index) => texts.length === [10, 20, 15, 10][index]),
    "what they had missed",
  );
  expect(executions() - before).toBeLessThanOrEqual(20);
  const then = executions();
  await server.happen();
  await until(() => [live, ...behind].every(({ texts }) => texts.at(-1) !== undefined), "the next");
  await until(() => live.texts.length === 1 && behind[1]?.texts.length === 21, "the next, everywhere");
  expect(executions()).toBe(then + 1);
  await leave([live, ...behind]);
});

test("what all were told is there for whoever comes back at once, and what one has read alone is kept for nobody", async () => {
  const { cursors, head } = server.store;
  await server.happen(10);
  const after = cursors.encode(head);
  const subscribers: Subscriber[] = [];
  for (const id of ["first", "second"]) {
    const before = executions();
    const subscriber = await subscribe(id, { after });
    await until(() => subscriber.texts.length === 10, "what it had missed");
    expect(executions()).toBeGreaterThan(before); // once for each step of its reading
    subscribers.push(subscriber);
  }
  const place = server.store.head;
  await server.happen();
  await until(() => subscribers.every(({ texts }) => texts.length === 11), "a change, for both");
  const told = executions();
  const back = await subscribe("back", { after: cursors.encode(place) });
  await until(() => back.texts.length === 1, "the same, for who was away");
  expect(executions()).toBe(told);
  await leave([...subscribers, back]);
});

test("a change is executed once for all filters that let it through, and again for other rights", async () => {
  const subscribers = await Promise.all([
    subscribe("ann", {}, "all"),
    subscribe("bob", {}, "all"),
    subscribe("cid", {}, "shop only"),
    subscribe("dot", { filter: { namespaces: ["default"] } }, "all"),
  ]);
  const before = executions();
  await server.happen();
  await until(() => subscribers.every(({ texts }) => texts.length === 1), "a change, everywhere");
  expect(executions()).toBe(before + 2);
  await leave(subscribers);
});

test("plain WebSockets and server-sent events listen to the store once for all of them", async () => {
  let looked = 0;
  const own = await LiveServer.start({
    seen: (store) =>
      new Proxy(store, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target);
          if (name === "subscribe") looked++;
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
  });
  const url = `${own.url}/api/v1/events/stream`;
  const gone = new AbortController();
  const sockets = Array.from({ length: 5 }, () => new WebSocket(url.replace("http", "ws")));
  const events = await Promise.all(Array.from({ length: 5 }, () => fetch(url, { signal: gone.signal })));
  await until(() => own.open === 10, "all of them");
  expect(events.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(looked).toBe(1); // one channel listens for all of them
  gone.abort();
  for (const socket of sockets) socket.terminate();
  await until(() => own.open === 0, "nobody");
  await own.close();
});
