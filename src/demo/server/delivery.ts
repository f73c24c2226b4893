// One answer on its way out: a body at once or the lines of a watch, as the faults on its request let it through.
// Promises that lines leave in order; bursts are joined and cut every 2 KiB, as a real server's buffer does.
import type { ServerResponse } from "node:http";
import type { Effect } from "./faultRule.ts";
import { failure } from "./statusError.ts";

const BUFFER = 2048;
/** A reader so far behind is cut off, as a real server does with a watcher that does not keep up. */
const BACKLOG_LIMIT = 64 * 1024 * 1024;

type Ending = Extract<Effect, { do: "close" | "drop" | "cut" | "silence" | "error" }>;
type Junk = Extract<Effect, { do: "junk" }>;

const EXPIRED = failure({
  code: 410,
  message: "The resourceVersion for the provided watch is too old.",
  reason: "Expired",
});

export class Delivery {
  private readonly response: ServerResponse;
  private readonly sizes: readonly number[];
  private readonly ending: Ending | undefined;
  private junk: readonly Junk[];
  private pending: string[] = [];
  private isScheduled = false;
  private lines = 0;
  private state: "open" | "silent" | "over" = "open";

  constructor(response: ServerResponse, effects: readonly Effect[]) {
    this.response = response;
    this.sizes = effects.find((effect) => effect.do === "split")?.sizes ?? [];
    this.ending = effects.find((effect) => isEnding(effect));
    this.junk = effects.filter((effect) => effect.do === "junk");
  }

  /** Sends the head of a watch and whatever the faults put before its first line. */
  open(code: number, headers: Readonly<Record<string, string | readonly string[]>>): void {
    this.head(code, headers);
    this.response.flushHeaders();
    this.misbehave(undefined);
  }

  /** One line, with its newline. */
  line(text: string): void {
    if (this.state !== "open") return;
    if (this.misbehave(text)) return;
    this.lines += 1;
    this.queue(text);
    this.misbehave(undefined);
  }

  /** Text of no meaning, between two lines. */
  raw(text: string): void {
    if (this.state === "open") this.queue(text);
  }

  /** The clean end. */
  end(): void {
    if (this.state !== "open") return;
    this.state = "over";
    this.flush();
    this.response.end();
  }

  /** A whole answer. */
  body(code: number, headers: Readonly<Record<string, string | readonly string[]>>, bytes: Buffer): void {
    const isSpoiled = this.ending !== undefined || this.junk.length > 0;
    if (!isSpoiled && this.sizes.length === 0) {
      this.head(code, headers);
      this.response.end(bytes);
      return;
    }
    // The length stays promised: it is how a reader can tell that something is missing.
    this.head(code, headers);
    this.response.flushHeaders();
    if (this.ending !== undefined) {
      this.state = this.ending.do === "silence" ? "silent" : "over";
      const kept = this.ending.do === "cut" ? bytes.subarray(0, cutOf(bytes)) : Buffer.alloc(0);
      if (this.state === "over") this.sever(kept);
      return;
    }
    for (const junk of this.junk) this.write(Buffer.from(junk.text ?? JUNK));
    this.write(bytes);
    this.response.end();
  }

  /** Does what is due at this number of lines; true when `next` must not be sent as it is. */
  private misbehave(next: string | undefined): boolean {
    for (const junk of this.junk.filter((due) => (due.lines ?? 0) <= this.lines)) {
      this.queue(junk.text ?? JUNK);
      this.junk = this.junk.filter((left) => left !== junk);
    }
    if (this.ending === undefined || this.lines < (this.ending.lines ?? 0)) return false;
    // A cut needs a line to cut.
    if (this.ending.do === "cut" && next === undefined) return false;
    switch (this.ending.do) {
      case "close":
        this.end();
        return true;
      case "error":
        this.queue(`${JSON.stringify({ type: "ERROR", object: this.ending.status ?? EXPIRED })}\n`);
        this.end();
        return true;
      case "silence":
        this.flush();
        this.state = "silent";
        return true;
      case "drop":
      case "cut": {
        this.flush();
        this.state = "over";
        const bytes = Buffer.from(next ?? "");
        this.sever(this.ending.do === "cut" ? bytes.subarray(0, cutOf(bytes)) : Buffer.alloc(0));
        return true;
      }
    }
  }

  private head(code: number, headers: Readonly<Record<string, string | readonly string[]>>): void {
    for (const [name, value] of Object.entries(headers)) {
      this.response.setHeader(name, typeof value === "string" ? value : [...value]);
    }
    this.response.statusCode = code;
  }

  private queue(text: string): void {
    this.pending.push(text);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.isScheduled = false;
    if (this.pending.length === 0 || this.response.destroyed) return;
    const bytes = Buffer.from(this.pending.join(""));
    this.pending = [];
    this.write(bytes);
    if (this.response.writableLength > BACKLOG_LIMIT) this.response.destroy();
  }

  private write(bytes: Buffer): void {
    // Corking the response itself would make one HTTP chunk of it all.
    const { socket } = this.response;
    socket?.cork();
    let turn = 0;
    for (let from = 0; from < bytes.length; turn += 1) {
      const size = this.sizes[Math.min(turn, this.sizes.length - 1)] ?? BUFFER;
      this.response.write(bytes.subarray(from, from + size));
      from += Math.max(size, 1);
    }
    socket?.uncork();
  }

  /** These last bytes, then the connection is gone. */
  private sever(last: Buffer): void {
    const { socket } = this.response;
    const tear = () => socket?.destroy();
    if (last.length === 0) setImmediate(tear);
    else this.response.write(last, tear);
  }
}

const JUNK = "<html><body><h1>502 Bad Gateway</h1></body></html>\n";

function isEnding(effect: Effect): effect is Ending {
  return ["close", "drop", "cut", "silence", "error"].includes(effect.do);
}

/** Where to cut so that it hurts: inside the first multi-byte character, else in the middle. */
function cutOf(bytes: Buffer): number {
  const inside = bytes.findIndex((byte) => (byte & 0b1100_0000) === 0b1000_0000);
  return inside === -1 ? Math.floor(bytes.length / 2) : inside;
}
