// Stream routes as server-sent events: headers at once, then messages as they come, and a word before the gateway goes away.
// After the headers the body is written past Node's response, in the chunks it announced: all subscribers share their bytes.
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Context, Middleware } from "koa";
import type { Opened } from "../graph/liveOperation.ts";
import { nameCaller } from "./callers.ts";
import { streamOf } from "./http2.ts";
import { PLAIN_SSE_FRAMING, SSE_FRAMING, sseChunk, sseText } from "./live/framing.ts";
import type { LiveOptions } from "./live/liveOptions.ts";
import { Outlet } from "./live/outlet.ts";
import { type Caller, DENIED_RETRY_AFTER, type Denial, whenLost } from "./live/streamAccess.ts";
import type { OpenStream } from "./live/streams.ts";
import { Subscriber } from "./live/subscriber.ts";
import { answerProblem, problem } from "./problem.ts";
import { UNPROVEN_CODES } from "./proving.ts";
import { splitUrl } from "./queryText.ts";
import { beginStream, factsOf, type StreamEnding, type StreamFacts } from "./requestFacts.ts";
import { requestIdOf } from "./requestId.ts";
import { bestMedia } from "./restMedia.ts";
import { isToBeServed } from "./restMethod.ts";
import type { PathMatch } from "./restTable.ts";
import type { StreamOperation } from "./streamOperation.ts";
import type { StreamPath } from "./streamTable.ts";

const MEDIA = "text/event-stream";
/** What clients wait before they come back when a connection breaks; ms. */
const RETRY_MS = 2_000;
/** After a shutdown clients are spread over so long, so that they do not all come back in one moment; ms. */
const RETRY_SPREAD_MS = 3_000;

/** Who is given up may still take what was sent, for so long. */
const LAST_CALL_MS = 10_000;

export interface SseOptions extends LiveOptions {
  /** 0 to 1, for spreading. */
  readonly random: () => number;
}

/** Paths that are no stream are left to whoever comes next. */
export function createSse(options: SseOptions): Middleware {
  const { table, streams, access, contextOf } = options;

  return (request, next) => {
    const { path, query } = splitUrl(request.req.url ?? "/");
    const match = table.match(path);
    return match ? serve(request, match, query) : next();
  };

  async function serve(request: Context, match: PathMatch<StreamPath>, query: string): Promise<void> {
    const facts = factsOf(request.req);
    facts.route = match.served.path;
    if (!isToBeServed(request)) return;
    request.vary("Accept");
    const { accept } = request.req.headers;
    if (accept !== undefined && !bestMedia([MEDIA], accept)) {
      const detail = `This route produces ${MEDIA}, and messages over a WebSocket; the Accept header does not take it.`;
      return answerProblem(request, { status: 406, detail });
    }
    const { operation } = match.served;
    facts.operation = operation.route.name;
    const admission = await access.admit(request.req);
    if ("denial" in admission) return deny(request, admission.denial, options);
    const { caller } = admission;
    const left = () => caller.close?.();
    nameCaller(request.req, caller);
    const read = operation.read(match.values, access.routeQuery?.(query) ?? query, request.req.headers);
    const requestId = requestIdOf(request);
    const opened = await operation.open(read, contextOf(requestId, request.req, caller.seeing));
    if ("status" in opened) {
      left();
      return answerProblem(request, opened);
    }
    if (request.method === "HEAD") {
      left();
      return sendHead(request);
    }
    const slot = streams.take("sse", caller.name);
    if ("reason" in slot) {
      left();
      request.set("Retry-After", String(slot.retryAfter));
      const status = slot.reason === "shutdown" ? 503 : 429;
      return answerProblem(request, {
        status,
        code: status === 429 ? "TOO_MANY_REQUESTS" : "UNAVAILABLE",
        detail: slot.detail,
      });
    }
    if (operation.isResuming(read)) streams.resumed("sse");
    const freed = () => {
      slot.free();
      left();
    };
    const stream = new SseStream(options, { request, operation, opened, caller, requestId, freed });
    request.respond = false;
    // Behind an unfinished answer on the same connection the response has no socket yet.
    if (request.res.socket || request.req.socket.destroyed) stream.start();
    else request.res.once("socket", () => stream.start());
  }
}

function deny(request: Context, { status, detail, retryAfter }: Denial, { streams }: LiveOptions): void {
  streams.refused("denied");
  if (status === 401) request.set("WWW-Authenticate", "Bearer");
  if (status === 503 || status === 429) request.set("Retry-After", String(retryAfter ?? DENIED_RETRY_AFTER));
  answerProblem(request, { status, code: UNPROVEN_CODES[status], detail });
}

const HEADERS = {
  "Content-Type": `${MEDIA}; charset=utf-8`,
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
} as const;

