// What callers of /graphql are let do, over HTTP and sockets alike, and to whom its errors say more.
import type { IncomingMessage } from "node:http";
import type { GraphqlMode } from "../graph/persistedOperations.ts";
import type { Caller } from "./live/streamAccess.ts";

export interface GraphqlPolicy {
  readonly mode: GraphqlMode;
  /** Whether the schema can be asked for; never where only persisted operations are run. */
  readonly introspection: boolean;
  /** Whether browsers are given a playground; never where only persisted operations are run, as it has others. */
  readonly playground: boolean;
}

export const OPEN_POLICY: GraphqlPolicy = { mode: "open", introspection: true, playground: true };

/** Whether nobody knows who sent the request, or, of a socket, who its caller is: then errors suggest no names. */
export type IsAnonymous = (request: IncomingMessage, caller?: Caller) => boolean;

export const EVERYBODY: IsAnonymous = () => true;
