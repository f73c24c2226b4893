// Retention: the oldest events go first, by age and then by size, a bounded number at a time.
// Sums, names, hooks and dispatches that only pruned events needed go with them; heads stay known while their window is open.
import { deduplicationKey } from "../events/event.ts";
import type { EventJson } from "../events/eventJson.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { type EventWriter, statusNumber } from "./eventWriter.ts";
import { PART } from "./rollups.ts";
import type { Pruned } from "./store.ts";
import type { StoreState } from "./storeState.ts";
import { hashOf, uidOf } from "./textKey.ts";

/** Rows of one step: some 8 ms of writing at 1,000,000 events. */
const PRUNED_AT_ONCE = 100;

const DUPLICATE = statusNumber("DUPLICATE");

export interface RetentionLimits {
  /** Greatest age in ms, measured by event time. */
  readonly maxAge: number;
  /** Most bytes in use: pages of the file that are not free. */
  readonly maxBytes: number;
  readonly dedupWindow: number;
}

type PrunableRow = [
  n: number,
  seq: number,
  id: string,
  timestamp: number,
  tie: number,
  namespace: number,
  eventType: number,
  resourceName: number,
  status: number,
  json: string,
];

export class Retention {
  readonly #connection: Connection;
  readonly #state: StoreState;
  readonly #events: EventWriter;
  readonly #limits: RetentionLimits;

  constructor(connection: Connection, state: StoreState, events: EventWriter, limits: RetentionLimits) {
    this.#connection = connection;
    this.#state = state;
    this.#events = events;
    this.#limits = limits;
  }

  /** One step. Free pages are used again by what comes next, so the file does not grow past what was once in use. */
  prune(now: Instant): { readonly pruned: Pruned; readonly isChanged: boolean } {
    const cutoff = now - this.#limits.maxAge;
    const byAge = this.#pruneEvents(cutoff);
    const isOversize = byAge < PRUNED_AT_ONCE && bytesInUse(this.#connection) > this.#limits.maxBytes;
    const bySize = isOversize ? this.#pruneEvents(Number.MAX_SAFE_INTEGER) : 0;
    const others = this.#pruneOthers(Math.max(cutoff, this.#state.prunedTo?.timestamp ?? cutoff));
    const isChanged = byAge + bySize + others > 0;
    if (isChanged) {
      this.#state.prunedByAge += byAge;
      this.#state.prunedBySize += bySize;
      this.#state.lastPrunedAt = now;
    }
    const more = byAge === PRUNED_AT_ONCE || bySize > 0 || others >= PRUNED_AT_ONCE;
    return { pruned: { byAge, bySize, more }, isChanged };
  }

  #pruneEvents(before: Instant): number {
    const rows = this.#connection.all<PrunableRow>(
      `SELECT n, seq, id, timestamp, tie, namespace, event_type, resource_name, status, json FROM events
       WHERE timestamp < ? ORDER BY timestamp, tie, id LIMIT ${PRUNED_AT_ONCE}`,
      before,
    );
    const names = new Set<number>();
    for (const row of rows) {
      const [n, seq, id, timestamp, tie, namespace, eventType, resourceName, status, text] = row;
      const json = JSON.parse(text) as EventJson; // the store writes only EventJson
      const hooks = this.#events.hookNumbers(json.hooks);
      this.#connection.run("DELETE FROM events WHERE n = ?", n);
      const uid = uidOf(id);
      this.#events.uids.remove(uid, hashOf(uid), n);
      for (const hook of hooks) {
        this.#connection.run(
          "DELETE FROM event_hooks WHERE part = ? AND hook = ? AND timestamp = ? AND tie = ? AND n = ?",
          Math.floor(timestamp / PART),
          hook,
          timestamp,
          tie,
          n,
        );
      }
      this.#events.rollups.add({ timestamp, namespace, eventType, hooks }, status, -1);
      if (status !== DUPLICATE) this.#rememberHead(json, timestamp);
      names.add(resourceName);
      this.#state.floor = Math.max(this.#state.floor, seq);
      this.#state.prunedTo = { timestamp, tie, id };
    }
    const last = rows.at(-1);
    if (!last) return 0;
    this.#forgetHeads(last[3]);
    this.#events.rollups.write();
    // A name is looked for in the days that are left; where one still has it, it stays.
    this.#events.forgetNames(new Set([...names].filter((name) => this.#dropUnused(name))));
    return rows.length;
  }

  #dropUnused(name: number): boolean {
    const used = "e.day IN (SELECT day FROM days) AND e.resource_name = resource_names.id";
    const dropped = this.#connection.run(
      `DELETE FROM resource_names WHERE id = ? AND NOT EXISTS (SELECT 1 FROM events e WHERE ${used})`,
      name,
    );
    return dropped > 0;
  }

  #rememberHead(json: EventJson, startedAt: Instant): void {
    const key = deduplicationKey(json);
    this.#connection.run(
      "INSERT INTO pruned_heads (key, started_at, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      key,
      startedAt,
      json.id,
    );
  }

  /** Nothing at or before the pruned instant is stored any more, so a window that ended by then takes nothing in. */
  #forgetHeads(prunedTo: Instant): void {
    this.#connection.run("DELETE FROM pruned_heads WHERE started_at <= ?", prunedTo - this.#limits.dedupWindow);
  }

  /** Dispatches, gaps and deleted hooks from before `before` that nothing stored refers to. */
  #pruneOthers(before: Instant): number {
    const dispatches = this.#connection.run(
      `DELETE FROM dispatches WHERE n IN
         (SELECT n FROM dispatches WHERE timestamp < ? ORDER BY timestamp LIMIT ${PRUNED_AT_ONCE})`,
      before,
    );
    const gaps = this.#connection.run(`DELETE FROM gaps WHERE "to" < ?`, before);
    const hooks = this.#connection.run(
      `DELETE FROM hooks WHERE (deleted_at < ? OR json IS NULL)
         AND NOT EXISTS (SELECT 1 FROM event_hooks x WHERE x.hook = hooks.id)
         AND NOT EXISTS (SELECT 1 FROM dispatches x WHERE x.hook = hooks.id)`,
      before,
    );
    if (hooks > 0) this.#events.forgetHooks();
    return dispatches + gaps + hooks;
  }
}

/** Bytes of the file's pages that hold something. */
export function bytesInUse(connection: Connection): number {
  const [pages = 0] = connection.get<[number]>("PRAGMA page_count") ?? [];
  const [free = 0] = connection.get<[number]>("PRAGMA freelist_count") ?? [];
  const [size = 0] = connection.get<[number]>("PRAGMA page_size") ?? [];
  return (pages - free) * size;
}