function sendHead(request: Context): void {
  request.body = null;
  request.status = 200; // Koa takes a null body for 204, and for one without a type
  request.set(HEADERS);
}

interface SseRequest {
  readonly request: Context;
  readonly operation: StreamOperation;
  readonly opened: Opened;
  readonly caller: Caller;
  readonly requestId: string;
  readonly freed: () => void;
}

class SseStream implements OpenStream {
  readonly outlet: Outlet;
  readonly #options: SseOptions;
  readonly #asked: SseRequest;
  readonly #subscriber: Subscriber;
  readonly #facts: StreamFacts;
  /** What the body is written to: the connection, or of HTTP/2 the request's own stream on it. */
  readonly #socket: Duplex;
  #isEnding = false;
  #forget: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #givenUp: NodeJS.Timeout | undefined;

  constructor(options: SseOptions, asked: SseRequest) {
    const { request, operation, opened, caller, requestId } = asked;
    this.#options = options;
    this.#asked = asked;
    this.#socket = streamOf(request.req) ?? request.req.socket;
    this.outlet = new Outlet(this.#socket, options.elapsed);
    this.#facts = beginStream(request.req, "sse", this.outlet);
    this.#subscriber = new Subscriber(
      {
        outlet: this.outlet,
        framing: this.#isChunked ? SSE_FRAMING : PLAIN_SSE_FRAMING,
        sent: options.streams.sentBy("sse"),
        failed: (error) => {
          options.log.error({ err: error, requestId }, "a stream could not be read on");
          this.#end("failed");
        },
      },
      options.channels.of(opened, operation.encoder, caller, requestId),
      opened.start,
    );
    request.res.once("close", this.#closed);
    this.#socket.once("close", this.#closed);
  }

  start(): void {
    const { request, opened, caller } = this.#asked;
    const { res } = request;
    if (this.#socket.destroyed) {
      this.#closed(); // its client did not wait for it
      return;
    }
    if (this.#socket instanceof Socket) {
      this.#socket.setNoDelay(true);
      this.#socket.setTimeout(0); // streams are looked after by Streams
    }
    res.writeHead(200, HEADERS); // and Vary, which is set
    res.flushHeaders();
    const id = opened.feed.cursorAt?.(this.#subscriber.place);
    // Clients take an id only from an event with data, and this one is what they resume from until they are told something.
    const ready = id === undefined ? "\n" : sseText({ id, name: "ready", text: "{}" });
    this.#write(`retry: ${RETRY_MS}\n${ready}`);
    this.#forget = this.#options.streams.add(this);
    caller.revoked?.addEventListener("abort", this.#revoked);
    this.#unwatch = whenLost(opened.feed, caller, (denial) => this.#deny(denial));
    if (caller.revoked?.aborted) this.#revoked();
    else this.#subscriber.resume();
  }

  readonly #closed = (): void => {
    const { request, caller, freed } = this.#asked;
    this.#isEnding = true;
    this.#subscriber.end();
    this.outlet.leave();
    clearTimeout(this.#givenUp);
    request.res.off("close", this.#closed);
    this.#socket.off("close", this.#closed);
    caller.revoked?.removeEventListener("abort", this.#revoked);
    this.#unwatch?.();
    this.#forget?.();
    freed();
  };

  ping(): void {
    if (!this.outlet.isBlocked) this.#write(": ping\n\n");
  }

  giveUp(): void {
    this.#end("stalled");
    this.#givenUp = setTimeout(() => this.terminate(), LAST_CALL_MS);
  }

  shutDown(): void {
    const retry = RETRY_MS + Math.floor(this.#options.random() * RETRY_SPREAD_MS);
    const text = JSON.stringify({ reason: "the gateway is shutting down" });
    this.#write(`retry: ${retry}\n${sseText({ id: "", name: "shutdown", text })}`);
    this.#end("shutdown");
  }

  terminate(): void {
    this.#socket.destroy();
  }

  get #isChunked(): boolean {
    return this.#asked.request.req.httpVersion === "1.1";
  }

  readonly #revoked = (): void => {
    const { revoked } = this.#asked.caller;
    if (revoked) this.#deny(revoked.reason as Denial); // as the access room aborts it
  };

  #deny({ status, detail }: Denial): void {
    const code = UNPROVEN_CODES[status];
    const text = JSON.stringify(problem({ status, code, detail, requestId: this.#asked.requestId }));
    this.#write(sseText({ id: "", name: "error", text }));
    this.#end("refused");
  }

  #write(text: string): void {
    if (!this.#isEnding) this.outlet.write(this.#isChunked ? sseChunk(text) : text);
  }

  #end(ending: StreamEnding): void {
    if (!this.#isEnding) this.#facts.ended = ending;
    this.#isEnding = true;
    this.#subscriber.end();
    this.#asked.request.res.end();
  }
}
