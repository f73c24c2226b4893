// GraphQL over WebSockets (graphql-transport-ws) at /graphql: the library speaks the protocol, our channels tell subscriptions.
// A subscription's `next` messages are written to the socket by its channel; the library only hears when it has ended.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import { CloseCode, type Context, handleProtocols, makeServer } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { operationOf } from "../graph/document.ts";
import { codedError, maskError } from "../graph/errors.ts";
import type { Opened } from "../graph/liveOperation.ts";
import type { PersistedOperations } from "../graph/persistedOperations.ts";
import { withoutSuggestions } from "../graph/suggestions.ts";
import { nameCaller } from "./callers.ts";
import type { IsAnonymous } from "./graphqlPolicy.ts";
import { Turns } from "./limits/turns.ts";
import { NextFraming } from "./live/framing.ts";
import type { LiveOptions } from "./live/liveOptions.ts";
import { GRAPHQL_ENCODER } from "./live/message.ts";
import { CLOSE, DENIAL_CLOSES, HEARD, Peer } from "./live/peer.ts";
import { type Caller, type Denial, whenLost } from "./live/streamAccess.ts";
import type { Refused, Slot } from "./live/streams.ts";
import { Subscriber } from "./live/subscriber.ts";
import { UNPROVEN_CODES } from "./proving.ts";
import type { SocketRequest } from "./streamSocket.ts";

/** Takes over the sockets of /graphql. */
export type GraphqlSocket = (asked: SocketRequest) => void;

export interface GraphqlSocketOptions extends LiveOptions {
  readonly persisted: PersistedOperations;
  readonly isAnonymous: IsAnonymous;
}

/** One socket, as the library carries it along. */
interface Session {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly peer: Peer;
  /** Opened subscriptions on their way from being checked to being told. */
  readonly opened: Set<Opening>;
  /** The subscription that an id stands for: a client may complete one and use its id again before it was opened. */
  readonly latest: Map<string, Carried>;
  readonly telling: Set<Telling>;
  readonly turns: Turns;
  /** Aborted when the socket has closed. */
  readonly closed: AbortSignal;
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
  /** Of a subscription, unless its id stands for another by now. */
  opening: Opening | undefined;
}

/** The library runs nothing before it has asked who connects. */
const NOBODY: Caller = { name: "unknown", rights: "" };

type Socket = Context<Record<string, unknown>, Session>;

/** Operations of one socket that are worked on at a time. A subscription counts until it is opened. */
const MAX_OPERATIONS = 16;
const TOO_BUSY = codedError("UNAVAILABLE", "There is too much under way.", { extensions: { retryAfter: 1 } });

