// Who may open a stream, and what for: asked when it is opened, and told when that has become less or has ended.
// How that is found out is not known here.
import type { IncomingMessage } from "node:http";
import { SIGHT_PARTS, sees } from "../../events/sight.ts";
import type { Feed } from "../../graph/live.ts";
import type { Rights } from "../../graph/rights.ts";
import type { Unproven } from "../proving.ts";

export interface Caller {
  /** Whose streams are counted together. */
  readonly name: string;
  /** Who it is, for the log; absent when nobody has to say. */
  readonly user?: string | undefined;
  /** Names what the caller may see: nothing is shared by callers of other rights. */
  readonly rights: string;
  /** What the caller may see of streams, as it is now; everything when left out. */
  readonly seeing?: Rights;
  /** What the caller may see of a query asked on a socket; everything when left out. Rejects with a coded error. */
  readonly asking?: () => Promise<Rights>;
  /** Aborted, with a Denial as its reason, when the caller may see nothing of it any more. */
  readonly revoked?: AbortSignal;
  /** Calls back when `seeing` has become less, until what it returns is called. */
  readonly onNarrowed?: (narrowed: () => void) => () => void;
  /** The stream is over. */
  readonly close?: () => void;
}

export interface Denial {
  readonly status: Unproven["status"];
  readonly detail: string;
  /** Seconds after which it is worth trying again; of some. */
  readonly retryAfter?: number;
}

export type Admission = { readonly caller: Caller } | { readonly denial: Denial };

export interface StreamAccess {
  /** `parameters` are those of a GraphQL connection. Never rejects. */
  admit(request: IncomingMessage, parameters?: Readonly<Record<string, unknown>>): Promise<Admission>;
  /** The query without what stands in it to be admitted; all of it when left out. */
  routeQuery?(query: string): string;
}

/** Seconds after which one who could not be admitted may try again. */
export const DENIED_RETRY_AFTER = 5;

/** Calls back when a namespace that the stream is about may not be seen any more, until what it returns is called. */
export function whenLost(
  { needs = {} }: Feed,
  { seeing, onNarrowed }: Caller,
  lost: (denial: Denial) => void,
): () => void {
  if (!seeing || !onNarrowed) return () => {};
  const look = () => {
    const gone = SIGHT_PARTS.flatMap((what) => (needs[what] ?? []).filter((name) => !sees(seeing.sight[what], name)));
    if (gone.length > 0) lost({ status: 403, detail: `You may not see this in ${JSON.stringify(gone[0])} any more.` });
  };
  queueMicrotask(look); // it may have become less since it was asked
  return onNarrowed(look);
}
