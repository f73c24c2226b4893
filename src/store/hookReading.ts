// Hooks and gaps as they are read: hooks are few, so all of them are kept in memory between changes.
// In order of (namespace, name) by UTF-8 bytes.
import { type Hook, type HookKey, hookPath } from "../events/hook.ts";
import { type Connection, LIMIT } from "./connection.ts";
import type { HookPage, HookQuery, RecordedGap } from "./store.ts";
import { compareIds } from "./textKey.ts";

export class HookReading {
  readonly #connection: Connection;
  #known: ReadonlyMap<string, Hook> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Hooks have changed: they are read again when asked for. */
  changed(): void {
    this.#known = undefined;
  }

  page({ namespaces, matches, first, after, offset = 0 }: HookQuery): HookPage {
    const wanted = namespaces && new Set(namespaces);
    const matching = [...this.#all().values()].filter(
      (hook) =>
        hook.deletedAt === null &&
        (wanted === undefined || wanted.has(hook.namespace)) &&
        (matches === undefined || matches(hook.labels)),
    );
    const behind = after ? matching.filter((hook) => compareKeys(hook, after) > 0) : matching;
    return {
      hooks: behind.slice(offset, offset + first),
      total: matching.length,
      hasMore: behind.length > offset + first,
    };
  }

  byKey(keys: readonly HookKey[]): (Hook | undefined)[] {
    const known = this.#all();
    return keys.map((key) => known.get(hookPath(key)));
  }

  /** The newest gaps, newest first. */
  gaps(limit: number): RecordedGap[] {
    const rows = this.#connection.all<[seq: number, from: number, to: number, reason: string, source: string]>(
      `SELECT seq, "from", "to", reason, source FROM gaps ORDER BY n DESC ${LIMIT}`,
      limit,
    );
    return rows.map(([seq, from, to, reason, source]) => ({ seq, from, to, reason, source }));
  }

  /** Deleted ones too. */
  all(): readonly Hook[] {
    return [...this.#all().values()];
  }

  #all(): ReadonlyMap<string, Hook> {
    this.#known ??= new Map(
      this.#connection
        .all<[json: string]>("SELECT json FROM hooks WHERE json IS NOT NULL ORDER BY namespace, name")
        .map(([json]) => JSON.parse(json) as Hook) // written by HookWriter
        .map((hook) => [hookPath(hook), hook]),
    );
    return this.#known;
  }
}

function compareKeys(a: HookKey, b: HookKey): number {
  return compareIds(a.namespace, b.namespace) || compareIds(a.name, b.name);
}
