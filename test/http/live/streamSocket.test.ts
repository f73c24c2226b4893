// What only plain WebSockets can: to be told where a stream begins, and to be asked for something else while they are open.
// A change of filter is a change of what is let through and not of the place: nothing is missed by it and nothing told twice.
import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY, NOON } from "../../generators.ts";
import { told } from "./edge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SocketStream } from "./socketEdge.ts";

let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start({ store: { ring: { changes: 100, bytes: 1_000_000 } } });
});
afterAll(() => server.close());

function cursor(seq: number): string {
  return server.store.cursors.encode(seq);
}

test("a stream says where it begins, from where it can be resumed before anything is told", async () => {
  await server.happen();
  const { head } = server.store;
  const stream = new SocketStream(server.url);
  await stream.ready;
  expect(stream.readies.map((id) => server.store.cursors.decode(id))).toEqual([head]);
  await stream.leave();
  const [missed] = await server.happen();
  const resumed = new SocketStream(server.url, { after: stream.readies[0] ?? "" });
  await until(() => resumed.heard.length === 1, "what was missed");
  expect(told(resumed)).toEqual([`ADDED ${missed?.record.event.id} FIRING`]);
  await resumed.leave();
});

test("two who begin at one place, or one who comes again, cannot tell by its name that nothing happened meanwhile", async () => {
  const { head } = server.store;
  const streams = [1, 2, 3].map(() => new SocketStream(server.url));
  await Promise.all(streams.map((stream) => stream.ready));
  const ids = streams.map(({ readies }) => readies[0] ?? "");
  expect(new Set([...ids, cursor(head)]).size).toBe(4);
  expect(ids.map((id) => server.store.cursors.decode(id))).toEqual([head, head, head]);
  await Promise.all(streams.map((stream) => stream.leave()));
});

test("its filter changes at a place that `ready` names: before it the old one holds, behind it the new one", async () => {
  const stream = new SocketStream(server.url, { filter: { reason: "even" } });
  await stream.ready;
  let isOver = false;
  const happened: string[] = [];
  const happening = (async () => {
    for (let number = 0; !isOver; number++) {
      const reason = ["even", "odd"][number % 2] ?? "";
      const [change] = await server.happen(1, { reason });
      happened.push(`${change?.seq} ${reason} ${change?.record.event.id}`);
    }
  })();
  for (let times = 1; times <= 12; times++) {
    const { length } = happened;
    await until(() => happened.length > length + 3, "some more");
    stream.filter({ reason: times % 2 === 1 ? "odd" : "even" });
    await until(() => stream.readies.length === times + 1, "the filter taken");
  }
  isOver = true;
  await happening;
  const [last] = await server.happen(1, { reason: "even" });
  await until(() => stream.heard.at(-1)?.event?.id === last?.record.event.id, "the last");

  const places = stream.readies.map((id) => Number(server.store.cursors.decode(id)));
  const expected = happened.filter((line) => {
    const [seq, reason] = line.split(" ");
    const filters = places.filter((place) => place < Number(seq)).length;
    return reason === (filters % 2 === 1 ? "even" : "odd");
  });
  expect(stream.heard.slice(0, -1).map(({ event }) => event?.id)).toEqual(expected.map((line) => line.split(" ")[2]));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  await stream.leave();
});

test("its filter changes in the middle of a catch-up without a gap and without a repeat", async () => {
  const from = server.store.head;
  for (let times = 0; times < 5; times++) {
    await server.happen(200, { reason: "first" });
    await server.happen(200, { reason: "second" });
  }
  const stream = new SocketStream(server.url, { after: cursor(from), filter: { reason: "first" } });
  await until(() => stream.heard.length > 0, "some of the first");
  stream.filter({ reason: "second" });
  await until(() => stream.readies.length === 2, "the filter taken");
  const [last] = await server.happen(1, { reason: "second" });
  await until(() => stream.heard.at(-1)?.event?.id === last?.record.event.id, "the last");
  const place = Number(server.store.cursors.decode(stream.readies[1] ?? ""));
  const { changes } = await server.store.changesSince(from, 10_000);
  const expected = changes.flatMap((change) => {
    if (change.kind === "gap") return [];
    const { id, reason } = change.record.event;
    return reason === (change.seq <= place ? "first" : "second") ? [id] : [];
  });
  expect(stream.heard.map(({ event }) => event?.id)).toEqual(expected);
  await stream.leave();
});

