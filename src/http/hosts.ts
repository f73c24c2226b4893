// The host names that requests may ask for. A page of another site can give its own name our address (DNS rebinding), and
// then read what we say to this machine; it cannot make a browser send another name than its own.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isLoopback } from "../access/exposure.ts";
import type { RequestRefusal } from "./refusal.ts";

/** Why a request may not ask for what it asks for; undefined when it may. */
export type HostRule = (request: Pick<IncomingMessage, "headers">) => RequestRefusal | undefined;

export interface HostOptions {
  /** Address that is listened on. */
  readonly listening: string;
  /** Names allowed beside loopback, in lower case. */
  readonly allowed: readonly string[];
  /** Whether callers have to prove who they are: then a page of another site has nothing to prove it with. */
  readonly areCallersProven: boolean;
}

/** No rule when nobody asked for one and none is needed. */
export function hostRule({ listening, allowed, areCallersProven }: HostOptions): HostRule | undefined {
  const isPrivate = isLoopback(listening) && !areCallersProven;
  if (allowed.length === 0 && !isPrivate) return undefined;
  const names = new Set(allowed);
  let last: string | undefined; // most callers say the same
  return ({ headers }) => {
    const host = headers.host ?? authorityOf(headers);
    if (host === undefined || host === last) return undefined; // HTTP/1.0, which no browser speaks, has none
    const name = nameOf(host);
    if (isOwn(name) || names.has(name)) {
      last = host;
      return undefined;
    }
    const shown = JSON.stringify(host.slice(0, 100));
    const detail = `The Host header asks for ${shown}, which is none of ours: ask for localhost, or allow it by --allowed-hosts.`;
    return { status: 421, code: "FORBIDDEN", detail };
  };
}

/** What HTTP/2 has instead. */
function authorityOf(headers: IncomingHttpHeaders): string | undefined {
  const authority = headers[":authority"];
  return typeof authority === "string" ? authority : undefined;
}

/** Without its port, in lower case. */
function nameOf(host: string): string {
  return host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** A name of this machine itself: browsers take every name under localhost for that (RFC 6761, 6.3). */
function isOwn(name: string): boolean {
  return isLoopback(name) || name.endsWith(".localhost");
}
