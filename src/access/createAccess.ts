// Access as it is configured: in which ways callers are known, and that Kubernetes decides what each may see.
// Without authentication nothing listens where others could reach it, unless that was said in so many words.
import type { Connection } from "../cluster/connection.ts";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import { type Access, guardedAccess, OPEN_ACCESS } from "./access.ts";
import type { AccessCounts } from "./accessCounts.ts";
import { accessReviews } from "./accessReview.ts";
import { authenticated } from "./authenticatedGroup.ts";
import { Authentication } from "./authentication.ts";
import type { Authenticator, AuthMode } from "./authenticator.ts";
import { Authorization } from "./authorization.ts";
import type { KnownNamespaces } from "./knownNamespaces.ts";
import { kubernetesAuthenticator } from "./kubernetes.ts";
import { type OidcOptions, oidcAuthenticator } from "./oidc.ts";
import { type ProxyOptions, proxyAuthenticator } from "./proxy.ts";
import { Remembered } from "./remembered.ts";

type Given = "now" | "elapsed" | "log";

export interface AccessOptions {
  readonly modes: readonly AuthMode[];
  readonly audiences: readonly string[];
  readonly oidc: Omit<OidcOptions, Given>;
  readonly proxy: Omit<ProxyOptions, Given>;
  readonly recheck: Millis;
  readonly connection: Connection;
  readonly namespaces: KnownNamespaces;
  readonly clock: () => Instant;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  readonly counts: AccessCounts;
  readonly log: OidcOptions["log"] & ProxyOptions["log"];
}

/** Rejects with an AccessError for a way that lacks what it needs. */
export async function createAccess(options: AccessOptions): Promise<Access> {
  const { modes, connection, elapsed, counts } = options;
  if (modes.includes("none")) return OPEN_ACCESS;
  const ways = await Promise.all(modes.map((mode) => authenticatorOf(mode, options)));
  const authentication = new Authentication(ways, counts);
  const authorization = new Authorization({ review: accessReviews(connection), elapsed, counts });
  return guardedAccess({ ...options, authentication, authorization });
}

async function authenticatorOf(mode: AuthMode, options: AccessOptions): Promise<Authenticator> {
  const { oidc, proxy, clock, elapsed, log } = options;
  const given = { now: clock, elapsed, log };
  switch (mode) {
    case "kubernetes":
      return new Remembered(kubernetesAuthenticator(options), options);
    case "oidc":
      return new Remembered(authenticated(await oidcAuthenticator({ ...oidc, ...given })), options);
    case "proxy":
      return authenticated(await proxyAuthenticator({ ...proxy, ...given }));
    case "none":
      throw new Error("nobody is asked who says nothing");
  }
}
