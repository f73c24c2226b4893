// The group of everybody who is known, to which Kubernetes adds whom it has authenticated itself: so that what is granted to
// it holds for those that we have. (kube-apiserver: authenticator/group, AuthenticatedGroupAdder)
import type { Authenticator } from "./authenticator.ts";

export const AUTHENTICATED = "system:authenticated";

export function authenticated(way: Authenticator): Authenticator {
  return {
    mode: way.mode,
    async authenticate(credentials) {
      const verdict = await way.authenticate(credentials);
      if (verdict.outcome !== "known") return verdict;
      const { identity } = verdict;
      return { outcome: "known", identity: { ...identity, groups: [...identity.groups, AUTHENTICATED] } };
    },
  };
}
