// The three ways to ask /graphql for a query: by POST, by GET, and over a socket. One list of behaviours runs over all of them.
import type { SubscribePayload } from "graphql-ws";
import { graphqlClient } from "./live/graphqlEdge.ts";

/** A request as a client would send it. */
export interface Asking {
  readonly query?: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly documentId?: unknown;
  readonly id?: unknown;
}

export interface GraphqlAnswer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  /** Of HTTP. */
  readonly status?: number;
}

export interface Way {
  readonly name: "POST" | "GET" | "socket";
  ask(url: string, asking: Asking, headers?: Readonly<Record<string, string>>): Promise<GraphqlAnswer>;
}

export const WAYS: readonly Way[] = [
  {
    name: "POST",
    async ask(url, asking, headers = {}) {
      const answer = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(asking),
      });
      return { ...((await answer.json()) as GraphqlAnswer), status: answer.status }; // GraphQL over HTTP
    },
  },
  {
    name: "GET",
    async ask(url, asking, headers = {}) {
      const given = new URLSearchParams();
      for (const [key, value] of Object.entries(asking)) {
        given.set(key, typeof value === "string" ? value : JSON.stringify(value));
      }
      const answer = await fetch(`${url}/graphql?${given}`, { headers });
      return { ...((await answer.json()) as GraphqlAnswer), status: answer.status }; // as above
    },
  },
  {
    name: "socket",
    async ask(url, asking, headers = {}) {
      const { client } = graphqlClient(url, { headers });
      const payload = { query: "", ...asking } as SubscribePayload; // the protocol wants a text, and lets more come with it
      const answer = await new Promise<GraphqlAnswer>((resolve) => {
        client.subscribe(payload, {
          next: (result) => resolve(result as GraphqlAnswer), // as JSON
          error: (errors) => resolve({ errors: errors as NonNullable<GraphqlAnswer["errors"]> }), // of the protocol, not of the socket
          complete: () => resolve({}),
        });
      });
      await client.dispose();
      return answer;
    },
  },
];

export function codesOf({ errors = [] }: GraphqlAnswer): readonly (string | undefined)[] {
  return errors.map(({ extensions }) => extensions?.code);
}
