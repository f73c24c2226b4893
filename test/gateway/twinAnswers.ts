// What twins answer, and how answers are compared: all of them is the same but for what this file says may differ, and why.
// What may differ is looked at by itself, as it stands and as base64 spells it.
import type { Twin, TwinCaller } from "./twin.ts";
import { as } from "./twin.ts";
import type { Found, TwinRequest } from "./twinRequests.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function ask(
  { url }: Twin,
  { method, path, headers, body }: TwinRequest,
  caller: TwinCaller,
): Promise<Answer> {
  const given = { "Accept-Encoding": "identity", ...headers, ...as(caller) };
  const answer = await fetch(`${url}${path}`, { method, headers: given, body: body ?? null });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
}

/**
 * What may differ between twins: the moment; the request's own id; the place of a change in the sequence (`cursor`), which
 * names how much was stored before it and nothing of what; and the tag and the length of a body, which follow from that.
 */
const MASKED_HEADERS = ["date", "x-request-id", "etag", "content-length", "keep-alive"];
export const MASKED_FIELDS = /"(cursor|requestId)":"([^"]*)"/g;

export function comparable({ status, headers, body }: Answer) {
  const shown = Object.entries(headers).filter(([name]) => !MASKED_HEADERS.includes(name));
  return { status, headers: Object.fromEntries(shown), body: body.replace(MASKED_FIELDS, '"$1":"masked"') };
}

/** What is masked, as it stands and as it is spelled in base64. */
export function masked({ headers, body }: Answer): string {
  const texts = [
    ...MASKED_HEADERS.map((name) => headers[name] ?? ""),
    ...[...body.matchAll(MASKED_FIELDS)].map(([, , text = ""]) => text),
  ];
  return [...texts, ...texts.map((text) => Buffer.from(text, "base64").toString("latin1"))].join("\n");
}

/** What somebody who sees all may have passed on. */
export async function foundBy(twin: Twin): Promise<Found> {
  const pages = await Promise.all(
    ["timestamp", "-timestamp", "eventType", "resourceName"].flatMap((sort) =>
      [1, 4].map((limit) =>
        ask(twin, { method: "GET", path: `/api/v1/events?sort=${sort}&limit=${limit}`, headers: {} }, "all"),
      ),
    ),
  );
  const hooks = await ask(twin, { method: "GET", path: "/api/v1/hooks?limit=1", headers: {} }, "all");
  const all = await ask(twin, { method: "GET", path: "/api/v1/events?limit=1000", headers: {} }, "all");
  const nextOf = ({ body }: Answer): string[] => [JSON.parse(body).pagination.nextCursor ?? []].flat();
  return {
    cursors: [...pages, hooks].flatMap(nextOf),
    ids: JSON.parse(all.body).events.map(({ id }: { readonly id: string }) => id),
    tags: [...pages, hooks, all].map(({ headers }) => headers.etag ?? ""),
  };
}

export function decoded(texts: readonly string[]): string {
  return texts.flatMap((text) => [text, Buffer.from(text, "base64").toString("latin1")]).join("\n");
}

export function nobody(): never {
  throw new Error("there are two");
}
