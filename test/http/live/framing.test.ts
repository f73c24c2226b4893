// Messages as bytes, read back by the parsers that clients have: the Receiver of `ws` and npm `eventsource-parser`.
// Lengths lie at the edges of what a frame's header can say.
import { Duplex, type Writable } from "node:stream";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as ws from "ws";
import {
  type Framing,
  NextFraming,
  PLAIN_SSE_FRAMING,
  SOCKET_FRAMING,
  SSE_FRAMING,
  textFrame,
} from "../../../src/http/live/framing.ts";
import type { Message } from "../../../src/http/live/message.ts";
import { Outlet } from "../../../src/http/live/outlet.ts";

const EDGES = [0, 1, 2, 125, 126, 127, 128, 255, 256, 1_000, 65_534, 65_535, 65_536, 65_537, 70_000];

/** What a client hears with; the types of `ws` do not know it. */
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

/** What a client reads of these bytes, arriving in pieces of this size. */
async function frames(bytes: Buffer, piece = bytes.length): Promise<readonly string[]> {
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  const texts: string[] = [];
  receiver.on("message", (data: Buffer, isBinary: boolean) => texts.push(isBinary ? "binary" : String(data)));
  for (let at = 0; at < bytes.length; at += piece) {
    await new Promise<void>((resolve, reject) => {
      receiver.write(bytes.subarray(at, at + piece), (error: unknown) => (error ? reject(error) : resolve()));
    });
  }
  return texts;
}

/** A socket that takes what it is given at once, or holds it, as the very bytes, for as long as it is looked at. */
class Pipe extends Duplex {
  readonly #isHolding: boolean;
  readonly #pieces: Buffer[] = [];

  constructor(isHolding = false) {
    super({ highWaterMark: 1 });
    this.#isHolding = isHolding;
  }

  get sent(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  override _write(bytes: Buffer, _encoding: string, taken: () => void): void {
    this.#pieces.push(this.#isHolding ? bytes : Buffer.from(bytes));
    if (!this.#isHolding) taken();
  }
}

function sent(framing: Framing, messages: readonly Message[]): Buffer {
  const pipe = new Pipe();
  framing.write(framing.frame(messages), new Outlet(pipe, () => 0));
  return pipe.sent;
}

function message(text: string, more: Partial<Message> = {}): Message {
  return { place: 1, id: "store-1", name: undefined, text, ...more };
}

/** JSON of an object that is so many bytes long, at least 8. */
function jsonOf(length: number): string {
  return JSON.stringify({ a: "x".repeat(Math.max(0, length - 8)) });
}

test("frames of every length read back as what they hold", async () => {
  for (const length of EDGES) {
    const text = "x".repeat(length);
    expect((await frames(textFrame(Buffer.from(text))))[0] === text, `length ${length}`).toBe(true);
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 5 }),
      fc.integer({ min: 500, max: 90_000 }),
      async (lengths, piece) => {
        const texts = lengths.map((length) => "é".repeat(length / 2));
        const bytes = Buffer.concat(texts.map((text) => textFrame(Buffer.from(text))));
        expect((await frames(bytes, piece)).map((text) => text.length)).toEqual(texts.map((text) => text.length));
      },
    ),
    { numRuns: 30 },
  );
});

const ids = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom("", '"', "\\", "\n"),
);

test("next messages of one template read back with each subscriber's own id, also those that a socket still holds", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...EDGES), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(ids, fc.boolean()), { minLength: 1, maxLength: 5 }),
      async (lengths, names) => {
        const messages = lengths.map((length) => message(jsonOf(length)));
        const made = new Map<string, ReturnType<Framing["frame"]>>();
        const told = names.map(([id, isHolding]) => {
          const framing = new NextFraming(id);
          const chunk = made.get(framing.key) ?? framing.frame(messages);
          made.set(framing.key, chunk);
          const pipe = new Pipe(isHolding);
          framing.write(chunk, new Outlet(pipe, () => 0));
          return { id, pipe, chunk };
        });
        for (const { id, pipe, chunk } of told) {
          expect(pipe.sent.length).toBe(chunk.length);
          const expected = messages.map(({ text }) => ({ id, type: "next", payload: JSON.parse(text) as unknown }));
          expect((await frames(pipe.sent)).map((text) => JSON.parse(text) as unknown)).toEqual(expected);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("messages of a plain WebSocket have their id inside, a gap its type, and a problem is kept apart", async () => {
  const messages = [
    message('{"type":"added","event":{"id":"u.1"}}'),
    message('{"cause":"retention"}', { name: "gap", id: "store-2" }),
    message('{"type":"about:blank","status":500}', { name: "error", id: "" }),
  ];
  const texts = await frames(sent(SOCKET_FRAMING, messages), 7);
  expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
    { id: "store-1", type: "added", event: { id: "u.1" } },
    { type: "gap", id: "store-2", cause: "retention" },
    { type: "error", error: { type: "about:blank", status: 500 } },
  ]);
});

test("server-sent events read back as what they tell, in any pieces, and their chunk says its length in bytes", () => {
  const values = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("\n", "\r\n", "data: x", "\n\nid: 7", "\u2028"),
  );
  const messages = fc.array(
    fc.record({
      value: values,
      id: fc.constantFrom("", "store-1", "store-zz"),
      name: fc.constantFrom(undefined, "gap"),
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 50 }), (told, piece) => {
      const made = told.map(({ value, id, name }) => message(JSON.stringify({ value }), { id, name }));
      const plain = sent(PLAIN_SSE_FRAMING, made).toString();
      const read: EventSourceMessage[] = [];
      const parser = createParser({ onEvent: (event) => read.push(event) });
      for (let at = 0; at < plain.length; at += piece) parser.feed(plain.slice(at, at + piece));
      expect(
        read.map(({ id = "", event, data }) => ({
          id,
          name: event,
          value: (JSON.parse(data) as { value: string }).value,
        })),
      ).toEqual(told.map(({ value, id, name }) => ({ id, name, value })));
      const chunk = sent(SSE_FRAMING, made);
      const length = Buffer.byteLength(plain);
      expect(chunk.equals(Buffer.from(`${length.toString(16)}\r\n${plain}\r\n`))).toBe(true);
    }),
  );
});
