// What every answer tells browsers: take it for what it says it is, show it in no frame, run nothing of it, tell nobody of it.
// The playground, which is a page, has a policy of its own.
import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import { tag } from "./taggedResponse.ts";

export const SECURITY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

/** Browsers are told to come by TLS only by who has just shown that it speaks it (RFC 6797, 7.2). A year. */
const ONLY_TLS = "max-age=31536000";

const HEADERS = Object.entries(SECURITY_HEADERS);

export function setSecurityHeaders({ socket }: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of HEADERS) tag(response, name, value);
  if (socket instanceof TLSSocket) tag(response, "Strict-Transport-Security", ONLY_TLS);
}
