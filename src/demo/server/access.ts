// Who a caller is and what a caller may do: a table of tokens and a table of rules, both open to change while running.
// Promises that every change counts for the next request, and never for a watch that is already open.

export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface Token {
  readonly user: User;
  /** Whom the token is for; default: the API server itself. */
  readonly audiences?: readonly string[];
}

/** What somebody wants to do: with a resource, or with a path that is none. */
export type Attributes =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string | undefined;
      readonly namespace?: string | undefined;
      readonly name?: string | undefined;
    }
  | { readonly verb: string; readonly path: string };

/**
 * One line of the table. What is left out matches everything; `*` does too. A namespace of `""` matches only requests
 * across all namespaces. The last matching line decides; without one, nothing is allowed.
 */
export interface Rule {
  readonly effect?: "allow" | "deny";
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  /** `hooks`, `hooks/status`, ... */
  readonly resources?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly names?: readonly string[];
  /** Paths that are no resources, `/healthz*` with a star at the end. A rule with paths says nothing of resources. */
  readonly nonResourceURLs?: readonly string[];
  /** What an access review gives as the reason when this line allows. */
  readonly reason?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason?: string;
}

export const API_AUDIENCE = "https://kubernetes.default.svc.cluster.local";
export const ADMIN_TOKEN = "demo-admin-token";
export const ADMIN: User = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/**
 * Who calls without a token. kubectl never sends one over plain HTTP, so they are let in with all rights, as real
 * servers used to on their insecure port; a wrong token is refused all the same.
 */
export const UNSECURED: User = { username: "system:unsecured", groups: ["system:masters", "system:authenticated"] };

/** What every cluster grants out of the box: everything to masters, a look at the server to whoever is known. */
const BUILT_IN: readonly Rule[] = [
  {
    groups: ["system:authenticated"],
    verbs: ["get"],
    nonResourceURLs: [
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/healthz",
      "/livez",
      "/openapi",
      "/openapi/*",
      "/readyz",
      "/version",
      "/version/",
    ],
  },
  {
    groups: ["system:authenticated"],
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  {
    groups: ["system:authenticated"],
    verbs: ["create"],
    apiGroups: ["authentication.k8s.io"],
    resources: ["selfsubjectreviews"],
  },
];

export class Access {
  /** By the token's text. */
  readonly tokens = new Map<string, Token>([[ADMIN_TOKEN, { user: ADMIN }]]);
  /** Undefined: nobody is let in without a token (401). */
  withoutToken: User | undefined = UNSECURED;
  /** Added to what every cluster grants; later lines overrule earlier ones. */
  readonly rules: Rule[] = [];

  /** Whose token this is, for the server itself or for one of the audiences asked for. */
  authenticate(
    token: string,
    audiences: readonly string[] = [API_AUDIENCE],
  ): { readonly user: User; readonly audiences: readonly string[] } | { readonly error: string } {
    const known = this.tokens.get(token);
    if (known === undefined) return { error: "invalid bearer token" };
    const own = known.audiences ?? [API_AUDIENCE];
    const shared = audiences.filter((audience) => own.includes(audience));
    if (shared.length > 0) return { user: known.user, audiences: shared };
    // A token from a static file says nothing more; one that carries its audiences is told about them.
    if (!isServiceAccount(known.user)) return { error: "invalid bearer token" };
    return {
      error: `[invalid bearer token, token audiences ${goStrings(own)} is invalid for the target audiences ${goStrings(audiences)}]`,
    };
  }

  decide(user: User, attributes: Attributes): Decision {
    if (user.groups.includes("system:masters")) return { allowed: true };
    const rule = [...BUILT_IN, ...this.rules].findLast((candidate) => applies(candidate, user, attributes));
    if (rule === undefined || rule.effect === "deny") return { allowed: false };
    return rule.reason === undefined ? { allowed: true } : { allowed: true, reason: rule.reason };
  }
}

/** `cannot list resource "events" in API group "" in the namespace "shop"`, as the 403 says it. */
export function denial(user: User, attributes: Attributes): string {
  const who = `User ${JSON.stringify(user.username)} cannot ${attributes.verb}`;
  if ("path" in attributes) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { group, resource, subresource, namespace } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where =
    namespace === undefined || namespace === ""
      ? "at the cluster scope"
      : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}

function applies(rule: Rule, user: User, attributes: Attributes): boolean {
  const named = rule.users !== undefined || rule.groups !== undefined;
  const isSubject =
    !named ||
    matches(rule.users ?? [], user.username) ||
    user.groups.some((group) => matches(rule.groups ?? [], group));
  if (!isSubject || !covers(rule.verbs, attributes.verb)) return false;
  if ("path" in attributes) return (rule.nonResourceURLs ?? []).some((pattern) => isPath(pattern, attributes.path));
  if (rule.nonResourceURLs !== undefined) return false;
  const { group, resource, subresource, namespace = "", name = "" } = attributes;
  return (
    covers(rule.apiGroups, group) &&
    covers(rule.resources, subresource === undefined ? resource : `${resource}/${subresource}`) &&
    covers(rule.namespaces, namespace) &&
    covers(rule.names, name)
  );
}

function covers(allowed: readonly string[] | undefined, value: string): boolean {
  return allowed === undefined || matches(allowed, value);
}

function matches(allowed: readonly string[], value: string): boolean {
  return allowed.includes(value) || allowed.includes("*");
}

function isPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function isServiceAccount(user: User): boolean {
  return user.username.startsWith("system:serviceaccount:");
}

function goStrings(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
