// Pages of other origins: which of them may read answers (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol).
// Never with credentials: a page brings a token of its own, and not what its user's browser happens to hold.
import cors from "@koa/cors";
import type { Middleware } from "koa";

const EXPOSED = [
  "ETag",
  "Link",
  "Retry-After",
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "WWW-Authenticate",
  "X-Request-Id",
];

/** What our own clients and the usual libraries send. */
const TAKEN = [
  "Accept",
  "Apollo-Require-Preflight",
  "Authorization",
  "Cache-Control",
  "Content-Type",
  "If-None-Match",
  "Last-Event-ID",
  "Traceparent",
  "Tracestate",
  "X-Request-Id",
];

/** Seconds for which a browser need not ask again. */
const MAX_AGE = 600;

/** Origins as browsers write them, in lower case: `https://ui.example.com`. */
export function corsFor(origins: readonly string[]): Middleware {
  const allowed = new Set(origins);
  return cors({
    origin(ctx) {
      const origin = ctx.get("Origin");
      return allowed.has(origin) ? origin : "";
    },
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: TAKEN,
    exposeHeaders: EXPOSED,
    credentials: false,
    maxAge: MAX_AGE,
  });
}

/**
 * Whether a WebSocket may be opened from where the request comes from. Browsers ask nobody before they open one, and send
 * what they hold for us with it, so that any page could speak through its visitor's (cross-site WebSocket hijacking; RFC 6455,
 * 10.2, leaves it to the server to look). Who sends no origin is no browser.
 */
export function isOwnOrigin(
  { origin, host }: { readonly origin?: string | undefined; readonly host?: string | undefined },
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes(origin)) return true;
  // By its host alone: whether a proxy in front of us speaks TLS is not known here.
  const from = URL.parse(origin)?.host;
  return from !== undefined && from === host?.toLowerCase().replace(/:(?:80|443)$/, "");
}
