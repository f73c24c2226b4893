// The places among the streams, and what becomes of those who hold them: by hand-made streams and a clock that is set.
import { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Outlet } from "../../../src/http/live/outlet.ts";
import {
  type OpenStream,
  type Refused,
  type Slot,
  STREAM_LIMITS,
  type StreamLimits,
  Streams,
} from "../../../src/http/live/streams.ts";
import { until } from "./liveServer.ts";

const clock = { now: 0 };
const forgets: (() => void)[] = [];
afterEach(() => {
  for (const forget of forgets.splice(0)) forget();
});

function streams(limits: Partial<StreamLimits> = {}): Streams {
  return new Streams({ ...STREAM_LIMITS, ...limits }, () => clock.now);
}

function slot(taken: Slot | Refused): Slot {
  if ("reason" in taken) throw new Error(taken.detail);
  return taken;
}

/** A socket that takes nothing until it is told to. */
class StuckSocket extends Duplex {
  #taken: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 4 });
  }

  override _write(_chunk: Buffer, _encoding: string, taken: () => void): void {
    this.#taken = taken;
  }

  override _read(): void {}

  accept(): void {
    this.#taken?.();
  }
}

/** What is asked of it, in order. */
function handMade(at: Streams) {
  const socket = new StuckSocket();
  const asked: string[] = [];
  const stream: OpenStream = {
    outlet: new Outlet(socket, () => clock.now),
    ping: () => asked.push("ping"),
    giveUp: () => asked.push("giveUp"),
    shutDown: () => asked.push("shutDown"),
    terminate: () => asked.push("terminate"),
  };
  const forget = at.add(stream);
  forgets.push(forget);
  return { stream, socket, asked, forget };
}

test("a place is refused at the limit of a caller and of all, and free again once, however often it is given back", () => {
  const all = streams({ streams: 3, perCaller: 2 });
  const places = [all.take("sse", "ann"), all.take("graphql", "ann")].map(slot);
  expect(all.take("sse", "ann")).toMatchObject({ reason: "perCaller", retryAfter: 5 });
  slot(all.take("websocket", "bob"));
  expect(all.take("sse", "cid")).toMatchObject({ reason: "streams", retryAfter: 5 });
  places[0]?.free();
  places[0]?.free();
  slot(all.take("sse", "cid"));
  expect(all.take("sse", "dot")).toMatchObject({ reason: "streams" });
  expect(all.counts).toMatchObject({
    open: { sse: 1, websocket: 1, graphql: 1 },
    opened: { sse: 2, websocket: 1, graphql: 1 },
    refused: { streams: 2, perCaller: 1 },
  });
});

test("a place is passed to another caller, unless that one has as many as one may", () => {
  const all = streams({ perCaller: 1 });
  const place = slot(all.take("graphql", "address"));
  expect(place.passTo("ann")).toBeUndefined();
  expect(place.passTo("ann")).toBeUndefined();
  const other = slot(all.take("graphql", "address"));
  expect(other.passTo("ann")).toMatchObject({ reason: "perCaller" });
  expect(all.take("graphql", "address")).toMatchObject({ reason: "perCaller" });
  place.free();
  expect(other.passTo("ann")).toBeUndefined();
  slot(all.take("graphql", "address"));
  expect(all.counts).toMatchObject({ open: { graphql: 2 }, opened: { graphql: 3 }, refused: { perCaller: 2 } });
});

test("a stream is pinged when its time has come, and given up when it has taken nothing for too long", async () => {
  const all = streams({ pingEvery: 20, stall: 50 });
  const { stream, socket, asked } = handMade(all);
  clock.now += 20;
  await until(() => asked.length === 1, "a ping");
  stream.outlet.write("more than its mark");
  expect(stream.outlet.isBlocked).toBe(true);
  clock.now += 49;
  expect(stream.outlet.stalledFor).toBe(49);
  const drained = new Promise<void>((resolve) => stream.outlet.whenDrained(resolve));
  socket.accept();
  await drained;
  expect([stream.outlet.isBlocked, stream.outlet.stalledFor]).toEqual([false, 0]);

  stream.outlet.write("more than its mark");
  clock.now += 50;
  await until(() => asked.includes("giveUp"), "giving up");
  expect(all.counts.stalled).toBe(1);
  const before = asked.length;
  clock.now += 49;
  await pause(60); // three times as long as between two looks
  expect(asked.length).toBe(before); // it is neither pinged nor given up again, and has time to go
  clock.now += 1;
  await until(() => asked.at(-1) === "terminate", "the end of patience");
});

test("closing tells every stream, takes no more, and cuts off who is left when the grace is over", async () => {
  const all = streams();
  const [quick, slow] = [handMade(all), handMade(all)];
  const closed = all.close(60);
  expect([quick.asked, slow.asked]).toEqual([["shutDown"], ["shutDown"]]);
  expect(all.take("sse", "ann")).toMatchObject({ reason: "shutdown", retryAfter: 1 });
  const late = handMade(all); // was admitted before, and comes only now
  expect(late.asked).toEqual(["shutDown"]);
  quick.forget();
  late.forget();
  await closed;
  expect([quick.asked, slow.asked]).toEqual([["shutDown"], ["shutDown", "terminate"]]);
});

test("closing does not wait for anybody when nobody is there, nor longer than for the last to go", async () => {
  await streams().close(60_000);
  const all = streams();
  const { forget } = handMade(all);
  const closed = all.close(60_000);
  forget();
  await closed;
});
