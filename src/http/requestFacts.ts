// What becomes known of a request on its way: its name first, then what served it, and what it came to if it was a stream.
// Log lines, metrics and traces are made from this when the request is over; nothing here decides anything.
import type { IncomingMessage } from "node:http";
import type { Transport } from "./live/streams.ts";
import { RequestNote } from "./requestNote.ts";
import { readTraceparent } from "./traceparent.ts";

export interface RequestFacts {
  readonly id: string;
  /** Of the trace that the caller says it is part of, or of the one that was begun for it. */
  traceId: string | undefined;
  /** The template of the path, `/api/v1/events/{namespace}`; undefined while, or when, nothing serves it. */
  route: string | undefined;
  /** Name of the GraphQL operation, as whoever wrote it calls it. */
  operation: string | undefined;
  /** Refused unheard, because there was too much else to do. */
  isShed: boolean;
  /** Who asks; undefined while nobody has to say. */
  user: string | undefined;
  stream: StreamFacts | undefined;
}

/** `client`: it went, or its connection broke; `dead`: it was gone without a word; `refused`: it asked, or saw, what it may not. */
export const STREAM_ENDINGS = ["client", "shutdown", "stalled", "dead", "refused", "failed"] as const;
export type StreamEnding = (typeof STREAM_ENDINGS)[number];

export interface StreamFacts {
  readonly transport: Transport;
  /** Messages told so far. */
  readonly told: number;
  ended: StreamEnding;
}

const known = new RequestNote<RequestFacts>("facts");

export function nameFacts(request: IncomingMessage, id: string): RequestFacts {
  const facts: RequestFacts = {
    id,
    traceId: readTraceparent(request.headers.traceparent)?.traceId,
    route: undefined,
    operation: undefined,
    isShed: false,
    user: undefined,
    stream: undefined,
  };
  known.write(request, facts);
  return facts;
}

/** Of a request that was never named, facts that nobody else will see. */
export function factsOf(request: IncomingMessage): RequestFacts {
  return known.of(request) ?? nameFacts(request, "unknown");
}

/** `counted` counts the messages that the stream has told. */
export function beginStream(
  request: IncomingMessage,
  transport: Transport,
  counted: Readonly<Pick<StreamFacts, "told">>,
): StreamFacts {
  const stream: StreamFacts = {
    transport,
    get told() {
      return counted.told;
    },
    ended: "client",
  };
  factsOf(request).stream = stream;
  return stream;
}
