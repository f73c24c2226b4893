// One keep-alive HTTP/1.1 connection that asks and waits, as lean as a load generator must be: it parses what it needs.
// A body is handed out only when it is asked for; otherwise its bytes are counted and let go.
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly bytes: number;
  /** The head as text, for those who look for a header. */
  readonly head: string;
  /** Only when it was asked for. */
  readonly body: string | undefined;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export class Connection {
  readonly #socket: Socket;
  #head: Buffer = Buffer.alloc(0);
  #answer: { status: number; head: string; length: number | undefined } | undefined;
  #bytes = 0;
  #tail: Buffer = Buffer.alloc(0);
  #kept: Buffer[] | undefined;
  #settle: ((answer: Answer | Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("the server closed the connection")));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.off("error", reject);
        resolve(new Connection(socket));
      });
      socket.once("error", reject);
    });
  }

  /** Calls back once: with the whole answer, or with what went wrong. One request at a time. */
  send(request: string, keepBody: boolean, settle: (answer: Answer | Error) => void): void {
    this.#settle = settle;
    this.#answer = undefined;
    this.#bytes = 0;
    this.#kept = keepBody ? [] : undefined;
    this.#socket.write(request);
  }

  ask(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.send(request, true, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let body = chunk;
    if (!this.#answer) {
      const seen = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = seen.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = seen;
        return;
      }
      this.#head = Buffer.alloc(0);
      const head = seen.toString("latin1", 0, end);
      const status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      const hasBody = status !== 304 && status !== 204;
      this.#answer = { status, head, length: hasBody ? (length === undefined ? undefined : Number(length)) : 0 };
      this.#tail = Buffer.alloc(0);
      body = seen.subarray(end + 4);
    }
    this.#bytes += body.length;
    this.#kept?.push(body);
    if (this.#isWhole(body)) this.#finish();
  }

  #isWhole(latest: Buffer): boolean {
    const length = this.#answer?.length;
    if (length !== undefined) return this.#bytes >= length;
    // Chunked. JSON holds no bare line feeds and nothing is pipelined, so the last chunk ends what has come.
    this.#tail = latest.length >= LAST_CHUNK.length ? latest : Buffer.concat([this.#tail, latest]);
    return this.#tail.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  }

  #finish(): void {
    const answer = this.#answer;
    if (!answer) return;
    this.#answer = undefined;
    const raw = this.#kept && Buffer.concat(this.#kept);
    const body = raw && (answer.length === undefined ? dechunked(raw) : raw).toString();
    this.#end({ status: answer.status, bytes: this.#bytes, head: answer.head, body });
  }

  #end(answer: Answer | Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}

export function header(answer: Answer, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, "i").exec(answer.head)?.[1];
}

function dechunked(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", at);
    const size = Number.parseInt(raw.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
