// Stores observations as events and changes their status: every row, its indexes by hook, and the sums, in step.
// Runs inside a transaction of the caller; what it keeps in memory is forgotten by `forget` when that is rolled back.
import type { Cursors } from "../events/cursor.ts";
import { EVENT_STATUSES, type EventId, type EventStatus } from "../events/event.ts";
import { type HookKey, hookPath } from "../events/hook.ts";
import { settle } from "../events/incident.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import type { EventBatch } from "./eventBatch.ts";
import { completed, hooksText, resolvedText } from "./eventText.ts";
import { Heads } from "./heads.ts";
import type { EventRow, WrittenChanges } from "./messages.ts";
import { RecentMap } from "./recentMap.ts";
import { DAY, PART, Rollups } from "./rollups.ts";
import { Rows } from "./rows.ts";
import type { StoreState } from "./storeState.ts";
import { type Said, type Subject, Subjects } from "./subjects.ts";
import { type KnownUid, UidIndex } from "./uidIndex.ts";

/** How many events one call resolves at most; the rest is for the next call. */
const RESOLVED_AT_ONCE = 1000;

/** Lists of hooks whose numbers are kept in memory. */
const KEPT_HOOK_LISTS = 1000;

const EVENT_COLUMNS = [
  "n",
  "seq",
  "count",
  "id",
  "timestamp",
  "tie",
  "day",
  "part",
  "cluster",
  "namespace",
  "event_type",
  "kind",
  "resource_name",
  "reason",
  "source",
  "severity",
  "status",
  "ends_at",
  "ignored",
  "json",
];

const FIRING = statusNumber("FIRING");
const RESOLVED = statusNumber("RESOLVED");

export function statusNumber(status: EventStatus): number {
  return EVENT_STATUSES.indexOf(status);
}

export class EventWriter {
  readonly #connection: Connection;
  readonly #state: StoreState;
  readonly #cursors: Cursors;
  readonly #window: number;
  readonly #heads: Heads;
  readonly #subjects: Subjects;
  readonly #events: Rows;
  readonly #eventHooks: Rows;
  readonly #hooks = new Map<string, number>();
  readonly #hookLists = new RecentMap<readonly number[]>(KEPT_HOOK_LISTS);
  readonly rollups: Rollups;
  readonly uids: UidIndex;

