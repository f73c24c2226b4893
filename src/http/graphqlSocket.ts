// GraphQL over WebSockets (graphql-transport-ws) at /graphql: the library speaks the protocol, our channels tell subscriptions.
// A subscription's `next` messages are written to the socket by its channel; the library only hears when it has ended.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
} from "graphql";
import { type Context, handleProtocols, makeServer } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { codedError, maskError } from "../graph/errors.ts";
import type { Opened } from "../graph/liveOperation.ts";
import { nextFraming } from "./live/framing.ts";
import type { LiveOptions } from "./live/liveOptions.ts";
import { GRAPHQL_ENCODER } from "./live/message.ts";
import { CLOSE, Peer } from "./live/peer.ts";
import type { Caller, Denial } from "./live/streamAccess.ts";
import type { Refused, Slot } from "./live/streams.ts";
import { Subscriber } from "./live/subscriber.ts";
import { beginStream, type StreamFacts } from "./requestFacts.ts";
import type { SocketRequest } from "./streamSocket.ts";

/** Takes over the sockets of /graphql. */
export type GraphqlSocket = (asked: SocketRequest) => void;

/** One socket, as the library carries it along. */
interface Session {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly peer: Peer;
  readonly facts: StreamFacts;
  /** Opened subscriptions on their way from being checked to being told, by the client's id. */
  readonly opened: Map<string, Opening>;
  readonly telling: Set<Telling>;
  caller: Caller | undefined;
  /** The socket's own place among the streams, while no subscription uses it. */
  slot: Slot | undefined;
}

interface Opening {
  readonly opened: Opened;
  readonly free: () => void;
}

/** What an operation of a socket is run with. */
interface Carried {
  readonly session: Session;
  readonly id: string;
}

type Socket = Context<Record<string, unknown>, Session>;

