// In whose name the API server is asked: the gateway's own, or a caller's, by the token that proved who it is.
// The text of a token is in reach of whoever writes a request, and of nobody who writes a log.

/** Shown, logged or made JSON of, it says nothing. */
export class BearerToken {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** For the header of a request, and for nothing else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "<token>";
  }

  toJSON(): string {
    return "<token>";
  }
}

/** One in whose name a request can be sent. */
export type NamedActor =
  /** Nobody has to say who it is. */
  { readonly kind: "gateway" } | { readonly kind: "caller"; readonly token: BearerToken };

export type Actor =
  | NamedActor
  /** A caller who is known by something that the API server would not know it by. */
  | { readonly kind: "tokenless" };

export const GATEWAY: NamedActor = { kind: "gateway" };
export const TOKENLESS: Actor = { kind: "tokenless" };
