// Questions of identity and rights, asked of Kubernetes itself: TokenReview and SubjectAccessReview.
// A bad token is an answer, not an error; what is not clearly allowed is denied.
import type { Connection } from "./connection.ts";
import { asList, asObject, asText, asWord, type JsonObject } from "./json.ts";

export interface ReviewedUser {
  readonly username: string;
  readonly uid: string | null;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export type TokenReview =
  | { readonly authenticated: true; readonly user: ReviewedUser }
  | { readonly authenticated: false; readonly reason: string };

export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent: in all namespaces at once. */
  readonly namespace?: string;
}

/** A path that is no resource: `/metrics`. */
export interface NonResourceAttributes {
  readonly verb: string;
  readonly path: string;
}

export interface AccessReview {
  readonly allowed: boolean;
  readonly reason: string | null;
}

/** Rejects with a ClusterError when Kubernetes cannot be asked. The API server refuses an empty token as such. */
export async function reviewToken(
  connection: Connection,
  token: string,
  audiences: readonly string[],
  signal: AbortSignal,
): Promise<TokenReview> {
  const spec = { token, ...(audiences.length === 0 ? {} : { audiences }) };
  const status = await review(connection, "authentication.k8s.io", "TokenReview", spec, signal);
  const user = asObject(status.user);
  const username = asWord(user?.username);
  if (status.authenticated !== true || username === undefined) {
    return { authenticated: false, reason: asWord(status.error) ?? "the token was not accepted" };
  }
  // A server that does not know of audiences answers without any: then the token is good for the API server alone.
  if (audiences.length > 0 && !texts(status.audiences).some((audience) => audiences.includes(audience))) {
    return { authenticated: false, reason: "the token is for none of the audiences" };
  }
  return {
    authenticated: true,
    user: { username, uid: asWord(user?.uid) ?? null, groups: texts(user?.groups), extra: extraOf(user?.extra) },
  };
}

/** Rejects with a ClusterError when Kubernetes cannot be asked. */
export async function reviewAccess(
  connection: Connection,
  user: ReviewedUser,
  attributes: ResourceAttributes | NonResourceAttributes,
  signal: AbortSignal,
): Promise<AccessReview> {
  const { username, uid, groups, extra } = user;
  const asked = "path" in attributes ? { nonResourceAttributes: attributes } : { resourceAttributes: attributes };
  const spec = { user: username, ...(uid === null ? {} : { uid }), groups, extra, ...asked };
  const status = await review(connection, "authorization.k8s.io", "SubjectAccessReview", spec, signal);
  return { allowed: status.allowed === true && status.denied !== true, reason: asWord(status.reason) ?? null };
}

async function review(
  connection: Connection,
  group: string,
  kind: string,
  spec: JsonObject,
  signal: AbortSignal,
): Promise<JsonObject> {
  const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
  const { body } = await connection.post(path, { apiVersion: `${group}/v1`, kind, spec }, signal);
  return asObject(body.status) ?? {};
}

function texts(value: unknown): readonly string[] {
  return asList(value).filter((item) => asText(item) !== undefined) as readonly string[]; // only text is left
}

function extraOf(value: unknown): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(asObject(value) ?? {}).map(([key, values]) => [key, texts(values)]));
}
