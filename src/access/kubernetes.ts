// The mode `kubernetes`: whose bearer token it is, asked of the API server by TokenReview.
// A token that is a JWT tells itself when it ends; that is believed once the API server has accepted it.
import { decodeJwt } from "jose";
import type { Connection } from "../cluster/connection.ts";
import { type ReviewedUser, reviewToken } from "../cluster/reviews.ts";
import type { Millis } from "../events/duration.ts";
import type { Authenticator, Verdict } from "./authenticator.ts";
import type { Identity } from "./identity.ts";

export interface KubernetesOptions {
  readonly connection: Connection;
  /** Whom a token has to be for, any of these; the API server itself when empty. */
  readonly audiences: readonly string[];
}

const TIMEOUT: Millis = 10_000;

export function kubernetesAuthenticator({ connection, audiences }: KubernetesOptions): Authenticator {
  return {
    mode: "kubernetes",
    async authenticate({ token }): Promise<Verdict> {
      if (token === undefined) return { outcome: "absent" };
      try {
        const review = await reviewToken(connection, token, audiences, AbortSignal.timeout(TIMEOUT));
        if (review.authenticated) return { outcome: "known", identity: identityOf(review.user, token) };
        return { outcome: "refused", reason: "Kubernetes does not accept the token." };
      } catch {
        return { outcome: "unavailable", reason: "Kubernetes cannot be asked now whose the token is." };
      }
    },
  };
}

function identityOf({ username, uid, groups, extra }: ReviewedUser, token: string): Identity {
  const expiresAt = expiryOf(token);
  return {
    username,
    groups,
    extra,
    ...(uid === null ? {} : { uid }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function expiryOf(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token);
    return typeof exp === "number" ? exp * 1_000 : undefined;
  } catch {
    return undefined; // tokens of other kinds do not tell
  }
}