export function createGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { executor, channels, streams, access, guard, contextOf, log, persisted, isAnonymous } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    ...HEARD,
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
      const { caller } = admission;
      session.caller = caller;
      nameCaller(session.request, caller);
      const left = () => caller.close?.();
      session.closed.addEventListener("abort", left);
      if (session.closed.aborted) left();
      const refused = session.slot?.passTo(caller.name); // until now it counted as its address'
      if (refused) {
        session.peer.close(CLOSE.tooMany, refused.detail);
        return false;
      }
      const revoked = () => deny(session, caller.revoked?.reason as Denial); // as the access room aborts it
      caller.revoked?.addEventListener("abort", revoked, { signal: session.closed });
      if (caller.revoked?.aborted) revoked();
      if (!session.peer.isOpen) return false;
      // Goes along with connection_ack: whoever loses its stream before it was told anything can resume from here.
      const { cursors, head } = contextOf(session.requestId, session.request).changes;
      return { cursor: cursors.encodeStand(head) };
    },

    async onSubscribe({ extra: session }: Socket, id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> {
      const { operationName, variables } = payload;
      const name = operationName ?? undefined;
      const carried: Carried = { session, id, opening: undefined };
      const hasty = guard.rates.takeOperation(guard.callerOf(session.request));
      if (hasty) {
        streams.refused("rate");
        return [hasty];
      }
      try {
        const query = persisted.textOf(payload) ?? "";
        const document = executor.admit(query);
        const args = argsOf(document, name, variables, carried);
        if (operationOf(document, name).operation !== "subscription") return args;
        session.latest.set(id, carried);
        const live = executor.prepareLive(query, document, name);
        const context = contextOf(session.requestId, session.request, session.caller?.seeing);
        const opened = await inTurn(session, () => live.open(variables ?? {}, context));
        if (!session.peer.isOpen) return [TOO_BUSY]; // nobody is told
        if (session.latest.get(id) !== carried) return args;
        if ("errors" in opened) {
          session.latest.delete(id);
          return opened.errors;
        }
        const slot = takeSlot(session);
        if ("reason" in slot) {
          const code = slot.reason === "shutdown" ? "UNAVAILABLE" : "TOO_MANY_REQUESTS";
          return [codedError(code, slot.detail, { extensions: { retryAfter: slot.retryAfter } })];
        }
        carried.opening = { opened, free: slot.free };
        session.opened.add(carried.opening);
        if (opened.start.isResuming) streams.resumed("graphql");
        return args;
      } catch (error) {
        return [maskError(error, { requestId: session.requestId, log })];
      }
    },

    async execute(args) {
      const { session } = args.contextValue as Carried; // as argsOf carries it
      const source = args.document.loc?.source.body ?? "";
      const operation = executor.prepare(source, args.document, args.operationName ?? undefined);
      return inTurn(session, async () => {
        const leave = session.peer.isOpen ? guard.inFlight.enter() : undefined;
        if (!leave) return { errors: [TOO_BUSY] };
        try {
          const rights = await session.caller?.asking?.();
          const context = contextOf(session.requestId, session.request, rights);
          return await operation.execute(args.variableValues ?? {}, context);
        } catch (error) {
          return { errors: [maskError(error, { requestId: session.requestId, log })] };
        } finally {
          leave();
        }
      });
    },

    onError({ extra: session }: Socket, _id, _payload, errors) {
      return isAnonymous(session.request, session.caller) ? errors.map(withoutSuggestions) : undefined;
    },

    /** Of what is executed here: subscriptions tell theirs by themselves, and no name is mistyped by then. */
    onNext({ extra: session }: Socket, _id, _payload, _args, { data, errors }) {
      if (!errors || !isAnonymous(session.request, session.caller)) return undefined;
      return { ...(data === undefined ? {} : { data }), errors: errors.map(withoutSuggestions) };
    },

    subscribe(args) {
      return tell(args.contextValue as Carried); // as above
    },
  });

  return ({ request, socket, head, requestId }) => {
    server.handleUpgrade(request, socket, head, (client) => open(request, socket, client, requestId));
  };

  function open(request: IncomingMessage, socket: Duplex, client: WebSocket, requestId: string): void {
    const telling = new Set<Telling>();
    const closing = new AbortController();
    const peer = new Peer({
      request,
      transport: "graphql",
      socket,
      client,
      streams,
      elapsed: options.elapsed,
      pace: guard.paceOf(request),
      beforeClose() {
        for (const each of [...telling]) each.end();
      },
      beforeShutdown() {
        for (const each of [...telling]) {
          each.end();
          peer.send(JSON.stringify({ id: each.id, type: "complete" }));
        }
      },
    });
    const session: Session = {
      request,
      requestId,
      peer,
      opened: new Set(),
      latest: new Map(),
      telling,
      turns: new Turns(MAX_OPERATIONS),
      closed: closing.signal,
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
        close(code, reason) {
          if (code === CloseCode.ConnectionInitialisationTimeout) streams.refused("initTimeout");
          peer.close(code ?? 1000, reason ?? "");
        },
        onMessage(hear) {
          client.on("message", (data) => {
            if (!peer.isOpen) return;
            hear(String(data)).catch((error: unknown) => {
              log.error({ err: error, requestId }, "a message of a GraphQL socket failed");
              peer.close(CLOSE.failed, "Internal server error");
            });
          });
        },
      },
      session,
    );
    client.once("close", (code: number, reason: Buffer) => {
      closing.abort();
      for (const { free } of session.opened) free();
      for (const each of [...telling]) each.end();
      session.slot?.free();
      void closed(code, String(reason));
    });
  }

  /** A socket without subscriptions takes the place of one stream, and its first subscription takes that over. */
  function takeSlot(session: Session): Slot | Refused {
    const slot = session.slot ?? streams.take("graphql", session.caller?.name ?? guard.callerOf(session.request));
    session.slot = undefined;
    if ("reason" in slot) return slot;
    return {
      free() {
        const isIdle = session.telling.size === 0 && session.opened.size === 0;
        if (session.peer.isOpen && isIdle && !session.slot) session.slot = slot;
        else slot.free();
      },
      passTo: slot.passTo,
    };
  }

  function tell(carried: Carried): AsyncGenerator<ExecutionResult> {
    const { session, id, opening } = carried;
    const { peer, caller, requestId, telling, latest } = session;
    if (!opening) {
      const silent = new Telling(id, telling, () => telling.delete(silent));
      telling.add(silent);
      return silent; // to end would be to complete the other
    }
    session.opened.delete(opening);
    const { opened, free } = opening;
    const channel = channels.of(opened, GRAPHQL_ENCODER, caller ?? NOBODY, requestId);
    const each = new Telling(id, telling, () => {
      subscriber.end();
      telling.delete(each);
      unwatch();
      if (latest.get(id) === carried) latest.delete(id);
      free();
    });
    const failed = (error: unknown) => each.fail(maskError(error, { requestId, log }));
    const subscriber = new Subscriber(
      { outlet: peer.outlet, framing: new NextFraming(id), sent: streams.sentBy("graphql"), failed },
      channel,
      opened.start,
    );
    const unwatch = whenLost(opened.feed, caller ?? NOBODY, ({ status, detail }) =>
      each.fail(codedError(UNPROVEN_CODES[status], detail)),
    );
    each.begin = subscriber.resume;
    telling.add(each);
    return each;
  }

  /** Works on one more operation of the socket; not before it takes what it was answered, and hearing no more of it than that. */
  function inTurn<Result>({ turns, peer }: Session, task: () => Promise<Result>): Promise<Result> {
    const isBusy = turns.isBusy;
    const done = turns.run(async () => {
      await peer.hearing.taken();
      return task();
    });
    if (isBusy) peer.hearing.holdUntil(done);
    return done;
  }

  function deny({ peer }: Session, { status, detail }: Denial): void {
    streams.refused("denied");
    peer.close(DENIAL_CLOSES[status], detail);
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
  readonly #all: ReadonlySet<Telling>;
  readonly #ended: () => void;
  #isEnded = false;
  #failure: GraphQLError | undefined;
  #finish: (() => void) | undefined;

  /** `all` are those of its socket. */
  constructor(id: string, all: ReadonlySet<Telling>, ended: () => void) {
    this.id = id;
    this.#all = all;
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
    if (this.#failure) throw this.#failure; // the library tells it to the client
    return { done: true, value: undefined };
  }

  /** The client has completed what its id stands for. */
  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    for (const each of [...this.#all]) if (each.id === this.id) each.end();
    this.end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    this.end();
    throw error;
  }

  /** `failure` is shown to the client. */
  fail(failure: GraphQLError): void {
    this.#failure = failure;
    this.end();
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
