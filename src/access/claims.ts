// From the claims of a token that is proven to the user and groups that Kubernetes is asked about.
// As kube-apiserver does with the flags of the same names; what it would not take is not taken here.
import { givenGroups, isReserved } from "./reservedName.ts";

export interface ClaimRules {
  readonly issuerUrl: string;
  readonly usernameClaim: string;
  /** undefined: `<issuer>#`, unless the claim is `email`; `-`: none. */
  readonly usernamePrefix?: string | undefined;
  readonly groupsClaim: string;
  readonly groupsPrefix?: string | undefined;
}

export type ClaimedUser =
  | { readonly username: string; readonly groups: readonly string[] }
  /** Names claims, never their values. */
  | { readonly fault: string };

export type Claims = Readonly<Record<string, unknown>>;

export function claimedUser(claims: Claims, rules: ClaimRules): ClaimedUser {
  const { usernameClaim, groupsClaim, groupsPrefix = "" } = rules;
  const name = claims[usernameClaim];
  if (typeof name !== "string" || name === "") return { fault: `the token's claim ${usernameClaim} names no user` };
  if (usernameClaim === "email" && Object.hasOwn(claims, "email_verified") && claims.email_verified !== true) {
    return { fault: "the token's email is not verified" };
  }
  const username = `${usernamePrefix(rules)}${name}`;
  if (isReserved(username)) return { fault: "the token's user is one of system:, which Kubernetes alone names" };
  const groups = namesOf(claims[groupsClaim]);
  if (!groups) return { fault: `the token's claim ${groupsClaim} is neither a text nor a list of texts` };
  return { username, groups: givenGroups(groups.map((group) => (group === "" ? "" : `${groupsPrefix}${group}`))) };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server */
function usernamePrefix({ usernamePrefix: given, usernameClaim, issuerUrl }: ClaimRules): string {
  if (given === undefined) return usernameClaim === "email" ? "" : `${issuerUrl}#`;
  return given === "-" ? "" : given;
}

/** undefined of what names nothing. */
function namesOf(claim: unknown): readonly string[] | undefined {
  if (claim === undefined || claim === null) return [];
  if (typeof claim === "string") return [claim];
  if (!Array.isArray(claim) || !claim.every((each) => typeof each === "string")) return undefined;
  return claim;
}
