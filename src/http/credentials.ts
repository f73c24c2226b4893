// What a request brings to say who sends it: a bearer token in its header, or wherever else its kind of request has room for one.
// Browsers cannot give a WebSocket or an EventSource a header: a GraphQL connection has its parameters, the others a parameter of the query.
import type { IncomingMessage } from "node:http";
import type { Credentials } from "../access/authenticator.ts";
import { hasClientCertificate } from "./listener.ts";
import { decodeText, splitUrl } from "./queryText.ts";

export const QUERY_TOKEN = "access_token";

export interface CredentialPlaces {
  /** Parameters of a GraphQL connection: `{ "Authorization": "Bearer ..." }`. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** Whether the query may hold the token. */
  readonly inQuery?: boolean;
}

export function credentialsOf(request: IncomingMessage, { parameters, inQuery }: CredentialPlaces = {}): Credentials {
  const { headers, socket } = request;
  const token =
    bearerOf(headers.authorization) ??
    (parameters && bearerOf(authorizationOf(parameters))) ??
    (inQuery ? queryToken(request.url ?? "/") : undefined);
  return { token, headers, address: socket.remoteAddress, hasClientCertificate: hasClientCertificate(request) };
}

function bearerOf(authorization: unknown): string | undefined {
  return typeof authorization === "string" ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
}

function authorizationOf(parameters: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(parameters).find(([name]) => name.toLowerCase() === "authorization")?.[1];
}

function queryToken(url: string): string | undefined {
  return new URLSearchParams(splitUrl(url).query).get(QUERY_TOKEN) ?? undefined;
}

/** What is left is as it was. */
export function withoutQueryToken(query: string): string {
  const pairs = query.split("&");
  return pairs.filter((pair) => decodeText(pair.split("=", 1)[0] ?? "") !== QUERY_TOKEN).join("&");
}
