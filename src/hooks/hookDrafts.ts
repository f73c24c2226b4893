// The hooks of a manifest that the API server can be asked about, as they are to be sent, and why it cannot be asked about the others.
// Only what a path can have comes into one: namespaces, names and versions are checked here.
import type { HookDraft } from "../events/hookDryRun.ts";
import { entryOf, type Located, plain, textOf } from "./located.ts";
import type { Manifest, Subject } from "./manifest.ts";

export interface HookDrafts {
  readonly drafts: ReadonlyMap<Subject, HookDraft>;
  /** Continues a sentence: `it needs a namespace`. Hooks in whose text is an error are in neither: that is said of them. */
  readonly unasked: ReadonlyMap<Subject, string>;
}

/** In one hook: far more than khook takes, and few enough for an answer about each of them. */
const MAX_VALUES = 5_000;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const API_VERSION = /^kagent\.dev\/([a-z][a-z0-9]{0,62})$/;

export function hookDrafts({ subjects, remarks }: Manifest): HookDrafts {
  const faulty = new Set(remarks.map(({ document }) => document));
  const drafts = new Map<Subject, HookDraft>();
  const unasked = new Map<Subject, string>();
  for (const subject of subjects) {
    if (faulty.has(subject.document)) continue;
    const draft = draftOf(subject);
    if (typeof draft === "string") unasked.set(subject, draft);
    else drafts.set(subject, draft);
  }
  return { drafts, unasked };
}

function draftOf({ root, hook }: Subject): HookDraft | string {
  const [, version] = API_VERSION.exec(textOf(entryOf(root, "apiVersion")?.value) ?? "") ?? [];
  if (root.kind !== "object" || version === undefined || !textOf(entryOf(root, "kind")?.value)) {
    return "it needs an apiVersion of kagent.dev and a kind";
  }
  if (!hook) return "it needs a metadata.name";
  const { namespace, name } = hook;
  if (name === "." || name === "..") return "it needs another metadata.name";
  if (namespace === null) return "it needs a metadata.namespace";
  if (!NAMESPACE.test(namespace)) return "it needs another metadata.namespace";
  if (valuesIn(root) > MAX_VALUES) return `it has more than ${MAX_VALUES} values`;
  // Both would make of the write one on a condition, and what is exported from a cluster has them.
  const { resourceVersion, uid, ...metadata } = plain(entryOf(root, "metadata")?.value ?? root) as Record<
    string,
    unknown
  >; // it has a name, so it is an object
  return { namespace, name, version, object: { ...(plain(root) as object), metadata } }; // checked above
}

function valuesIn(located: Located): number {
  const inner = located.kind === "object" ? [...located.entries.values()].map(({ value }) => value) : [];
  return (located.kind === "list" ? located.items : inner).reduce((sum, each) => sum + valuesIn(each), 1);
}