  constructor(connection: Connection, state: StoreState, window: number) {
    this.#connection = connection;
    this.#state = state;
    this.#cursors = state.cursors();
    this.#window = window;
    this.#events = new Rows(connection, { table: "events", columns: EVENT_COLUMNS });
    this.#eventHooks = new Rows(connection, {
      table: "event_hooks",
      columns: ["part", "hook", "timestamp", "tie", "n"],
    });
    this.#heads = new Heads(connection, window, () => this.#events.flush());
    this.#subjects = new Subjects(connection);
    this.rollups = new Rollups(connection);
    this.uids = new UidIndex(connection);
  }

  /** Stores what is new of the observations; returns how many came from before what retention has pruned. */
  append(batch: EventBatch, now: Instant, changes: WrittenChanges): number {
    let tooOld = 0;
    for (const [at, id] of batch.ids.entries()) {
      const known = this.uids.of(batch.uids[at] ?? "", batch.uidHashes[at] ?? 0);
      if ((batch.counts[at] ?? 0) <= known.highest) continue;
      if (this.#state.isPruned(batch.timestamps[at] ?? 0, id)) tooOld++;
      else this.#store(batch, at, id, known, now, changes);
    }
    this.#events.flush();
    this.#eventHooks.flush();
    return tooOld;
  }

  /** Called before the transaction commits: writes what was gathered for the whole of it. */
  settle(): void {
    this.rollups.write();
    this.uids.settle();
  }

  /** Resolves what is due, the earliest first; returns whether more is due. */
  resolve(now: Instant, changes: WrittenChanges): boolean {
    const due = this.#connection.all<
      [n: number, endsAt: number, timestamp: number, namespace: number, eventType: number, ...EventRow]
    >(
      `SELECT n, ends_at, timestamp, namespace, event_type, seq, json, ignored FROM events
       WHERE status = 0 AND ends_at <= ? ORDER BY ends_at, n LIMIT ${RESOLVED_AT_ONCE}`,
      now,
    );
    for (const [n, endsAt, timestamp, namespace, eventType, before, text, ignored] of due) {
      const seq = ++this.#state.head;
      const json = resolvedText(text, this.#cursors.encode(seq), endsAt);
      this.#connection.run("UPDATE events SET seq = ?, status = ?, json = ? WHERE n = ?", seq, RESOLVED, json, n);
      const counted = { timestamp, namespace, eventType, hooks: this.#hooksOf(hooksText(text)) };
      this.rollups.add(counted, FIRING, -1);
      this.rollups.add(counted, RESOLVED, 1);
      pushChange(changes, seq, json, ignored, before);
    }
    return due.length === RESOLVED_AT_ONCE;
  }

  /** The numbers of these hooks, each once; a hook that has none is given one now. */
  hookNumbers(keys: readonly HookKey[]): number[] {
    return [...new Set(keys.map((key) => this.hookNumber(key)))];
  }

  hookNumber(key: HookKey): number {
    const path = hookPath(key);
    const known = this.#hooks.get(path);
    if (known !== undefined) return known;
    const { namespace, name } = key;
    this.#connection.run("INSERT INTO hooks (namespace, name) VALUES (?, ?) ON CONFLICT DO NOTHING", namespace, name);
    const find = "SELECT id FROM hooks WHERE namespace = ? AND name = ?";
    const [id = 0] = this.#connection.get<[number]>(find, namespace, name) ?? [];
    this.#hooks.set(path, id);
    return id;
  }

  /** These resource names were removed. Heads of others stay known: what is pruned still was a head. */
  forgetNames(removed: ReadonlySet<number>): void {
    this.#subjects.forgetNames(removed);
  }

  /** When hooks were removed. */
  forgetHooks(): void {
    this.#hooks.clear();
    this.#hookLists.clear();
    this.#subjects.forget();
  }

  /** After a rollback. */
  forget(): void {
    this.#events.forget();
    this.#eventHooks.forget();
    this.forgetHooks();
    this.rollups.forget();
    this.uids.forget();
  }

  /** The same list for the same text, as long as both are remembered. */
  #hooksOf(list: string): readonly number[] {
    const known = this.#hookLists.get(list);
    if (known) return known;
    const keys = JSON.parse(list) as HookKey[]; // the store writes only EventJson
    const numbers = this.hookNumbers(keys);
    this.#hookLists.set(JSON.stringify(keys), numbers); // the same text, but one that does not hold on to the event's
    return numbers;
  }

  #said(subject: Subject, batch: EventBatch, at: number): Said {
    const [reason = "", source = "", hooks = ""] = [batch.reasons[at], batch.sources[at], batch.hooks[at]];
    const { latest } = subject;
    if (latest && latest.reason === reason && latest.source === source && latest.hooks === hooks) return latest;
    subject.latest = {
      reason,
      source,
      hooks,
      reasonNumber: this.#subjects.words.idOf(reason),
      sourceNumber: this.#subjects.words.idOf(source),
      hookNumbers: this.#hooksOf(hooks),
    };
    return subject.latest;
  }

  #store(batch: EventBatch, at: number, id: EventId, known: KnownUid, now: Instant, changes: WrittenChanges): void {
    const timestamp = batch.timestamps[at] ?? 0;
    const tie = batch.ties[at] ?? 0;
    const count = batch.counts[at] ?? 0;
    const ignored = batch.ignored[at] ?? null;
    const subject = this.#subjects.of(batch.keys[at] ?? "");
    const { reasonNumber, sourceNumber, hookNumbers } = this.#said(subject, batch, at);
    const floor = this.#state.prunedTo?.timestamp ?? Number.NEGATIVE_INFINITY;
    const { before, after } = this.#heads.around(subject, timestamp, floor);
    const { status, duplicateOf, resolvedAt, endsAt } = settle(timestamp, before, after, this.#window, now);
    const seq = ++this.#state.head;
    const json = completed(
      batch.drafts[at] ?? "",
      { occurrencesAt: batch.occurrencesAt[at] ?? 0, endingAt: batch.endingAt[at] ?? 0 },
      {
        cursor: this.#cursors.encode(seq),
        status,
        occurrences: count - known.highest,
        resolvedAt,
        duplicateOf,
      },
    );
    const part = Math.floor(timestamp / PART);
    const statusCode = statusNumber(status);
    this.#events.add(
      seq,
      seq,
      count,
      id,
      timestamp,
      tie,
      Math.floor(timestamp / DAY),
      part,
      subject.cluster,
      subject.namespace,
      subject.eventType,
      subject.kind,
      subject.resourceName,
      reasonNumber,
      sourceNumber,
      batch.severities[at] ?? 0,
      statusCode,
      endsAt,
      ignored,
      json,
    );
    this.uids.add(known, batch.uidHashes[at] ?? 0, seq, count);
    for (const hook of hookNumbers) this.#eventHooks.add(part, hook, timestamp, tie, seq);
    const { namespace, eventType } = subject;
    this.rollups.add({ timestamp, namespace, eventType, hooks: hookNumbers }, statusCode, 1);
    if (duplicateOf === null) this.#heads.opened(subject, { id, startedAt: timestamp });
    pushChange(changes, seq, json, ignored, 0);
  }
}

function pushChange(
  changes: WrittenChanges,
  seq: number,
  json: string,
  ignored: WrittenChanges["ignored"][number],
  before: number,
): void {
  changes.seqs.push(seq);
  changes.jsons.push(json);
  changes.ignored.push(ignored);
  changes.before.push(before);
}
