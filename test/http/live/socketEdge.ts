// Plain WebSockets through npm `ws`.
// It is open when the gateway has said `ready`.
import { WebSocket } from "ws";
import {
  type Asked,
  type Complaint,
  type Edge,
  type Ending,
  type Heard,
  type HeardGap,
  heardEvent,
  heardGap,
  type RestMessage,
  restQuery,
  type Stream,
} from "./edge.ts";

const ENDINGS: Readonly<Record<number, Ending>> = {
  1001: "shutdown",
  4400: "faulty",
  4401: "unauthenticated",
  1013: "unavailable",
  4403: "forbidden",
  4408: "stalled",
  4429: "too many",
};

type SocketMessage = { readonly id: string } & (
  | (RestMessage & { readonly type: "added" | "modified" })
  | ({ readonly type: "gap" } & HeardGap)
  | { readonly type: "ready" }
  | { readonly type: "error"; readonly error: { readonly code?: string; readonly detail: string } }
);

export class SocketStream implements Stream {
  readonly heard: Heard[] = [];
  readonly complaints: Complaint[] = [];
  readonly ending: Promise<Ending>;
  /** Ids of the `ready` messages so far. */
  readonly readies: string[] = [];
  readonly ready: Promise<void>;
  readonly socket: WebSocket;
  closed: { readonly code: number; readonly reason: string } | undefined;
  #hasLeft = false;

  constructor(url: string, asked: Asked = {}) {
    const query = restQuery(asked).toString();
    const { headers = {} } = asked;
    this.socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events/stream?${query}`, { headers });
    let ready = (): void => {};
    this.ready = new Promise((resolve) => {
      ready = resolve;
    });
    this.ending = new Promise((resolve) => {
      this.socket.on("error", () => {}); // a close follows
      this.socket.on("close", (code, reason) => {
        this.closed = { code, reason: String(reason) };
        ready();
        resolve(this.#hasLeft ? "left" : (ENDINGS[code] ?? "over"));
      });
    });
    this.socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as SocketMessage; // the route's contract
      if (message.type === "ready") {
        this.readies.push(message.id);
        ready();
      } else if (message.type === "error") {
        const { code, detail } = message.error;
        this.complaints.push({ code, detail });
      } else if (message.type === "gap") {
        this.heard.push(heardGap(message.id, message));
      } else {
        this.heard.push(heardEvent(message.id, message));
      }
    });
  }

  /** By the names of the query's parameters. */
  filter(filter: Readonly<Record<string, unknown>>): void {
    this.socket.send(JSON.stringify({ type: "filter", filter }));
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.socket.resume();
    this.socket.close();
    await this.ending;
  }
}

export const SOCKET_EDGE: Edge = {
  name: "WebSocket",
  transport: "websocket",
  takes: (filter) => filter.hook === undefined,
  async open(url, asked) {
    const stream = new SocketStream(url, asked);
    await stream.ready;
    return stream;
  },
};
