// The changes of hooks since the store was opened: few, so the latest of each is kept, a deleted hook's too.
// A change is committed before it is told.
import type { HookChange } from "../events/change.ts";
import { type Hook, hookPath } from "../events/hook.ts";
import type { WrittenHook } from "./messages.ts";
import type { HookChanges } from "./store.ts";

interface Latest extends HookChange {
  /** The seq with which the hook was last added; 0 when that was before the store was opened. */
  readonly addedAt: number;
}

export class HookFeed implements HookChanges {
  /** By path, in order of seq. */
  readonly #latest = new Map<string, Latest>();
  readonly #listeners = new Set<() => void>();
  #head = 0;

  get head(): number {
    return this.#head;
  }

  since(seq: number): readonly HookChange[] {
    const changes: HookChange[] = [];
    for (const latest of this.#latest.values()) {
      if (latest.seq <= seq) continue;
      const isNew = latest.kind === "modified" && latest.addedAt > seq;
      changes.push({ kind: isNew ? "added" : latest.kind, seq: latest.seq, hook: latest.hook });
    }
    return changes;
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
      this.#latest.set(path, { kind, seq, hook, addedAt });
    }
    for (const listener of this.#listeners) listener();
  }
}
