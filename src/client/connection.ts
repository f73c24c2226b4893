// One connection for one subscription, from its beginning to its end, which is told once, with whether trying again may help.
// The protocol (graphql-transport-ws) is the library's; coming back is not, for only we know where a stream has come to.
import { createClient } from "graphql-ws/client";
import type { Gateway } from "./gateway.ts";
import { GatewayError, type GatewayErrorCode, isKnown, statusOf } from "./gatewayError.ts";
import type { Operation } from "./query.ts";
import { asObject, graphqlRefusal } from "./refusal.ts";

export interface Hearer {
  /** The connection is there. `head` is the place that the gateway's changes have come to; gives what to subscribe with. */
  connected(head: string | undefined): object;
  next(data: Readonly<Record<string, unknown>>): void;
  /** Nothing follows. Not called when the hearer itself has ended it. */
  ended(ending: Ending): void;
}

export interface ConnectionOptions {
  /** So often the gateway is asked whether it is still there, ms; it has as long to say so. */
  readonly pingEvery: number;
}

export interface Ending {
  readonly reason: GatewayError;
  /** Whether another connection would end in the same way. */
  readonly isFinal: boolean;
}

/** So long a connection may take until the gateway has let us in, ms. */
const CONNECT_PATIENCE = 15_000;

/** Codes with which a gateway closes that another try cannot mend. */
const FINAL_CLOSES: Readonly<Record<number, GatewayErrorCode>> = {
  4400: "BAD_REQUEST",
  4401: "UNAUTHENTICATED",
  4403: "FORBIDDEN",
  4406: "UNREADABLE", // no subprotocol in common
};
const PASSING_CLOSES: Readonly<Record<number, GatewayErrorCode>> = {
  1001: "UNAVAILABLE",
  4408: "UNAVAILABLE",
  4429: "TOO_MANY_REQUESTS",
};
const UNAUTHENTICATED = 4401;
/** With which the library closes when we tell it to give a connection up. */
const TERMINATED = 4499;

/** Errors of the subscription itself that pass. */
const PASSING: readonly GatewayErrorCode[] = ["TOO_MANY_REQUESTS", "UNAVAILABLE", "INTERNAL_SERVER_ERROR"];

/** Returns what ends it, at once and also while it is idle. Throws a TypeError where there are no WebSockets. */
export function connect(
  gateway: Gateway,
  { name, body }: Operation,
  hearer: Hearer,
  { pingEvery }: ConnectionOptions,
): () => void {
  let variables: object = {};
  let isConnected = false;
  let isOver = false;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;

  const client = createClient({
    url: gateway.endpoint.replace(/^http/, "ws"),
    webSocketImpl: gateway.webSocket(),
    retryAttempts: 0,
    keepAlive: pingEvery,
    connectionParams: async () => {
      const authorization = await gateway.authorization().catch((error: unknown) => {
        throw new GatewayError("there is no token", { code: "UNAUTHENTICATED", cause: error });
      });
      return authorization === undefined ? undefined : { Authorization: authorization };
    },
    on: {
      connected(_socket, payload) {
        isConnected = true;
        clearTimeout(connectTimer);
        const { cursor } = asObject(payload);
        if (!isOver) variables = hearer.connected(typeof cursor === "string" ? cursor : undefined);
      },
      ping(received) {
        if (!received) pongTimer = setTimeout(() => client.terminate(), pingEvery);
      },
      pong(received) {
        if (received) clearTimeout(pongTimer);
      },
      closed(event) {
        end(endingOf(event));
        Promise.resolve(client.dispose()).catch(() => {}); // else it would connect again after some codes
      },
    },
  });
  const connectTimer = setTimeout(() => client.terminate(), CONNECT_PATIENCE);

  const unsubscribe = client.subscribe(
    // Read when it is sent, which is after the connection is there.
    Object.defineProperty({ query: body, operationName: name }, "variables", {
      enumerable: true,
      get: () => variables,
    }),
    {
      next({ data, errors }) {
        if (isOver) return;
        if (errors) stop(refused(errors));
        else hearer.next(asObject(data));
      },
      error: (error) => end(Array.isArray(error) ? refused(error) : broken(error)),
      complete: () => end({ reason: lost("UNAVAILABLE", "the gateway has ended the stream"), isFinal: false }),
    },
  );
  return leave;

  function leave(): void {
    if (isOver) return;
    over();
    if (isConnected) unsubscribe();
    else client.terminate();
  }

  function stop(ending: Ending): void {
    leave();
    hearer.ended(ending);
  }

  function end(ending: Ending): void {
    if (isOver) return;
    over();
    hearer.ended(ending);
  }

  function over(): void {
    isOver = true;
    clearTimeout(connectTimer);
    clearTimeout(pongTimer);
  }

  function endingOf(event: unknown): Ending {
    const { code, reason } = asObject(event);
    const final = FINAL_CLOSES[Number(code)];
    // A token that was good has run out: the next may be good again.
    const isRenewed = code === UNAUTHENTICATED && isConnected && gateway.renewsToken;
    const said = typeof reason === "string" && reason !== "" ? reason : `the connection was closed (${String(code)})`;
    const text = code === TERMINATED ? `${gateway.endpoint} does not answer` : said;
    return {
      reason: lost(final ?? PASSING_CLOSES[Number(code)] ?? "UNREACHABLE", text),
      isFinal: final !== undefined && !isRenewed,
    };
  }

  function broken(error: unknown): Ending {
    const { code, reason } = asObject(error);
    if (typeof code === "number" && typeof reason === "string") return endingOf(error);
    if (error instanceof GatewayError) return { reason: error, isFinal: false };
    return { reason: lost("UNREACHABLE", `no connection to ${gateway.endpoint}`, error), isFinal: false };
  }
}

function refused(errors: readonly unknown[]): Ending {
  const reason = graphqlRefusal(errors);
  return { reason, isFinal: !PASSING.includes(reason.code) };
}

function lost(code: GatewayErrorCode, message: string, cause?: unknown): GatewayError {
  const status = isKnown(code) ? statusOf(code) : undefined;
  return new GatewayError(message, { code, status, ...(cause === undefined ? {} : { cause }) });
}