export function createGraphqlSocket(options: LiveOptions): GraphqlSocket {
  const { executor, channels, streams, access, contextOf, log } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: streams.limits.messageBytes,
    handleProtocols,
  });

  const protocol = makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: streams.limits.initTimeout,

    async onConnect({ extra: session, connectionParams }) {
      const admission = await access.admit(session.request, connectionParams);
      if ("denial" in admission) {
        deny(session, admission.denial);
        return false;
      }
      session.caller = admission.caller;
      return true;
    },

    async onSubscribe({ extra: session }: Socket, id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> {
      const { query, operationName, variables } = payload;
      const name = operationName ?? undefined;
      try {
        const document = executor.admit(query);
        const args = argsOf(document, name, variables, { session, id });
        if (getOperationAST(document, name)?.operation !== "subscription") return args;
        const opened = await executor
          .prepareLive(query, document, name)
          .open(variables ?? {}, contextOf(session.requestId));
        if ("errors" in opened) return opened.errors;
        const slot = takeSlot(session);
        if ("reason" in slot) {
          const code = slot.reason === "shutdown" ? "UNAVAILABLE" : "TOO_MANY_REQUESTS";
          return [codedError(code, slot.detail, { extensions: { retryAfter: slot.retryAfter } })];
        }
        session.opened.set(id, { opened, free: slot.free });
        return args;
      } catch (error) {
        return [maskError(error, { requestId: session.requestId, log })];
      }
    },

    async execute(args) {
      const { session } = args.contextValue as Carried; // as argsOf carries it
      const source = args.document.loc?.source.body ?? "";
      const operation = executor.prepare(source, args.document, args.operationName ?? undefined);
      return (await operation.execute(args.variableValues ?? {}, contextOf(session.requestId))) as ExecutionResult;
    },

    subscribe(args) {
      const { session, id } = args.contextValue as Carried; // as above
      const opening = session.opened.get(id);
      session.opened.delete(id);
      if (!opening) throw new Error("a subscription that was not opened");
      return tell(session, id, opening);
    },
  });

  return ({ request, socket, head, requestId }) => {
    server.handleUpgrade(request, socket, head, (client) => open(request, socket, client, requestId));
  };

  function open(request: IncomingMessage, socket: Duplex, client: WebSocket, requestId: string): void {
    const telling = new Set<Telling>();
    const beforeShutdown = () => {
      for (const each of [...telling]) {
        each.end();
        peer.send(JSON.stringify({ id: each.id, type: "complete" }));
      }
    };
    const facts = beginStream(request, "graphql");
    const peer = new Peer({ socket, client, streams, elapsed: options.elapsed, facts, beforeShutdown });
    const session: Session = {
      request,
      requestId,
      peer,
      facts,
      opened: new Map(),
      telling,
      caller: undefined,
      slot: undefined,
    };
    const slot = takeSlot(session);
    if ("reason" in slot) {
      peer.close(slot.reason === "shutdown" ? CLOSE.shutdown : CLOSE.tooMany, slot.detail);
      return;
    }
    session.slot = slot;
    const closed = protocol.opened(
      {
        protocol: client.protocol,
        send: async (data) => peer.send(data),
        close: (code, reason) => peer.close(code ?? 1000, reason ?? ""),
        onMessage(hear) {
          client.on("message", (data) => {
            hear(String(data)).catch((error: unknown) => {
              log.error({ err: error, requestId }, "a message of a GraphQL socket failed");
              peer.close(1011, "Internal server error");
            });
          });
        },
      },
      session,
    );
    client.once("close", (code: number, reason: Buffer) => {
      for (const { free } of session.opened.values()) free();
      session.slot?.free();
      void closed(code, String(reason));
    });
  }

  /** A socket without subscriptions takes the place of one stream, and its first subscription takes that over. */
  function takeSlot(session: Session): Slot | Refused {
    const slot =
      session.slot ?? streams.take("graphql", session.caller?.name ?? session.request.socket.remoteAddress ?? "");
    session.slot = undefined;
    if ("reason" in slot) return slot;
    return {
      free() {
        if (session.peer.isOpen && !session.slot) session.slot = slot;
        else slot.free();
      },
    };
  }

  function tell(session: Session, id: string, { opened, free }: Opening): AsyncGenerator<ExecutionResult> {
    const { peer, facts, caller, requestId, telling } = session;
    const channel = channels.of(opened, GRAPHQL_ENCODER, caller?.rights ?? "", requestId);
    const each = new Telling(id, () => {
      subscriber.end();
      telling.delete(each);
      free();
    });
    const failed = (error: unknown) => {
      log.error({ err: error, requestId }, "a stream could not be read on");
      each.end();
    };
    const subscriber = new Subscriber(
      { outlet: peer.outlet, framing: nextFraming(id), sent: streams.counting("graphql", facts), failed },
      channel,
      opened.start,
    );
    each.begin = subscriber.resume;
    telling.add(each);
    return each;
  }

  function deny({ peer }: Session, { status, detail }: Denial): void {
    streams.refused("denied");
    peer.close(status === 401 ? CLOSE.unauthenticated : CLOSE.forbidden, detail);
  }
}

function argsOf(
  document: DocumentNode,
  operationName: string | undefined,
  variableValues: Readonly<Record<string, unknown>> | null | undefined,
  contextValue: Carried,
): ExecutionArgs {
  return { document, operationName, variableValues, contextValue } as unknown as ExecutionArgs; // our own executor has the schema
}

/** What the library iterates over: nothing comes of it but its end. */
class Telling implements AsyncGenerator<ExecutionResult> {
  readonly id: string;
  begin: () => void = () => {};
  readonly #ended: () => void;
  #isEnded = false;
  #finish: (() => void) | undefined;

  constructor(id: string, ended: () => void) {
    this.id = id;
    this.#ended = ended;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (!this.#isEnded) {
      const finished = new Promise<void>((resolve) => {
        this.#finish = resolve;
      });
      this.begin();
      await finished;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    this.end();
    throw error;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ended();
    this.#finish?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
  }
}