test("a filter changed while a stream catches up with the last hour does not bring up what is older", async () => {
  const older = { lastSeen: NOON - DAY };
  await server.happen(1, { reason: "first" });
  for (let times = 0; times < 10; times++) {
    await server.happen(100, { reason: "first" });
    await server.happen(20, { reason: "second", ...older });
    await server.happen(1, { reason: "second" });
  }
  const stream = new SocketStream(server.url, { since: "1h", filter: { reason: "first" } });
  await until(() => stream.heard.length > 0, "some of the first");
  stream.filter({ reason: "second" });
  await until(() => stream.readies.length === 2, "the filter taken");
  const [last] = await server.happen(1, { reason: "second", ...older }); // of which it is told, as it happens while it listens
  await until(() => stream.heard.at(-1)?.event?.id === last?.record.event.id, "the last");
  const times = stream.heard.slice(0, -1).map(({ event }) => (event as unknown as { timestamp: string }).timestamp); // as sent
  expect(new Set(times)).toEqual(new Set(["2026-11-23T00:00:00.000Z"]));
  await stream.leave();
});

test("a filter asked for before `ready` is not lost", async () => {
  const stream = new SocketStream(server.url, { since: "1h" });
  await new Promise((resolve) => stream.socket.once("open", resolve));
  stream.filter({ reason: "wanted" });
  await until(() => stream.readies.length === 2, "the filter taken");
  await server.happen(1, { reason: "unwanted" });
  const [wanted] = await server.happen(1, { reason: "wanted" });
  await until(() => stream.heard.at(-1)?.event?.id === wanted?.record.event.id, "what is wanted");
  expect(stream.heard.filter(({ event }) => event?.reason === "unwanted")).toEqual([]);
  await stream.leave();
});

test("the same filter again changes nothing, and a filter of nothing lets everything through", async () => {
  const stream = new SocketStream(server.url, { filter: { reason: "mine" } });
  await stream.ready;
  stream.filter({ reason: ["mine"] });
  await until(() => stream.readies.length === 2, "the filter taken");
  await server.happen(1, { reason: "other" });
  await server.happen(1, { reason: "mine" });
  await until(() => stream.heard.length === 1, "mine");
  stream.filter({});
  await until(() => stream.readies.length === 3, "the filter taken");
  await server.happen(1, { reason: "other" });
  await until(() => stream.heard.length === 2, "another's");
  expect(stream.heard.map(({ event }) => event?.reason)).toEqual(["mine", "other"]);
  await stream.leave();
});

test.each([
  ["an unknown name, with the nearest known one", { namspace: ["shop"] }, /namspace.*\bnamespace\b/],
  ["a value that is none", { status: ["burning"] }, /burning/],
  ["a place to begin at", { since: "10m" }, /since/],
  ["a cursor", { lastEventId: "a-1" }, /lastEventId/],
] as const)("a faulty filter is told as an error and the old one stays: %s", async (_, filter, message) => {
  const stream = new SocketStream(server.url, { filter: { reason: "mine" } });
  await stream.ready;
  stream.filter(filter);
  await until(() => stream.complaints.length === 1, "an error");
  expect(stream.complaints).toEqual([{ code: "BAD_USER_INPUT", detail: expect.stringMatching(message) }]);
  await server.happen(1, { reason: "other" });
  await server.happen(1, { reason: "mine" });
  await until(() => stream.heard.length === 1, "mine");
  expect([stream.heard[0]?.event?.reason, stream.readies.length]).toEqual(["mine", 1]);
  await stream.leave();
});

test.each([
  ["no JSON", "filter!"],
  ["no object", "[1]"],
  ["null", "null"],
  ["of no known type", '{"type":"unsubscribe"}'],
  ["a filter that is none", '{"type":"filter","filter":[]}'],
  ["bytes", Buffer.from('{"type":"filter","filter":{}}')],
])("a message that is %s ends the stream with 4400 and says what would be right", async (_, message) => {
  const stream = new SocketStream(server.url);
  await stream.ready;
  stream.socket.send(message);
  expect(await stream.ending).toBe("faulty");
  expect(stream.closed?.code).toBe(4400);
  expect(stream.complaints).toEqual([{ code: "BAD_REQUEST", detail: expect.stringContaining('{"type":"filter"') }]);
});

test("a faulty parameter is a problem that names it, and the close says so too", async () => {
  const stream = new SocketStream(server.url, { filter: { namspaces: ["shop"] } as object });
  await stream.ending;
  expect(stream.closed).toEqual({ code: 4400, reason: expect.stringContaining("namspaces") });
  const long = new SocketStream(server.url, { filter: { ["é".repeat(200)]: "x" } as object });
  await long.ending;
  expect(Buffer.byteLength(long.closed?.reason ?? "")).toBeLessThanOrEqual(123); // what a close can hold
  expect(long.closed?.code).toBe(4400);
});
