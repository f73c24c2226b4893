// Who may open a stream, and what for: asked once when it is opened, and told when that has ended.
// So far everybody may see everything, and is told from others by address.
import type { IncomingMessage } from "node:http";
import { callerAddress } from "../limits/callerAddress.ts";

export interface Caller {
  /** Whose streams are counted together. */
  readonly name: string;
  /** What the caller may see, as text: nothing is shared by callers of other rights. */
  readonly rights: string;
  /** Aborted, with a Denial as its reason, when the caller may not see that any more. */
  readonly revoked?: AbortSignal;
}

export interface Denial {
  readonly status: 401 | 403;
  readonly detail: string;
}

export type Admission = { readonly caller: Caller } | { readonly denial: Denial };

export interface StreamAccess {
  /** `parameters` are those of a GraphQL connection. */
  admit(request: IncomingMessage, parameters?: Readonly<Record<string, unknown>>): Promise<Admission>;
}

export const OPEN_ACCESS: StreamAccess = {
  admit: async (request) => ({ caller: { name: callerAddress(request), rights: "" } }),
};
