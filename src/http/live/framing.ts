// Messages as the bytes of a transport. Bytes are made once and shared by all who are sent the same; where a subscriber's own
// id is part of them, it is stamped into them right before they are written, and who is still holding them keeps them.
import type { Message } from "./message.ts";
import type { Outlet } from "./outlet.ts";

export interface Chunk {
  /** How many bytes are sent. */
  readonly length: number;
  /** `id` is the subscriber's own, of a framing that has one. */
  write(outlet: Outlet, id?: Buffer): void;
}

export interface Framing {
  /** Framings of one key give the same chunks, apart from what is stamped into them. */
  readonly key: string;
  frame(messages: readonly Message[]): Chunk;
  /** Writes the chunk as this subscriber is sent it. */
  write(chunk: Chunk, outlet: Outlet): void;
}

/** Server-sent events, each write a chunk of a chunked HTTP/1.1 body. */
export const SSE_FRAMING: Framing = {
  key: "sse",
  frame: (messages) => shared(sseChunk(messages.map(sseText).join(""))),
  write: (chunk, outlet) => chunk.write(outlet),
};

/** The same for a caller of HTTP/1.0, whose body ends with its connection, and of HTTP/2, which has no chunks. */
export const PLAIN_SSE_FRAMING: Framing = {
  key: "sse/plain",
  frame: (messages) => shared(Buffer.from(messages.map(sseText).join(""))),
  write: (chunk, outlet) => chunk.write(outlet),
};

/** The messages of a plain WebSocket: the id stands inside of the text. */
export const SOCKET_FRAMING: Framing = {
  key: "socket",
  frame: (messages) => shared(Buffer.concat(messages.map((message) => textFrame(Buffer.from(socketText(message)))))),
  write: (chunk, outlet) => chunk.write(outlet),
};

/** `next` messages of graphql-transport-ws for one subscription of a socket. */
export class NextFraming implements Framing {
  readonly key: string;
  readonly #id: Buffer;

  constructor(id: string) {
    this.#id = Buffer.from(JSON.stringify(id));
    this.key = keyOfLength(this.#id.length);
  }

  frame(messages: readonly Message[]): Chunk {
    return new NextChunk(messages, this.#id.length);
  }

  write(chunk: Chunk, outlet: Outlet): void {
    chunk.write(outlet, this.#id);
  }
}

/** Clients make ids of one length mostly, and a text that is the very same is compared without being read. */
function keyOfLength(length: number): string {
  const known = keysByLength.get(length);
  if (known !== undefined) return known;
  const made = `next ${length}`;
  if (keysByLength.size < MOST_KEYS) keysByLength.set(length, made);
  return made;
}

const keysByLength = new Map<number, string>();
/** Clients choose their ids. */
const MOST_KEYS = 100;

export function sseText({ id, name, text }: Omit<Message, "place">): string {
  return `${name === undefined ? "" : `event: ${name}\n`}${id === "" ? "" : `id: ${id}\n`}data: ${text}\n\n`;
}

/** Bytes of an HTTP/1.1 body in chunks (RFC 9112, 7.1). */
export function sseChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function socketText({ id, name, text }: Message): string {
  if (name === "error") return `{"type":"error","error":${text}}`; // a problem document has a type of its own
  const type = name === undefined ? "" : `"type":${JSON.stringify(name)},`;
  return `{${type}"id":${JSON.stringify(id)},${text.slice(1)}`;
}

/** A text message of a server, in one frame (RFC 6455, 5.2): never masked, never compressed. */
export function textFrame(payload: Buffer): Buffer {
  const header = frameHeader(payload.length);
  return Buffer.concat([header, payload], header.length + payload.length);
}

function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([FIN_TEXT, length]);
  if (length < 65_536) return Buffer.from([FIN_TEXT, 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = FIN_TEXT;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

const FIN_TEXT = 0x81;

function shared(bytes: Buffer): Chunk {
  return { length: bytes.length, write: (outlet) => void outlet.write(bytes) };
}

const NEXT_BEFORE = Buffer.from('{"id":');
const NEXT_BETWEEN = Buffer.from(',"type":"next","payload":');
const NEXT_AFTER = Buffer.from("}");

/** The frames with room for an id of one length. */
class NextChunk implements Chunk {
  readonly length: number;
  #bytes: Buffer;
  readonly #places: readonly number[];

  constructor(messages: readonly Message[], idLength: number) {
    const parts: Buffer[] = [];
    const places: number[] = [];
    let length = 0;
    for (const { text } of messages) {
      const payload = Buffer.from(text);
      const header = frameHeader(
        NEXT_BEFORE.length + idLength + NEXT_BETWEEN.length + payload.length + NEXT_AFTER.length,
      );
      places.push(length + header.length + NEXT_BEFORE.length);
      for (const part of [header, NEXT_BEFORE, Buffer.alloc(idLength), NEXT_BETWEEN, payload, NEXT_AFTER]) {
        parts.push(part);
        length += part.length;
      }
    }
    this.#bytes = Buffer.concat(parts, length);
    this.#places = places;
    this.length = length;
  }

  write(outlet: Outlet, id: Buffer): void {
    const bytes = this.#bytes;
    for (const place of this.#places) bytes.set(id, place);
    if (!outlet.write(bytes)) this.#bytes = Buffer.from(bytes);
  }
}
