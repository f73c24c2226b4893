// What is allowed and still hardly meant: judged by what is known of the surroundings, and silent about what is not.

import type { HookKey } from "../events/hook.ts";
import { didYouMean } from "../events/nearest.ts";
import type { FindingCode, Remarks } from "./finding.ts";
import { keyOf } from "./finding.ts";
import { below, entryOf, type Located, type LocatedObject, textOf } from "./located.ts";
import type { Subject } from "./manifest.ts";
import { shown } from "./schemaRules.ts";

/** A hook that is there already. */
export interface KnownHook extends HookKey {
  readonly eventTypes: readonly string[];
}

/** What is known of where the hooks are to go. What is undefined is not judged by. */
export interface Surroundings {
  readonly namespaces?: readonly string[] | undefined;
  /** What the sources can produce. */
  readonly eventTypes?: readonly string[] | undefined;
  /** Those that are there, at least of the namespaces of the manifest. */
  readonly hooks?: readonly KnownHook[] | undefined;
}

export class Lint {
  readonly #namespaces: ReadonlySet<string> | undefined;
  readonly #names: readonly string[];
  readonly #eventTypes: readonly string[] | undefined;
  /** By `namespace eventType`: names of the hooks that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #seen = new Set<string>();

  /** `subjects` are all that are judged together: they are there for each other. */
  constructor({ namespaces, eventTypes, hooks = [] }: Surroundings, subjects: readonly Subject[]) {
    this.#namespaces = namespaces && new Set(namespaces);
    this.#names = namespaces ?? [];
    this.#eventTypes = eventTypes;
    const given = subjects.flatMap(({ hook, root }) => {
      const key = keyOf(hook);
      return key
        ? [{ ...key, eventTypes: entriesOf(root).flatMap((entry) => textOf(entryOf(entry, "eventType")?.value) ?? []) }]
        : [];
    });
    // What is given stands for what is there under the same name.
    const replaced = new Set(given.map(({ namespace, name }) => `${namespace}/${name}`));
    for (const { namespace, name, eventTypes: types } of [
      ...hooks.filter((hook) => !replaced.has(`${hook.namespace}/${hook.name}`)),
      ...given,
    ]) {
      for (const type of types) {
        const key = `${namespace} ${type}`;
        this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(name));
      }
    }
  }

  judge({ prefix, hook }: Pick<Subject, "prefix" | "hook">, root: LocatedObject, remark: Remarks): void {
    const warn = (code: FindingCode, at: number, path: string, message: () => string) =>
      remark({ severity: "warning", code, origin: "LINT", path, at, message });
    const key = keyOf(hook);
    const metadata = entryOf(root, "metadata");
    if (key) {
      const path = `${key.namespace}/${key.name}`;
      const at = entryOf(metadata?.value, "name")?.value.at ?? root.at;
      if (this.#seen.has(path)) {
        const message = () => `${path} is in this text already: the last one would stay`;
        warn("REPEATED_HOOK", at, below(prefix, "metadata.name"), message);
      }
      this.#seen.add(path);
    }
    this.#judgeNamespace(entryOf(metadata?.value, "namespace")?.value, below(prefix, "metadata.namespace"), warn);

    for (const [index, entry] of entriesOf(root).entries()) {
      const path = below(prefix, `spec.eventConfigurations[${index}]`);
      const agentRef = entryOf(entry, "agentRef")?.value;
      this.#judgeNamespace(entryOf(agentRef, "namespace")?.value, below(path, "agentRef.namespace"), warn);
      const eventType = entryOf(entry, "eventType")?.value;
      const type = textOf(eventType);
      if (!eventType || type === undefined) continue;
      const known = this.#eventTypes;
      if (known && !known.includes(type)) {
        const message = () => {
          return `no source produces ${shown(type)}, so it would never fire: there are ${known.join(", ")}${didYouMean(type, known)}`;
        };
        warn("UNKNOWN_EVENT_TYPE", eventType.at, below(path, "eventType"), message);
      }
      const waiting = key ? this.#waiting.get(`${key.namespace} ${type}`) : undefined;
      const others = [...(waiting ?? [])].filter((name) => name !== key?.name);
      if (others.length > 0) {
        const message = () =>
          `${others.slice(0, 5).join(", ")} of ${key?.namespace} waits for ${type} as well: each calls its agent`;
        warn("SHARED_EVENT_TYPE", eventType.at, below(path, "eventType"), message);
      }
    }
  }

  #judgeNamespace(
    namespace: Located | undefined,
    path: string,
    warn: (code: FindingCode, at: number, path: string, message: () => string) => void,
  ): void {
    const name = textOf(namespace);
    if (!namespace || !name || !this.#namespaces || this.#namespaces.has(name)) return;
    const message = () => `the cluster has no namespace ${shown(name)}${didYouMean(name.slice(0, 64), this.#names)}`;
    warn("UNKNOWN_NAMESPACE", namespace.at, path, message);
  }
}

function entriesOf(root: Located): readonly Located[] {
  const list = entryOf(entryOf(root, "spec")?.value, "eventConfigurations")?.value;
  return list?.kind === "list" ? list.items : [];
}
