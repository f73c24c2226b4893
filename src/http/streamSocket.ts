// Stream routes as plain WebSockets: a `ready`, then messages as they come; the client may change its filter while it listens.
// What is wrong is said as a problem in a message of type `error`, and, when it ends the stream, by the code of the close.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Opened } from "../graph/liveOperation.ts";
import { nameCaller } from "./callers.ts";
import { SOCKET_FRAMING } from "./live/framing.ts";
import type { LiveOptions } from "./live/liveOptions.ts";

import { CLOSE, DENIAL_CLOSES, HEARD, Peer } from "./live/peer.ts";
import { type Caller, type Denial, whenLost } from "./live/streamAccess.ts";

import { Subscriber } from "./live/subscriber.ts";
import { problem } from "./problem.ts";
import { UNPROVEN_CODES } from "./proving.ts";
import type { Refusal } from "./restErrors.ts";
import type { ReadParameters } from "./restParameters.ts";
import type { StreamOperation } from "./streamOperation.ts";

export interface SocketRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly requestId: string;
}

/** Takes over the sockets of stream routes. */
export type StreamSocket = (
  asked: SocketRequest,
  operation: StreamOperation,
  values: readonly string[],
  query: string,
) => void;

export function createStreamSocket(options: LiveOptions): StreamSocket {
  const { streams, access } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    ...HEARD,
    maxPayload: streams.limits.messageBytes,
  });
  return ({ request, socket, head, requestId }, operation, values, query) => {
    server.handleUpgrade(request, socket, head, (client) => {
      const read = operation.read(values, access.routeQuery?.(query) ?? query, request.headers);
      new StreamSession(options, { request, socket, client, operation, requestId }, read);
    });
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly client: WebSocket;
  readonly operation: StreamOperation;
  readonly requestId: string;
}

class StreamSession {
  readonly #options: LiveOptions;
  readonly #asked: Asked;
  readonly #peer: Peer;
  readonly #filterChanges: RateLimiterMemory;
  #subscriber: Subscriber | undefined;
  #caller: Caller | undefined;
  #unwatch: (() => void) | undefined;
  #handling: Promise<void> = Promise.resolve();

