// The namespaces that something is stored of: those that are asked of one by one for a caller who may not see the whole cluster.
// Told of what comes in, so that a new one is known as soon as there is anything to see in it.
import type { MatchedObservation } from "../events/event.ts";
import type { HookKey } from "../events/hook.ts";
import { isNamespaceName } from "../events/sight.ts";

export class KnownNamespaces {
  readonly #names: Set<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].filter(isNamespaceName));
  }

  /** Grows, and never shrinks: equal sizes are equal sets. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  observed({ kept }: { readonly kept: readonly MatchedObservation[] }): void {
    for (const { namespace } of kept) this.#add(namespace);
  }

  hookSeen({ namespace }: HookKey): void {
    this.#add(namespace);
  }

  /** What cannot be a namespace is asked of nobody: it is seen by those alone who may see everything. */
  #add(name: string): void {
    if (isNamespaceName(name)) this.#names.add(name);
  }
}
