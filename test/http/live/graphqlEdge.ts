// GraphQL subscriptions through `createClient` of npm `graphql-ws`: one socket for each stream, and no coming back by itself.
// Nothing tells that a subscription has begun; a query behind it on the same socket is answered later than that.
import { type Client, createClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { Asked, Complaint, Edge, Ending, Heard, Stream } from "./edge.ts";

export const EVENT_CHANGES = `subscription ($filter: EventFilter, $after: String, $since: Duration) {
  eventChanges(filter: $filter, after: $after, since: $since) {
    type
    cursor
    event { id status namespace eventType reason message }
    gap { cause reason source from to }
  }
}`;

const ENDINGS: Readonly<Record<number, Ending>> = {
  1001: "shutdown",
  4401: "unauthenticated",
  1013: "unavailable",
  4403: "forbidden",
  4408: "stalled",
  4429: "too many",
};

const REFUSALS: Readonly<Record<string, Ending>> = {
  BAD_USER_INPUT: "faulty",
  TOO_MANY_REQUESTS: "too many",
  UNAVAILABLE: "unavailable",
  FORBIDDEN: "forbidden",
};

interface GraphqlFault {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

/** A client whose socket can be had, with the headers it is opened with. */
export function graphqlClient(
  url: string,
  { headers = {}, ...more }: Partial<Parameters<typeof createClient>[0]> & Pick<Asked, "headers"> = {},
): { readonly client: Client; readonly sockets: readonly WebSocket[] } {
  const sockets: WebSocket[] = [];
  class KeptSocket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers });
      sockets.push(this);
    }
  }
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: KeptSocket,
    retryAttempts: 0,
    ...more,
  });
  return { client, sockets };
}

export class GraphqlStream implements Stream {
  readonly heard: Heard[] = [];
  readonly complaints: Complaint[] = [];
  readonly ending: Promise<Ending>;
  readonly ready: Promise<void>;
  readonly sockets: readonly WebSocket[];
  closed: { readonly code: number; readonly reason: string } | undefined;
  completed = false;
  readonly #client: Client;
  #hasLeft = false;

  constructor(url: string, { filter, after, since, headers = {} }: Asked = {}) {
    const { client, sockets } = graphqlClient(url, { headers });
    this.#client = client;
    this.sockets = sockets;
    let ended = (_: Ending): void => {};
    this.ending = new Promise((resolve) => {
      ended = resolve;
    });
    client.on("closed", (event) => {
      const { code, reason } = event as { readonly code: number; readonly reason: string }; // ws gives a close event
      this.closed = { code, reason };
      ended(this.#hasLeft ? "left" : (ENDINGS[code] ?? "over"));
    });
    client.subscribe<{ readonly eventChanges: Heard }>(
      { query: EVENT_CHANGES, variables: { filter, after, since } },
      {
        next: ({ data, errors }) => {
          if (data) this.heard.push(data.eventChanges);
          for (const each of errors ?? []) this.#complain(each as GraphqlFault); // as the protocol sends them
        },
        error: (error) => {
          if (!Array.isArray(error)) return; // how the socket closed says it
          for (const each of error as readonly GraphqlFault[]) {
            this.#complain(each);
            ended(REFUSALS[each.extensions?.code ?? ""] ?? "over");
          }
        },
        complete: () => {
          this.completed = true;
        },
      },
    );
    this.ready = new Promise((resolve) => {
      void this.ending.then(() => resolve());
      client.subscribe(
        { query: "{ __typename }" },
        { next: () => resolve(), error: () => resolve(), complete: () => {} },
      );
    });
  }

  pause(): void {
    this.sockets[0]?.pause();
  }

  resume(): void {
    this.sockets[0]?.resume();
  }

  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.resume();
    await this.#client.dispose();
    await this.ending;
  }

  #complain({ message, extensions }: GraphqlFault): void {
    this.complaints.push({ code: extensions?.code, detail: message });
  }
}

export const GRAPHQL_EDGE: Edge = {
  name: "GraphQL",
  transport: "graphql",
  takes: () => true,
  async open(url, asked) {
    const stream = new GraphqlStream(url, asked);
    await stream.ready;
    return stream;
  },
};
