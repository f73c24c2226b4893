// Hostile WebSockets: floods of opens, of messages, of pings and of pieces; frames that are none; and who never reads.
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Attacked, type Attacker, gatewayWith, until } from "./attacked.ts";

const STREAM = "/api/v1/events/stream";
const GRAPHQL = "/graphql";

const TEXT = 1;
const PING = 9;
const FINAL = 0x80;

/** A frame as clients send them, masked (RFC 6455, 5.2). `first` is its first byte. */
function frame(first: number, payload: string | Buffer, { isMasked = true } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const length =
    bytes.length < 126 ? Buffer.from([bytes.length]) : Buffer.from([126, bytes.length >> 8, bytes.length & 0xff]);
  if (!isMasked) return Buffer.concat([Buffer.from([first]), length, bytes]);
  length[0] = (length[0] ?? 0) | 0x80;
  const mask = randomBytes(4);
  const masked = bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([first]), length, mask, masked]);
}

const message = (value: object | string) =>
  frame(FINAL | TEXT, typeof value === "string" ? value : JSON.stringify(value));

async function upgraded(attacked: Attacked, path: string, address = "127.0.0.2"): Promise<Attacker> {
  const attacker = await attacked.connect(address);
  const protocol = path === GRAPHQL ? "Sec-WebSocket-Protocol: graphql-transport-ws\r\n" : "";
  attacker.send(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${protocol}\r\n`,
  );
  return attacker;
}

/** Each from an address of its own, up to a hundred, from `first` on: who has flooded before is heard later. */
function many(attacked: Attacked, count: number, path: string, first = 2): Promise<readonly Attacker[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => upgraded(attacked, path, `127.0.0.${first + (index % 100)}`)),
  );
}

/** Sockets of GraphQL that may begin. */
async function begun(attacked: Attacked, count: number, first?: number): Promise<readonly Attacker[]> {
  const attackers = await many(attacked, count, GRAPHQL, first);
  for (const attacker of attackers) {
    expect(await attacker.told).toBe(101);
    attacker.send(INIT);
  }
  await until(() => attackers.every(({ text }) => text.includes("connection_ack")), "their beginning");
  return attackers;
}

/** Sends as fast as it is taken, for so long; how many bytes were sent. */
async function flood(attacker: Attacker, bytes: Buffer, ms: number): Promise<number> {
  let sent = 0;
  for (const until = performance.now() + ms; performance.now() < until && !attacker.isClosed; ) {
    if (attacker.socket.writableNeedDrain) await pause(5);
    else {
      attacker.send(bytes);
      sent += bytes.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return sent;
}

const INIT = message({ type: "connection_init" });

function subscribe(query: string, id: string): Buffer {
  return message({ id, type: "subscribe", payload: { query } });
}

const gateway = gatewayWith("--stream-init-timeout", "2s", "--max-streams-per-client", "20");

test("two thousand sockets that never say who they are, and as many streams of one client as there may be", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const silent: Attacker[] = [];
    for (let round = 0; round < 10; round++) silent.push(...(await many(attacked, 200, GRAPHQL)));
    for (const { told } of silent) expect([101, "closed"]).toContain(await told);
    const streams = await Promise.all(Array.from({ length: 200 }, () => upgraded(attacked, STREAM, "127.0.0.250")));
    await until(() => streams.filter(({ text }) => text.includes('"ready"')).length === 20, "as many as there may be");
    await until(
      () => streams.filter(({ text }) => text.includes("You have 20 streams open")).length === 180,
      "refusals",
    );
    for (const { socket } of streams) socket.destroy();
    await until(
      () => silent.every(({ isClosed, text }) => isClosed || text.includes("Connection initialisation timeout")),
      "the end of the silent",
    );
  });
}, 60_000);

test("frames that are none, too long, compressed, unmasked or out of place end their socket", async () => {
  const attacked = gateway();
  const frames: Readonly<Record<string, Buffer>> = {
    unmasked: frame(FINAL | TEXT, "{}", { isMasked: false }),
    compressed: frame(FINAL | 0x40 | TEXT, "{}"),
    "of an unknown kind": frame(FINAL | 3, "{}"),
    "a continuation of nothing": frame(FINAL, "{}"),
    "a ping in pieces": frame(PING, "{}"),
    "a ping too long": frame(FINAL | PING, "a".repeat(126)),
    "longer than may be": Buffer.concat([
      Buffer.from([FINAL | TEXT, 0xff]),
      Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]),
      Buffer.alloc(64),
    ]),
    "longer than numbers are": Buffer.concat([
      Buffer.from([FINAL | TEXT, 0xff]),
      Buffer.alloc(8, 0xff),
      Buffer.alloc(64),
    ]),
    "not UTF-8": frame(FINAL | TEXT, Buffer.from([0xc0, 0xaf, 0xff])),
    "a close without a reason to it": frame(FINAL | 8, Buffer.from([0, 1])),
    "a close of one byte": frame(FINAL | 8, Buffer.from([3])),
    "no JSON": message("hello"),
    "JSON in itself": message(`${"[".repeat(30_000)}`),
    bytes: frame(FINAL | 2, randomBytes(100)),
    noise: randomBytes(1_000),
  };
  await attacked.withstands(async () => {
    const attackers: Attacker[] = [];
    for (const path of [STREAM, GRAPHQL]) {
      for (const bytes of Object.values(frames)) {
        const attacker = await upgraded(attacked, path);
        expect(await attacker.told).toBe(101);
        attacker.send(bytes);
        attackers.push(attacker);
      }
    }
    // Noise may begin as a frame whose end is waited for: that one is idle, as any.
    await until(
      () => attackers.filter(({ isClosed, text }) => isClosed || hasClose(text)).length >= attackers.length - 2,
      "their end",
    );
  });
}, 60_000);

/** Whether a close frame was sent; whatever was said before it is text. */
function hasClose(text: string): boolean {
  return text.slice(text.indexOf("\r\n\r\n")).includes("\u0088");
}

test("floods of pings by who does not read are not taken in, and neither are floods of messages", async () => {
  const attacked = gateway();
  const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame(FINAL | PING, "a".repeat(100))));
  const said = Buffer.concat(
    Array.from({ length: 500 }, () => message({ type: "ping", payload: { a: "a".repeat(100) } })),
  );
  await attacked.withstands(async () => {
    const pinging = await many(attacked, 20, STREAM);
    for (const { told } of pinging) expect(await told).toBe(101);
    const talking = await begun(attacked, 20);
    for (const { socket } of [...pinging, ...talking]) socket.pause();
    const sent = await Promise.all([
      ...pinging.map((attacker) => flood(attacker, pings, 2_000)),
      ...talking.map((attacker) => flood(attacker, said, 2_000)),
    ]);
    // What the two systems hold between them, and the burst that is heard; not what would fit into two seconds.
    expect(Math.max(...sent)).toBeLessThan(64 * 1024 * 1024);
  });
}, 60_000);

test("floods of pieces that never make a message end their socket", async () => {
  const attacked = gateway();
  const [first, piece] = [frame(TEXT, "a"), frame(0, "a")];
  const pieces = Buffer.concat(Array.from({ length: 2_000 }, () => piece));
  await attacked.withstands(async () => {
    const attackers = await many(attacked, 50, GRAPHQL);
    for (const { told } of attackers) expect(await told).toBe(101);
    for (const attacker of attackers) attacker.send(Buffer.concat([first, pieces]));
    await until(() => attackers.every(({ isClosed, text }) => isClosed || hasClose(text)), "their end");
  });
}, 60_000);

test("floods of large queries over sockets by who does not read are worked on a few at a time", async () => {
  const attacked = gateway();
  const page = "{ events(first: 1000) { nodes { id message reason source hooks { name } tags { key value } } } }";
  await attacked.withstands(async () => {
    const attackers = await begun(attacked, 20);
    for (const attacker of attackers) {
      attacker.socket.pause();
      attacker.send(Buffer.concat(Array.from({ length: 500 }, (_, index) => subscribe(page, `q${index}`))));
    }
    await pause(3_000);
  });
}, 60_000);

test("subscriptions without end on one socket, opened and completed, and ids used twice", async () => {
  const attacked = gateway();
  const live = "subscription { eventChanges { event { id } } }";
  await attacked.withstands(async () => {
    const attackers = await begun(attacked, 10);
    for (const attacker of attackers) {
      for (let index = 0; index < 2_000; index++) {
        attacker.send(subscribe(live, `s${index}`));
        if (index % 2 === 0) attacker.send(message({ id: `s${index}`, type: "complete" }));
      }
    }
    await until(() => attackers.every(({ text }) => text.includes("TOO_MANY_REQUESTS")), "refusals");
    const twice = await begun(attacked, 10, 100);
    for (const attacker of twice) attacker.send(Buffer.concat([subscribe(live, "a"), subscribe(live, "a")]));
    await until(() => twice.every(({ isClosed, text }) => isClosed || hasClose(text)), "their end");
  });
}, 60_000);

test("changes of filter without end end their stream", async () => {
  const attacked = gateway();
  await attacked.withstands(async () => {
    const attackers = await many(attacked, 20, STREAM, 130);
    for (const { told } of attackers) expect(await told).toBe(101);
    const change = message({ type: "filter", filter: { namespace: ["shop"] } });
    for (const attacker of attackers) attacker.send(Buffer.concat(Array.from({ length: 2_000 }, () => change)));
    await until(() => attackers.every(({ text }) => text.includes("The filter may be changed")), "refusals");
  });
}, 60_000);
