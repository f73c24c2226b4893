// The subscribers of the load generator, who throw away what they read: they have to count right, and to notice what is wrong.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { CURSORS } from "./places.ts";
import { type Protocol, Receiver } from "./receiver.ts";

const COUNT = 50;
const HEADS: Readonly<Record<"socket" | "sse", string>> = {
  socket: "HTTP/1.1 101 Switching Protocols\r\n\r\n",
  sse: "HTTP/1.1 200 OK\r\n\r\nretry: 2000\nevent: ready\nid: test-0\ndata: {}\n\n",
};

test.each(["socket", "sse"] as const)("messages are counted however %s bytes are cut", async (protocol) => {
  const bytes = Buffer.concat(places(1, COUNT).map((place) => framed(protocol, place)));
  for (const size of [1, 2, 3, 7, 100, bytes.length]) {
    for (const checks of [false, true]) {
      const receiver = await told(protocol, bytes, size, checks);
      expect(receiver.count).toBe(COUNT);
      expect(receiver.fault).toBeUndefined();
    }
  }
});

test.each(["socket", "sse"] as const)(
  "a %s message that is missing, repeated or too early is a fault",
  async (protocol) => {
    const wrong = [
      [1, 2, 4, 5],
      [1, 2, 2, 3],
      [1, 3, 2, 4],
    ];
    for (const each of wrong) {
      const receiver = await told(protocol, Buffer.concat(each.map((place) => framed(protocol, place))), 64, true, 4);
      expect(receiver.fault).toMatch(/came behind/);
    }
  },
);

async function told(
  protocol: "socket" | "sse",
  bytes: Buffer,
  size: number,
  checks: boolean,
  count = COUNT,
): Promise<Receiver> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.once("data", () => void tell(socket, protocol, bytes, size));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const whole = Promise.withResolvers<void>();
  const receiver: Receiver = await Receiver.open({
    port,
    protocol: protocol as Protocol,
    path: "/",
    checks,
    received: () => {
      if (receiver.count >= count) whole.resolve();
    },
  });
  onTestFinished(() => {
    receiver.cut();
    server.close();
  });
  await whole.promise;
  return receiver;
}

async function tell(socket: Socket, protocol: "socket" | "sse", bytes: Buffer, size: number): Promise<void> {
  socket.write(HEADS[protocol]);
  await new Promise((resolve) => setTimeout(resolve, 20)); // so that who opens it is there
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    if (at % 64 === 0) await new Promise(setImmediate);
  }
}

function framed(protocol: "socket" | "sse", place: number): Buffer {
  const cursor = CURSORS.encode(place);
  const text = Buffer.from(JSON.stringify({ type: "added", event: { cursor, padding: "x".repeat(place * 7) } }));
  if (protocol === "sse") return Buffer.from(`${place % 5 === 0 ? ": ping\n\n" : ""}id: ${cursor}\ndata: ${text}\n\n`);
  const ping = place % 5 === 0 ? [0x89, 0] : [];
  const header = text.length < 126 ? [0x81, text.length] : [0x81, 126, text.length >> 8, text.length & 0xff];
  return Buffer.concat([Buffer.from([...ping, ...header]), text]);
}

function places(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
