// The changes of hooks since the store was opened: few, so the latest of each is kept, a deleted hook's too.
// A change is committed before it is told.
import type { HookChange } from "../events/change.ts";
import { type Hook, hookPath } from "../events/hook.ts";
import type { WrittenHook } from "./messages.ts";
import type { HookChanges, ReadChanges } from "./store.ts";

export class HookFeed implements HookChanges {
  /** By path, in order of seq. */
  readonly #latest = new Map<string, HookChange>();
  readonly #listeners = new Set<() => void>();
  #head = 0;

  get head(): number {
    return this.#head;
  }

  since(seq: number): ReadChanges<HookChange> {
    return { changes: [...this.#latest.values()].filter((change) => change.seq > seq), head: this.#head };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Which hooks a commit changed is not known: better told for nothing than not at all. */
  mayHaveMissed(hooks: readonly Hook[]): void {
    this.committed(hooks.map((hook) => ({ kind: hook.deletedAt === null ? "modified" : "deleted", hook })));
  }

  committed(hooks: readonly WrittenHook[]): void {
    if (hooks.length === 0) return;
    for (const { kind, hook } of hooks) {
      const seq = ++this.#head;
      const path = hookPath(hook);
      const addedAt = kind === "added" ? seq : (this.#latest.get(path)?.addedAt ?? 0);
      this.#latest.delete(path); // so that it stands last
      this.#latest.set(path, { kind, seq, addedAt, hook });
    }
    for (const listener of this.#listeners) listener();
  }
}
