// Many subscribers: some who never read, and some who come and go. The bench has the same at full size.
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { lastCursor, told } from "./edge.ts";
import { EDGES } from "./edges.ts";
import { graphqlClient } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";

test("of 200 subscribers the 20 who never read cost a bounded sum, the others get everything in order, and all of them in the end", async () => {
  const ring = { changes: 100, bytes: 500_000 };
  const server = await LiveServer.start({ store: { ring } });
  const all = { reason: "all" };
  const open = (count: number, filter = {}) =>
    Promise.all(Array.from({ length: count }, (_, index) => EDGES[index % 3]?.open(server.url, { filter }) ?? never()));
  const readers = await open(180, all);
  // They are told of much more than the others, so that what they do not read fills all the buffers on the way.
  const sleepers = await open(20);
  for (const sleeper of sleepers) sleeper.pause();

  const forAll: string[] = [];
  const everything: string[] = [];
  for (let times = 0; times < 50; times++) {
    const changes = [...(await server.happen(10, all)), ...(await server.happen(30, { message: "x".repeat(4_000) }))];
    const ids = changes.map(({ record: { event } }) => `ADDED ${event.id} FIRING`);
    everything.push(...ids);
    forAll.push(...ids.slice(0, 10));
    const waiting = server.sockets.map(({ writableLength }) => writableLength);
    expect(waiting.reduce((sum, each) => sum + each, 0)).toBeLessThan(20 * 512 * 1024);
    await pause(1);
  }
  await until(() => readers.every(({ heard }) => heard.length >= 500), "everything, for those who read");
  for (const reader of readers) expect(told(reader)).toEqual(forAll);
  expect(sleepers.filter(({ heard }) => heard.length < 2_000)).toHaveLength(20);

  await Promise.all(readers.map((reader) => reader.leave()));
  const [leaving, waking] = [sleepers.slice(0, 10), sleepers.slice(10)];
  const resumed = await Promise.all(
    leaving.map(async (sleeper, index) => {
      await sleeper.leave();
      const before = told(sleeper);
      const after = before.length === 0 ? { after: server.store.cursors.encode(0) } : { after: lastCursor(sleeper) };
      const stream = await EDGES[index % 3]?.open(server.url, after);
      return { before, stream: stream ?? never() };
    }),
  );
  for (const sleeper of waking) sleeper.resume();
  await until(() => waking.every(({ heard }) => heard.length >= 2_000), "everything, for those who wake");
  for (const sleeper of waking) expect(told(sleeper)).toEqual(everything);
  for (const { before, stream } of resumed) {
    await until(() => before.length + stream.heard.length >= 2_000, "everything, for those who resume");
    expect([...before, ...told(stream)]).toEqual(everything);
  }
  await Promise.all([...waking, ...resumed.map(({ stream }) => stream)].map((stream) => stream.leave()));
  await until(() => server.open === 0, "nobody");
  await server.close();
}, 40_000);

test("of 1,000 who come and go nothing is left: no place, no listener, no connection", async () => {
  let listeners = 0;
  let listened = 0;
  const server = await LiveServer.start({
    seen: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "subscribe") {
            return (listener: Parameters<typeof store.subscribe>[0]) => {
              listeners++;
              listened++;
              const leave = target.subscribe(listener);
              return () => {
                listeners--;
                leave();
              };
            };
          }
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
  });
  const warnings: string[] = [];
  const warned = ({ message }: Error) => void warnings.push(message);
  process.on("warning", warned);
  const url = `${server.url}/api/v1/events/stream`;

  for (let times = 0; times < 5; times++) {
    const gone = new AbortController();
    const [answers, sockets] = await Promise.all([
      Promise.all(Array.from({ length: 40 }, () => fetch(url, { signal: gone.signal }))),
      Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const socket = new WebSocket(`${url.replace("http", "ws")}?reason=${index % 4}`);
          await new Promise((resolve) => socket.once("message", resolve));
          return socket;
        }),
      ),
    ]);
    await server.happen();
    expect([answers.length, server.open]).toEqual([40, 80]);
    gone.abort();
    for (const socket of sockets) socket.terminate();
    await until(() => server.open === 0, "nobody");
  }
  const { client } = graphqlClient(server.url, { lazy: false });
  for (let times = 0; times < 20; times++) {
    const leave = Array.from({ length: 30 }, (_, index) =>
      client.subscribe(
        { query: `subscription { eventChanges(filter: { reason: "${index % 3}" }) { cursor } }` },
        { next: () => {}, error: () => {}, complete: () => {} },
      ),
    );
    await until(() => server.open === 30, "thirty");
    for (const each of leave) each();
    await until(() => server.open === 1, "the socket alone");
    expect(listeners).toBe(0);
  }
  await client.dispose();
  await until(() => server.open === 0, "nobody");
  expect(server.counts.opened).toMatchObject({ sse: 200, websocket: 200 });
  expect(listened).toBeGreaterThanOrEqual(20);
  expect(listeners).toBe(0);
  expect(warnings).toEqual([]); // as of too many listeners
  process.off("warning", warned);
  await server.close();
}, 30_000);

function never(): never {
  throw new Error("there are three edges");
}
