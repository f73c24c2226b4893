// A gateway that asks Kubernetes who its callers are and what they may see, before a cluster whose rules a test can change.
// Rights are granted as Roles and ClusterRoles do, and taken away while somebody looks.
import type { Rule, User } from "../../src/demo/server/access.ts";
import { type GatewayOptions, Stage, type StageOptions, type TestGateway } from "./gateway.ts";

export const KUBERNETES = ["--auth-modes", "kubernetes"];

const LOOK = ["get", "list", "watch"];

/** As a Role or a ClusterRole says it. */
export interface Grant {
  /** "" and left out: the whole cluster. */
  readonly namespaces?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly string[];
  /** To whoever is in one of these, instead of to the user. */
  readonly groups?: readonly string[];
  /** Paths that are no resources, which are then all that is granted. */
  readonly paths?: readonly string[];
}

export class GuardedStage {
  readonly stage: Stage;
  #callers = 0;

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async set(options: StageOptions = {}): Promise<GuardedStage> {
    return new GuardedStage(await Stage.set({ pace: 1, ...options }));
  }

  gateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    return this.stage.gateway({ ...options, flags: [...KUBERNETES, ...(options.flags ?? [])] });
  }

  get access() {
    return this.stage.cluster.server.access;
  }

  /** Somebody new, with these rights; by the token. */
  caller(
    grants: readonly Grant[],
    about: Partial<User> & { readonly audiences?: readonly string[] } = {},
  ): GuardedCaller {
    const number = ++this.#callers;
    const { audiences, ...named } = about;
    const user: User = { username: `caller-${number}`, groups: ["system:authenticated"], ...named };
    const token = `token-of-${user.username}-${number}`;
    this.access.tokens.set(token, { user, ...(audiences ? { audiences } : {}) });
    const rules = grants.map((grant) => ruleOf(user, grant));
    this.access.rules.push(...rules);
    return new GuardedCaller(this, token, user, rules);
  }
}

export class GuardedCaller {
  readonly token: string;
  readonly user: User;
  readonly #stage: GuardedStage;
  readonly #rules: readonly Rule[];

  constructor(stage: GuardedStage, token: string, user: User, rules: readonly Rule[]) {
    this.#stage = stage;
    this.token = token;
    this.user = user;
    this.#rules = rules;
  }

  get headers(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.token}` };
  }

  /** As when a RoleBinding is removed: the grant at this place, or all of them. */
  loseRights(index?: number): void {
    const lost = index === undefined ? this.#rules : this.#rules.slice(index, index + 1);
    const { rules } = this.#stage.access;
    for (const rule of lost) rules.splice(rules.indexOf(rule), 1);
  }

  /** As when its ServiceAccount is deleted. */
  vanish(): void {
    this.#stage.access.tokens.delete(this.token);
  }
}

function ruleOf({ username }: User, grant: Grant): Rule {
  const { namespaces, verbs = LOOK, resources = ["events", "hooks"], groups, paths } = grant;
  const subject = groups ? { groups } : { users: [username] };
  if (paths) return { ...subject, verbs: ["get"], nonResourceURLs: paths };
  return {
    ...subject,
    verbs,
    apiGroups: ["events.k8s.io", "kagent.dev"],
    resources,
    ...(namespaces ? { namespaces } : {}),
  };
}
