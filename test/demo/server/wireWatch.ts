// A client that sees the wire: one request on one socket, its HTTP chunks as they came, and how it ended.
// Promises to tell a clean end (final chunk) from a torn connection, which HTTP libraries blur.
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type End = "clean" | "torn";

export class WireWatch implements Disposable {
  readonly chunks: Buffer[] = [];
  status: number | undefined;
  head = "";
  end: End | undefined;
  private readonly socket: Socket;
  private rest = Buffer.alloc(0);

  constructor(url: string, path: string, headers: Readonly<Record<string, string>>, method = "GET") {
    const { hostname, port, host } = new URL(url);
    this.socket = connect(Number(port), hostname);
    const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    this.socket.on("data", (data) => this.read(data));
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.end ??= "torn";
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Whole lines so far. */
  get lines(): string[] {
    return this.bytes.toString().split("\n").slice(0, -1);
  }

  /** Waits for something to become true of it; after the time given it is an error. */
  async until(what: (watch: this) => boolean, withinMs = 5000): Promise<this> {
    const deadline = Date.now() + withinMs;
    while (!what(this)) {
      if (Date.now() > deadline) {
        throw new Error(
          `not within ${withinMs} ms; status ${this.status}, end ${this.end}, ${this.lines.length} lines`,
        );
      }
      await sleep(5);
    }
    return this;
  }

  untilLines(count: number, withinMs?: number): Promise<this> {
    return this.until((watch) => watch.lines.length >= count, withinMs);
  }

  untilEnd(withinMs?: number): Promise<this> {
    return this.until((watch) => watch.end !== undefined, withinMs);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  private read(data: Buffer): void {
    this.rest = Buffer.concat([this.rest, data]);
    if (this.status === undefined) {
      const end = this.rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.head = this.rest.subarray(0, end).toString();
      this.status = Number(this.head.split(" ")[1]);
      this.rest = this.rest.subarray(end + 4);
    }
    if (!/transfer-encoding: chunked/i.test(this.head)) {
      if (this.rest.length > 0) this.chunks.push(this.rest);
      this.rest = Buffer.alloc(0);
      const length = Number(/content-length: (\d+)/i.exec(this.head)?.[1] ?? Number.NaN);
      if (this.bytes.length >= length) this.end = "clean";
      return;
    }
    for (;;) {
      const lineEnd = this.rest.indexOf("\r\n");
      if (lineEnd === -1) return;
      const size = Number.parseInt(this.rest.subarray(0, lineEnd).toString(), 16);
      const next = lineEnd + 2 + size + 2;
      if (this.rest.length < next) return;
      if (size === 0) {
        this.end = "clean";
        return;
      }
      this.chunks.push(this.rest.subarray(lineEnd + 2, lineEnd + 2 + size));
      this.rest = this.rest.subarray(next);
    }
  }
}
