// Callers that say who they are in a header, for want of anybody who checks it: the access hook point, faked.
// What a caller may see can be revoked.
import type { Caller, Denial, StreamAccess } from "../../../src/http/live/streamAccess.ts";

export class Callers implements StreamAccess {
  readonly #revoking = new Map<string, AbortController>();
  readonly #denials = new Map<string, Denial>();

  /** From now on the caller is denied; nothing that is open is ended. */
  deny(name: string, denial: Denial): void {
    this.#denials.set(name, denial);
  }

  /** Ends what the caller has open. */
  revoke(name: string, denial: Denial): void {
    this.#revoking.get(name)?.abort(denial);
    this.#revoking.delete(name);
  }

  async admit(...[{ headers, socket }, parameters]: Parameters<StreamAccess["admit"]>) {
    const name = String(headers["x-caller"] ?? parameters?.caller ?? socket.remoteAddress);
    const denial = this.#denials.get(name);
    if (denial) return { denial };
    const revoking = this.#revoking.get(name) ?? new AbortController();
    this.#revoking.set(name, revoking);
    const caller: Caller = { name, rights: String(headers["x-rights"] ?? ""), revoked: revoking.signal };
    return { caller };
  }
}

export function as(name: string, rights = ""): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { "x-caller": name, "x-rights": rights } };
}
