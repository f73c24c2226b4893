// Access as it is configured: in which ways callers are known, and that Kubernetes decides what each may see.
// Without authentication nothing listens where others could reach it, unless that was said in so many words.
import type { Connection } from "../cluster/connection.ts";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import { type Access, guardedAccess, OPEN_ACCESS } from "./access.ts";
import type { AccessCounts } from "./accessCounts.ts";
import { accessReviews } from "./accessReview.ts";
import { Authentication } from "./authentication.ts";
import type { Authenticator, AuthMode } from "./authenticator.ts";
import { Authorization } from "./authorization.ts";
import type { KnownNamespaces } from "./knownNamespaces.ts";
import { kubernetesAuthenticator } from "./kubernetes.ts";
import { Remembered } from "./remembered.ts";

export interface AccessOptions {
  readonly modes: readonly AuthMode[];
  readonly audiences: readonly string[];
  readonly recheck: Millis;
  readonly connection: Connection;
  readonly namespaces: KnownNamespaces;
  readonly clock: () => Instant;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  readonly counts: AccessCounts;
}

export function createAccess(options: AccessOptions): Access {
  const { modes, connection, elapsed, counts } = options;
  if (modes.includes("none")) return OPEN_ACCESS;
  const authentication = new Authentication(
    modes.map((mode) => authenticatorOf(mode, options)),
    counts,
  );
  const authorization = new Authorization({ review: accessReviews(connection), elapsed, counts });
  return guardedAccess({ ...options, authentication, authorization });
}

function authenticatorOf(mode: AuthMode, options: AccessOptions): Authenticator {
  switch (mode) {
    case "kubernetes":
      return new Remembered(kubernetesAuthenticator(options), options);
    default:
      throw new Error(`no such way to be known: ${mode}`);
  }
}
