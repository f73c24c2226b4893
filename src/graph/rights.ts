// What the caller of a request may see, as resolvers ask for it. Whoever decides it stands outside, behind this.
// What is named and may not be seen is refused; everything else is answered as if only what may be seen existed.
import { type Sight, sees, WHOLE_SIGHT } from "../events/sight.ts";
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
}

/** Of one who may see everything. */
export const ALL_RIGHTS: Rights = {
  sight: WHOLE_SIGHT,
  maySee: async () => true,
  mayGet: async () => true,
};

/** What a namespace can be called (RFC 1123, a label); nothing lies in any other. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const ASKED_FOR = {
  events: "list on events (events.k8s.io)",
  hooks: "list on hooks (kagent.dev)",
  prompts: "get on hooks (kagent.dev)",
} as const satisfies Readonly<Record<keyof Sight, string>>;

/** Throws FORBIDDEN, whether or not there are such namespaces. */
export async function requireSight(
  rights: Rights,
  what: keyof Sight,
  namespaces: readonly string[] = [],
): Promise<void> {
  for (const namespace of new Set(namespaces)) {
    if (sees(rights.sight[what], namespace)) continue;
    // One after the other: who names a thousand that may not be seen is worth one question.
    if (NAMESPACE.test(namespace) && (await rights.maySee(what, namespace))) continue;
    const name = quoted(namespace);
    throw codedError("FORBIDDEN", `You may not see this in ${name}: it takes the right to ${ASKED_FOR[what]} there.`);
  }
}

/** Throws FORBIDDEN. */
export async function requirePath(rights: Rights, path: string): Promise<void> {
  if (await rights.mayGet(path)) return;
  throw codedError("FORBIDDEN", `You may not see this: it takes the right to get on the non-resource URL ${path}.`);
}