  /** What the client says before it is told `ready` is heard behind that. */
  constructor(options: LiveOptions, asked: Asked, read: ReadParameters) {
    const { streams, elapsed, guard } = options;
    const { request, client, socket } = asked;
    this.#options = options;
    this.#asked = asked;
    this.#filterChanges = new RateLimiterMemory({ points: streams.limits.filterChanges, duration: 60 });
    const beforeClose = () => this.#subscriber?.end();
    const pace = guard.paceOf(request);
    this.#peer = new Peer({ request, transport: "websocket", socket, client, streams, elapsed, pace, beforeClose });
    this.#handle(() => this.#begin(read));
    client.on("message", (data, isBinary) => {
      if (!this.#peer.isOpen) return;
      this.#handle(() => this.#heard(data, isBinary));
      this.#peer.hearing.holdUntil(this.#handling);
    });
    client.once("close", () => {
      this.#subscriber?.end();
      this.#unwatch?.();
    });
  }

  /** One after the other. */
  #handle(task: () => Promise<void>): void {
    this.#handling = this.#handling.then(task).catch((error: unknown) => {
      this.#options.log.error(
        { err: error, requestId: this.#asked.requestId },
        "a stream's client could not be served",
      );
      const detail = "Internal server error";
      this.#refuse({ status: 500, code: "INTERNAL_SERVER_ERROR", detail }, CLOSE.failed);
    });
  }

  async #begin(read: ReadParameters): Promise<void> {
    const { request, client, operation } = this.#asked;
    const { streams, access } = this.#options;
    const admission = await access.admit(request);
    if ("denial" in admission) return this.#deny(admission.denial);
    const { caller } = admission;
    if (client.readyState !== client.OPEN) return caller.close?.();
    client.once("close", () => caller.close?.());
    this.#caller = caller;
    nameCaller(request, caller);
    const opened = await this.#open(read);
    if (!opened) return;
    const slot = streams.take("websocket", caller.name);
    if ("reason" in slot) {
      const { reason, detail, retryAfter } = slot;
      if (reason === "shutdown") return this.#peer.close(CLOSE.shutdown, detail);
      this.#refuse(
        { status: 429, code: "TOO_MANY_REQUESTS", detail: `${detail} Try again in ${retryAfter} s.` },
        CLOSE.tooMany,
      );
      return;
    }
    if (client.readyState !== client.OPEN) return slot.free();
    client.once("close", slot.free);
    if (operation.isResuming(read)) streams.resumed("websocket");
    const revoked = () => this.#deny(caller.revoked?.reason as Denial); // as the access room aborts it
    caller.revoked?.addEventListener("abort", revoked);
    client.once("close", () => caller.revoked?.removeEventListener("abort", revoked));
    this.#lookAfter(opened);
    const subscriber = new Subscriber(
      {
        outlet: this.#peer.outlet,
        framing: SOCKET_FRAMING,
        sent: streams.sentBy("websocket"),
        failed: (error) => this.#failed(error),
      },
      this.#channelOf(opened, caller, operation),
      opened.start,
    );
    this.#subscriber = subscriber;
    this.#sayReady(opened, subscriber);
    if (caller.revoked?.aborted) revoked();
    else subscriber.resume();
  }

  async #heard(data: RawData, isBinary: boolean): Promise<void> {
    if (!this.#peer.isOpen) return;
    const message = isBinary ? undefined : readMessage(String(data));
    if (!message) {
      const detail = 'A message is a JSON object such as {"type":"filter","filter":{"namespace":["shop"]}}.';
      this.#refuse({ status: 400, code: "BAD_REQUEST", detail }, CLOSE.badMessage);
      return;
    }
    if (!this.#subscriber || !this.#caller) return;
    const { streams } = this.#options;
    const isAllowed = await this.#filterChanges.consume("").then(
      () => true,
      () => false,
    );
    if (!isAllowed) {
      streams.refused("filterChanges");
      const detail = `The filter may be changed ${streams.limits.filterChanges} times a minute.`;
      this.#refuse({ status: 429, code: "TOO_MANY_REQUESTS", detail }, CLOSE.tooMany);
      return;
    }
    const { operation } = this.#asked;
    const read = operation.readFilter(message.filter);
    const opened = await this.#open(read, false);
    if (!opened || !this.#peer.isOpen) return;
    this.#lookAfter(opened);
    this.#subscriber.switchTo(this.#channelOf(opened, this.#caller, operation));
    this.#sayReady(opened, this.#subscriber);
  }

  async #open(read: ReadParameters, isFirst = true): Promise<Opened | undefined> {
    const { operation, requestId, request } = this.#asked;
    const context = this.#options.contextOf(requestId, request, this.#caller?.seeing);
    const opened = await operation.open(read, context);
    if (!("status" in opened)) return opened;
    if (isFirst) this.#refuse(opened, closeOf(opened.status));
    else this.#complain(opened); // the filter stays as it was
    return undefined;
  }

  #channelOf(opened: Opened, caller: Caller, { encoder }: StreamOperation) {
    return this.#options.channels.of(opened, encoder, caller, this.#asked.requestId);
  }

  /** Ends the stream when what it names may not be seen any more. */
  #lookAfter({ feed }: Opened): void {
    this.#unwatch?.();
    if (this.#caller) this.#unwatch = whenLost(feed, this.#caller, (denial) => this.#deny(denial));
  }

  #sayReady(opened: Opened, { place }: Subscriber): void {
    this.#peer.send(JSON.stringify({ type: "ready", id: opened.feed.cursorAt?.(place) }));
  }

  #deny({ status, detail }: Denial): void {
    this.#refuse({ status, code: UNPROVEN_CODES[status], detail }, DENIAL_CLOSES[status]);
    this.#options.streams.refused("denied");
  }

  #failed(error: unknown): void {
    this.#options.log.error({ err: error, requestId: this.#asked.requestId }, "a stream could not be read on");
    this.#peer.close(CLOSE.failed, "the stream could not be read on");
  }

  #refuse(refusal: Refusal, code: number): void {
    this.#complain(refusal);
    this.#peer.close(code, refusal.detail);
  }

  #complain(refusal: Refusal): void {
    const { requestId } = this.#asked;
    this.#peer.send(JSON.stringify({ type: "error", error: problem({ ...refusal, requestId }) }));
  }
}

function closeOf(status: number): number {
  const denials: Readonly<Record<number, number>> = DENIAL_CLOSES;
  return denials[status] ?? (status >= 500 ? CLOSE.failed : CLOSE.badMessage);
}

interface FilterMessage {
  readonly filter: Readonly<Record<string, unknown>>;
}

function readMessage(text: string): FilterMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { type, filter } = (message ?? {}) as { readonly type?: unknown; readonly filter?: unknown }; // any JSON has these or not
  if (type !== "filter" || typeof filter !== "object" || filter === null || Array.isArray(filter)) return undefined;
  return { filter: filter as FilterMessage["filter"] }; // an object of whatever
}
