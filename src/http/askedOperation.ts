// What a request of /graphql asks to be run, and the request as Apollo is to see it: with the text that was decided on.
// Apollo's own persisted queries can be registered by anybody, so it is never told that an operation was named.
import type { Context } from "koa";
import { codedError } from "../graph/errors.ts";
import type { AskedOperation } from "../graph/persistedOperations.ts";

/** Read as Apollo reads it. Throws BAD_REQUEST for a list of operations. */
export function askedOperation(ctx: Context): AskedOperation {
  if (ctx.method === "GET") {
    const given = new URLSearchParams(ctx.search);
    return {
      query: given.get("query"),
      documentId: given.get("documentId"),
      id: given.get("id"),
      extensions: jsonOf(given.get("extensions")),
    };
  }
  const { body } = ctx.request;
  if (Array.isArray(body)) throw codedError("BAD_REQUEST", "Send one operation a request: lists of them are not run.");
  return typeof body === "object" && body !== null ? body : {};
}

/** Runs `next` while the request asks for exactly this text. */
export async function asking(ctx: Context, text: string, next: () => Promise<void>): Promise<void> {
  const { url } = ctx;
  if (ctx.method === "GET") {
    const given = new URLSearchParams(ctx.search);
    const extensions = withoutName(jsonOf(given.get("extensions")));
    if (given.getAll("query").length > 1) throw codedError("BAD_REQUEST", "Give the parameter query once.");
    given.set("query", text);
    if (extensions) given.set("extensions", JSON.stringify(extensions));
    ctx.url = `${ctx.path}?${given}`;
  } else {
    const body = ctx.request.body as AskedOperation; // as askedOperation found it
    const extensions = withoutName(body.extensions);
    ctx.request.body = { ...body, query: text, ...(extensions ? { extensions } : {}) };
  }
  try {
    await next();
  } finally {
    ctx.url = url;
  }
}

/** undefined when nothing was named. */
function withoutName(extensions: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof extensions !== "object" || extensions === null || !("persistedQuery" in extensions)) return undefined;
  const { persistedQuery: _, ...rest } = extensions;
  return rest;
}

/** undefined of what is none: Apollo says what is wrong with it. */
function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
