// A way in which callers prove who they are, and what they bring to do it.
// Several are asked in order: the first to know the caller decides; one that is not sure never lets anybody in.
import type { Identity } from "./identity.ts";

export const AUTH_MODES = ["none", "kubernetes", "oidc", "proxy"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

/** What a request brings. */
export interface Credentials {
  /** The bearer token, without its scheme. */
  readonly token: string | undefined;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the other end of the connection: `10.0.0.7`, `::1`, `::ffff:10.0.0.7`. */
  readonly address: string | undefined;
  /** Whether the other end of a TLS connection has shown a certificate that one of our client authorities signed. */
  readonly hasClientCertificate: boolean;
}

export type Verdict =
  /** Proven. */
  | { readonly outcome: "known"; readonly identity: Identity }
  /** The request brings nothing that this way reads. */
  | { readonly outcome: "absent" }
  /** What it brings proves nothing; `reason` is for the caller to read and holds nothing of what was brought. */
  | { readonly outcome: "refused"; readonly reason: string }
  /** Who could tell cannot be asked now. */
  | { readonly outcome: "unavailable"; readonly reason: string };

export interface Authenticator {
  readonly mode: AuthMode;
  /** Never rejects. Not remembered here: whoever asks keeps the answer. */
  authenticate(credentials: Credentials): Promise<Verdict>;
}
