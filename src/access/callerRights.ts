// What one identity may see, found out by what it may do: first in the whole cluster, then in each namespace that is known.
// Kept until the first of the decisions behind it is too old, or a namespace is new.
import type { Scope, Sight } from "../events/sight.ts";
import type { Attempt, Authorization, Decision } from "./authorization.ts";
import type { Identity } from "./identity.ts";
import type { KnownNamespaces } from "./knownNamespaces.ts";

/** Who asks once lists, who stays watches. */
export type Looking = "list" | "watch";

const EVENTS = { group: "events.k8s.io", resource: "events" } as const;
const HOOKS = { group: "kagent.dev", resource: "hooks" } as const;

/** What somebody has to be allowed to see a part of what lies in a namespace, or in all of them. */
export function attemptTo(looking: Looking, what: keyof Sight, namespace?: string): Attempt {
  const where = namespace === undefined ? {} : { namespace };
  switch (what) {
    case "events":
      return { verb: looking, ...EVENTS, ...where };
    case "hooks":
      return { verb: looking, ...HOOKS, ...where };
    case "prompts":
      return { verb: "get", ...HOOKS, ...where };
  }
}

interface KeptSight {
  readonly sight: Sight;
  /** By `elapsed`. */
  readonly until: number;
  readonly known: number;
}

export interface CallerRightsOptions {
  readonly identity: Identity;
  readonly authorization: Authorization;
  readonly namespaces: KnownNamespaces;
  readonly elapsed: () => number;
}

export class CallerRights {
  readonly #options: CallerRightsOptions;
  readonly #kept = new Map<Looking, KeptSight>();

  constructor(options: CallerRightsOptions) {
    this.#options = options;
  }

  /** Rejects with Undecided. */
  async sight(looking: Looking): Promise<Sight> {
    const { elapsed, namespaces } = this.#options;
    const kept = this.#kept.get(looking);
    if (kept && elapsed() < kept.until && kept.known === namespaces.names.size) return kept.sight;
    const known = namespaces.names.size;
    const decisions: Decision[] = [];
    const decide = async (attempt: Attempt) => {
      const decision = await this.#options.authorization.decide(this.#options.identity, attempt);
      decisions.push(decision);
      return decision.allowed;
    };
    const sight = await this.#sight(looking, decide);
    const until = Math.min(...decisions.map((decision) => decision.until));
    this.#kept.set(looking, { sight, until, known });
    return sight;
  }

  /** The same, past what is remembered. */
  sightAnew(looking: Looking): Promise<Sight> {
    const { authorization, identity } = this.#options;
    return this.#sight(looking, async (attempt) => (await authorization.decideAnew(identity, attempt)).allowed);
  }

  /** Rejects with Undecided. */
  async maySee(looking: Looking, what: keyof Sight, namespace: string): Promise<boolean> {
    return this.#may(attemptTo(looking, what, namespace));
  }

  /** Rejects with Undecided. */
  mayGet(path: string): Promise<boolean> {
    return this.#may({ verb: "get", path });
  }

  async #may(attempt: Attempt): Promise<boolean> {
    const { authorization, identity } = this.#options;
    return (await authorization.decide(identity, attempt)).allowed;
  }

  async #sight(looking: Looking, decide: (attempt: Attempt) => Promise<boolean>): Promise<Sight> {
    const scope = async (what: keyof Sight, among: Scope = "all"): Promise<Scope> => {
      if (await decide(attemptTo(looking, what))) return "all";
      const asked = [...(among === "all" ? this.#options.namespaces.names : among)];
      const allowed = await Promise.all(asked.map((namespace) => decide(attemptTo(looking, what, namespace))));
      return new Set(asked.filter((_, index) => allowed[index]));
    };
    const [events, hooks] = await Promise.all([scope("events"), scope("hooks")]);
    return { events, hooks, prompts: await scope("prompts", hooks) }; // of hooks that are not seen there are none
  }
}
