// What the caller of a request may see, as resolvers ask for it. Whoever decides it stands outside, behind this.
// What is named and may not be seen is refused; everything else is answered as if only what may be seen existed.
import { type Actor, GATEWAY, TOKENLESS } from "../events/actor.ts";
import { isNamespaceName, type Sight, sees, WHOLE_SIGHT } from "../events/sight.ts";
import { codedError } from "./errors.ts";
import { quoted } from "./faults.ts";

export interface Rights {
  /** As far as it is known by now: namespaces that nothing is stored of are not in it. */
  readonly sight: Sight;
  /** Whether something may be seen in a namespace that the sight does not have. Rejects with a coded error when that cannot be asked. */
  maySee(what: keyof Sight, namespace: string): Promise<boolean>;
  /** Finds out of namespaces in which events lie that a stream has met; then the sight knows them. Only of streams. */
  meet?(namespaces: readonly string[]): Promise<void>;
  /** Whether the caller may get a path that is no resource: `/metrics`. Rejects like maySee. */
  mayGet(path: string): Promise<boolean>;
  /** In whose name the API server may be asked. What it answers is this caller's alone. Of streams, which ask nothing, nobody's. */
  actor(): Actor;
}

/** Of one who may see everything. */
export const ALL_RIGHTS: Rights = {
  sight: WHOLE_SIGHT,
  maySee: async () => true,
  mayGet: async () => true,
  actor: () => GATEWAY,
};

/** Of one who was not let in: nothing. */
export const NO_RIGHTS: Rights = {
  sight: { events: new Set(), hooks: new Set(), prompts: new Set() },
  maySee: async () => false,
  mayGet: async () => false,
  actor: () => TOKENLESS,
};

const ASKED_FOR = {
  events: "list on events (events.k8s.io)",
  hooks: "list on hooks (kagent.dev)",
  prompts: "get on hooks (kagent.dev)",
} as const satisfies Readonly<Record<keyof Sight, string>>;

/** So many namespaces are asked about at a time: one that is refused spares asking about the rest, of which there may be many. */
const ASKED_AT_ONCE = 5;

/** Throws FORBIDDEN, whether or not there are such namespaces. */
export async function requireSight(
  rights: Rights,
  what: keyof Sight,
  namespaces: readonly string[] = [],
): Promise<void> {
  const unseen = [...new Set(namespaces)].filter((namespace) => !sees(rights.sight[what], namespace));
  for (let from = 0; from < unseen.length; from += ASKED_AT_ONCE) {
    const asked = unseen.slice(from, from + ASKED_AT_ONCE);
    const may = async (namespace: string) => isNamespaceName(namespace) && rights.maySee(what, namespace);
    const allowed = await Promise.all(asked.map(may));
    const refused = asked.filter((_, index) => !allowed[index]);
    if (refused.length === 0) continue;
    const where = refused.map(quoted).join(", ");
    throw codedError("FORBIDDEN", `You may not see this in ${where}: it takes the right to ${ASKED_FOR[what]} there.`);
  }
}

/** Throws FORBIDDEN. */
export async function requirePath(rights: Pick<Rights, "mayGet">, path: string): Promise<void> {
  if (await rights.mayGet(path)) return;
  throw codedError("FORBIDDEN", `You may not see this: it takes the right to get on the non-resource URL ${path}.`);
}
