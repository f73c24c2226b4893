// One subscriber of the load generator, over a bare socket: it counts messages and throws their bytes away unread.
// One that checks keeps the text of each message and looks whether the places in it follow one another without gap or repeat.
import { connect, type Socket } from "node:net";
import { CURSORS } from "./places.ts";

export type Protocol = "graphql" | "socket" | "sse";

export interface ReceiverOptions {
  readonly port: number;
  readonly protocol: Protocol;
  /** Of the request that opens it. */
  readonly path: string;
  /** The message that subscribes, of GraphQL over WebSockets. */
  readonly subscribe?: string;
  readonly checks: boolean;
  /** Whether places may be left out between two messages, as where events have changed again. */
  readonly maySkip?: boolean;
  /** Called after each reading that brought messages, with how many. */
  /** Of one that checks: each place in order. */
  readonly told?: (place: number) => void;
  readonly received?: (messages: number) => void;
  readonly closed?: (receiver: Receiver) => void;
}

/** Everybody reads into the same memory, one after the other. */
const SHARED = Buffer.allocUnsafe(256 * 1024);
const HEAD_END = Buffer.from("\r\n\r\n");
/** How an event with a change in it ends; comments, and the empty event that says where a stream begins, end otherwise. */
const EVENT_END = Buffer.from("}}\n\n");
const SEAM = EVENT_END.length - 1;
const ACKNOWLEDGED = '{"type":"connection_ack"';

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #socket: Socket;
  readonly #read: (data: Buffer) => void;
  #isOpen = false;
  #head = "";
  #opened: (() => void) | undefined;
  /** Messages still to come before the first change: an acknowledgement, or a `ready`. */
  #greetings = 0;
  /** Bytes of the frame under way still to come, or of its header that have come. */
  #frameLeft = 0;
  #isText = false;
  #header: Buffer = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #text = "";
  #message: Buffer[] = [];
  count = 0;
  bytes = 0;
  /** The place it has been told last; undefined before. */
  place: number | undefined;
  fault: string | undefined;
  private constructor(options: ReceiverOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#greetings = options.protocol === "graphql" || (options.protocol === "socket" && options.path !== "/") ? 1 : 0;
    this.#read = options.protocol === "sse" ? (data) => this.#readEvents(data) : (data) => this.#readFrames(data);
  }

  /** Resolves when the server has answered. */
  static open(options: ReceiverOptions): Promise<Receiver> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        port: options.port,
        host: "127.0.0.1",
        noDelay: true,
        onread: {
          buffer: SHARED,
          callback: (bytes) => {
            receiver.#take(bytes);
            return true;
          },
        },
      });
      const receiver = new Receiver(options, socket);
      receiver.#opened = () => resolve(receiver);
      socket.once("connect", () => socket.write(receiver.#request()));
      socket.on("error", reject);
      socket.on("close", () => {
        reject(new Error(`closed before it was open: ${receiver.#head.slice(0, 300)}`));
        options.closed?.(receiver);
      });
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Without a word, as a client that is gone. */
  cut(): void {
    this.#socket.destroy();
  }

  send(text: string): void {
    this.#socket.write(clientFrame(text));
  }

  #request(): string {
    const { path, protocol } = this.#options;
    const start = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;
    if (protocol === "sse") return `${start}Accept: text/event-stream\r\n\r\n`;
    const offered = protocol === "graphql" ? "Sec-WebSocket-Protocol: graphql-transport-ws\r\n" : "";
    return `${start}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n${offered}\r\n`;
  }

  #take(length: number): void {
    this.bytes += length;
    if (this.#isOpen) {
      this.#read(SHARED.subarray(0, length));
      return;
    }
    this.#head += SHARED.toString("latin1", 0, length);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const status = this.#head.slice(9, 12);
    if (status !== "101" && status !== "200") {
      this.#socket.destroy();
      return;
    }
    this.#isOpen = true;
    const { protocol } = this.#options;
    if (protocol === "graphql") this.send('{"type":"connection_init"}');
    if (protocol !== "graphql") this.#opened?.();
    const rest = Buffer.from(this.#head.slice(end + HEAD_END.length), "latin1");
    if (rest.length > 0) this.#read(rest);
  }

  #readFrames(data: Buffer): void {
    let at = 0;
    let told = 0;
    while (at < data.length) {
      if (this.#frameLeft === 0) {
        const seen = this.#header.length === 0 ? data.subarray(at) : Buffer.concat([this.#header, data.subarray(at)]);
        const size = headerSize(seen);
        if (size === undefined || seen.length < size) {
          this.#header = Buffer.from(seen);
          break;
        }
        at += size - this.#header.length;
        this.#header = Buffer.alloc(0);
        this.#isText = ((seen[0] ?? 0) & 0x0f) === 1;
        if (((seen[0] ?? 0) & 0x0f) === 9) this.#socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])); // a pong
        this.#frameLeft = payloadSize(seen);
      }
      const taken = Math.min(this.#frameLeft, data.length - at);
      if (this.#isText && (this.#options.checks || this.#greetings > 0)) {
        this.#message.push(Buffer.from(data.subarray(at, at + taken)));
      }
      at += taken;
      this.#frameLeft -= taken;
      if (this.#frameLeft > 0) break;
      if (!this.#isText) {
        this.#message = [];
        continue;
      }
      if (this.#greetings > 0) this.#greeted(this.#whole());
      else {
        told++;
        if (this.#options.checks) this.#check(this.#whole());
      }
    }
    if (told > 0) this.#told(told);
  }

  #readEvents(data: Buffer): void {
    if (this.#options.checks) {
      this.#text += data.toString("latin1");
      let told = 0;
      for (let end = this.#text.indexOf("}}\n\n"); end >= 0; end = this.#text.indexOf("}}\n\n")) {
        told++;
        this.#check(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + EVENT_END.length);
      }
      if (told > 0) this.#told(told);
      return;
    }
    let told = 0;
    if (this.#tail.length > 0) {
      const seam = Buffer.concat([this.#tail, data.subarray(0, SEAM)]);
      if (seam.includes(EVENT_END)) told++;
    }
    for (let at = data.indexOf(EVENT_END); at >= 0; at = data.indexOf(EVENT_END, at + EVENT_END.length)) told++;
    this.#tail = Buffer.from(
      data.length >= SEAM ? data.subarray(-SEAM) : Buffer.concat([this.#tail, data]).subarray(-SEAM),
    );
    if (told > 0) this.#told(told);
  }

  #told(messages: number): void {
    this.count += messages;
    this.#options.received?.(messages);
  }

  #whole(): string {
    const text = Buffer.concat(this.#message).toString();
    this.#message = [];
    return text;
  }

  #greeted(text: string): void {
    this.#greetings--;
    const { protocol, subscribe } = this.#options;
    if (protocol === "socket") {
      if (!text.startsWith('{"type":"ready"')) this.fault ??= `instead of ready: ${text.slice(0, 200)}`;
      return;
    }
    if (!text.startsWith(ACKNOWLEDGED)) this.fault ??= `instead of an acknowledgement: ${text.slice(0, 200)}`;
    if (subscribe !== undefined) this.send(subscribe);
    this.#opened?.();
  }

  #check(text: string): void {
    const cursor = /"cursor":"([^"]+)"/.exec(text)?.[1];
    const place = cursor === undefined ? undefined : CURSORS.decode(cursor);
    if (typeof place !== "number") {
      this.fault ??= `no change: ${text.slice(0, 300)}`;
      return;
    }
    const follows = this.place === undefined || (this.#options.maySkip ? place > this.place : place === this.place + 1);
    if (!follows) this.fault ??= `${place} came behind ${this.place}`;
    this.place = place;
    this.#options.told?.(place);
  }
}

function headerSize(frame: Buffer): number | undefined {
  const length = frame[1];
  if (length === undefined) return undefined;
  return length === 127 ? 10 : length === 126 ? 4 : 2;
}

function payloadSize(frame: Buffer): number {
  const length = frame[1] ?? 0;
  if (length === 127) return Number(frame.readBigUInt64BE(2));
  return length === 126 ? frame.readUInt16BE(2) : length;
}

/** Masked with zeroes, which leaves it as it is. */
function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0])
      : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([header, payload]);
}
