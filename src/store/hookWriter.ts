// Stores what is not an event: hooks as they are, dispatches, gaps, how far a source was in sync.
// Runs inside a transaction of the caller; each call says whether it changed anything.
import { DISPATCH_OUTCOMES, type Dispatch } from "../events/dispatch.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import type { EventWriter } from "./eventWriter.ts";
import type { WrittenHook } from "./messages.ts";
import type { RecordedGap } from "./store.ts";

/** Gaps kept; older ones go. */
const KEPT_GAPS = 1000;

export class HookWriter {
  readonly #connection: Connection;
  readonly #events: EventWriter;

  constructor(connection: Connection, events: EventWriter) {
    this.#connection = connection;
    this.#events = events;
  }

  /** Those that were not stored just so. */
  put(hooks: readonly Hook[]): readonly WrittenHook[] {
    const written: WrittenHook[] = [];
    for (const hook of hooks) {
      const { namespace, name, deletedAt } = hook;
      const json = JSON.stringify(hook);
      const [known = null, goneAt = null] =
        this.#connection.get<[string | null, number | null]>(
          "SELECT json, deleted_at FROM hooks WHERE namespace = ? AND name = ?",
          namespace,
          name,
        ) ?? [];
      if (known === json) continue;
      this.#connection.run(
        `INSERT INTO hooks (namespace, name, json, deleted_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (namespace, name) DO UPDATE SET json = excluded.json, deleted_at = excluded.deleted_at`,
        namespace,
        name,
        json,
        deletedAt,
      );
      written.push({ kind: known === null || goneAt !== null ? "added" : "modified", hook });
    }
    return written;
  }

  /** Those that were there. */
  markDeleted(keys: readonly HookKey[], at: Instant): readonly WrittenHook[] {
    const written: WrittenHook[] = [];
    for (const { namespace, name } of keys) {
      const where = "namespace = ? AND name = ? AND deleted_at IS NULL AND json IS NOT NULL";
      const [json] = this.#connection.get<[string]>(`SELECT json FROM hooks WHERE ${where}`, namespace, name) ?? [];
      if (json === undefined) continue;
      const hook: Hook = { ...(JSON.parse(json) as Hook), deletedAt: at }; // written by put
      this.#connection.run(
        `UPDATE hooks SET json = ?, deleted_at = ? WHERE ${where}`,
        JSON.stringify(hook),
        at,
        namespace,
        name,
      );
      written.push({ kind: "deleted", hook });
    }
    return written;
  }

  /** How many were new. */
  addDispatches(dispatches: readonly Dispatch[]): number {
    let stored = 0;
    for (const dispatch of dispatches) {
      stored += this.#connection.run(
        `INSERT INTO dispatches (id, uid, count, occurrences, hook, event_type, resource_name, timestamp, outcome, json)
         VALUES (?, ?, ?, max(0, ? - coalesce((SELECT max(count) FROM dispatches WHERE uid = ?), 0)), ?, ?, ?, ?, ?, ?)
         ON CONFLICT (uid, count) DO NOTHING`,
        dispatch.id,
        dispatch.uid,
        dispatch.count,
        dispatch.count,
        dispatch.uid,
        this.#events.hookNumber(dispatch.hook),
        dispatch.eventType,
        dispatch.resourceName,
        dispatch.timestamp,
        DISPATCH_OUTCOMES.indexOf(dispatch.outcome),
        JSON.stringify(dispatch),
      );
    }
    return stored;
  }

  markSynced(source: string, at: Instant): void {
    this.#connection.run(
      "INSERT INTO synced (source, at) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET at = excluded.at",
      source,
      at,
    );
  }

  addGap(gap: RecordedGap): void {
    this.#connection.run(
      `INSERT INTO gaps (seq, "from", "to", reason, source) VALUES (?, ?, ?, ?, ?)`,
      gap.seq,
      gap.from,
      gap.to,
      gap.reason,
      gap.source,
    );
    this.#connection.run(`DELETE FROM gaps WHERE n <= (SELECT max(n) FROM gaps) - ${KEPT_GAPS}`);
  }
}
