// One persisted operation, asked once over fetch: its data, or a GatewayError.
// What is sent is the persisted text itself, so a gateway that takes nothing else takes it.
import type { Gateway } from "./gateway.ts";
import { GatewayError } from "./gatewayError.ts";
import { asObject, graphqlRefusal, httpRefusal } from "./refusal.ts";

/** An operation of schema/operations, as it was persisted. */
export interface Operation {
  readonly name: string;
  readonly body: string;
}

export interface QueryOptions {
  /** Aborts the request: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export async function ask<Data>(
  gateway: Gateway,
  { name, body }: Operation,
  variables: object,
  { signal }: QueryOptions = {},
): Promise<Data> {
  const authorization = await gateway.authorization();
  const { fetch, endpoint } = gateway;
  const asked = JSON.stringify({ query: body, operationName: name, variables });
  const reached = async () => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        Accept: "application/graphql-response+json, application/json;q=0.9",
        "Content-Type": "application/json",
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      },
      body: asked,
      ...(signal ? { signal } : {}),
    });
    return { response, text: await response.text() };
  };
  const { response, text } = await reached().catch((error: unknown) => {
    if (signal?.aborted) throw signal.reason;
    throw new GatewayError(`no answer from ${endpoint}`, { code: "UNREACHABLE", cause: error });
  });
  const answer = asObject(parsed(text));
  const { status, headers } = response;
  const delivery = {
    status,
    requestId: headers.get("X-Request-Id") ?? undefined,
    retryAfter: Number(headers.get("Retry-After") ?? Number.NaN) || undefined, // or a date, which the gateway never gives
  };
  const { data, errors } = answer;
  // A problem document has `errors` as well, and says its status.
  if (Array.isArray(errors) && answer.status === undefined) throw graphqlRefusal(errors, delivery);
  if (!response.ok || typeof data !== "object" || data === null) throw httpRefusal(answer, delivery);
  return data as Data; // both it and the operation come from the schema
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
