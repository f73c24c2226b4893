// WebSockets on the port of the API: each path that takes them has one who takes over the socket; all else stays HTTP.
// Refusals before the socket is a WebSocket are problem documents, as everywhere.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { GraphqlSocket } from "./graphqlSocket.ts";
import type { LiveOptions } from "./live/liveOptions.ts";
import { refuseUpgrade } from "./problem.ts";
import { splitUrl } from "./queryText.ts";
import { GRAPHQL_PATH } from "./refusal.ts";
import { factsOf } from "./requestFacts.ts";
import { nameRequest } from "./requestId.ts";
import { logSocket, type RequestLogOptions } from "./requestLog.ts";
import type { StreamSocket } from "./streamSocket.ts";

export interface Upgrade {
  /** Whether the request is to become a WebSocket here; if not, it is an ordinary request, whatever it offers to become. */
  readonly takes: (request: IncomingMessage) => boolean;
  readonly handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface UpgradeOptions extends Pick<LiveOptions, "table" | "streams" | "guard">, RequestLogOptions {
  readonly graphqlSocket: GraphqlSocket;
  readonly streamSocket: StreamSocket;
  readonly newRequestId: () => string;
}

export function createUpgrade(options: UpgradeOptions): Upgrade {
  const { table, streams, guard, graphqlSocket, streamSocket, newRequestId } = options;

  return {
    takes({ url = "/", headers }) {
      const { path } = splitUrl(url);
      const isOffered = headers.upgrade?.toLowerCase() === "websocket";
      return isOffered && (path === GRAPHQL_PATH || table.match(path) !== undefined);
    },

    handle(request, socket, head) {
      const requestId = nameRequest(request, newRequestId);
      logSocket(request, socket, options);
      socket.on("error", () => {}); // a close follows
      const { path, query } = splitUrl(request.url ?? "/");
      const asked = { request, socket, head, requestId };
      const facts = factsOf(request);
      const match = table.match(path);
      facts.route = match?.served.path ?? GRAPHQL_PATH;
      facts.operation = match?.served.operation.route.name;
      if (streams.isClosing) {
        const detail = "The gateway is shutting down.";
        refuseUpgrade(socket, { status: 503, code: "UNAVAILABLE", detail, requestId }, { "Retry-After": "1" });
        return;
      }
      const refused = guard.refuseSocket(request);
      if (refused) {
        const { retryAfter, ...problem } = refused;
        const headers = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
        refuseUpgrade(socket, { ...problem, requestId }, headers);
        return;
      }
      if (path === GRAPHQL_PATH) return graphqlSocket(asked);
      if (match) streamSocket(asked, match.served.operation, match.values, query);
    },
  };
}
