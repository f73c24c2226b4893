// Stores observations as events and changes their status: every row, its indexes by hook, and the sums, in step.
// Runs inside a transaction of the caller; what it keeps in memory is forgotten by `forget` when that is rolled back.
import { encodeCursor } from "../events/cursor.ts";
import {
  deduplicationKey,
  EVENT_STATUSES,
  type EventId,
  type EventStatus,
  eventId,
  type HookEvent,
  type MatchedObservation,
  SEVERITIES,
} from "../events/event.ts";
import { type EventJson, toEventJson } from "../events/eventJson.ts";
import { type HookKey, hookPath } from "../events/hook.ts";
import { settle } from "../events/incident.ts";
import { formatInstant, type Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { Dictionary } from "./dictionary.ts";
import { Heads, type Subject } from "./heads.ts";
import type { EventRow, WrittenChanges } from "./messages.ts";
import { DAY, PART, Rollups } from "./rollups.ts";
import type { StoreState } from "./storeState.ts";
import { hashOf, tieOf } from "./textKey.ts";
import { UidIndex } from "./uidIndex.ts";

/** How many events one call resolves at most; the rest is for the next call. */
const RESOLVED_AT_ONCE = 1000;

const FIRING = statusNumber("FIRING");
const RESOLVED = statusNumber("RESOLVED");

export function statusNumber(status: EventStatus): number {
  return EVENT_STATUSES.indexOf(status);
}

export class EventWriter {
  readonly #connection: Connection;
  readonly #state: StoreState;
  readonly #window: number;
  readonly #heads: Heads;
  readonly #namespaces: Dictionary;
  readonly #eventTypes: Dictionary;
  readonly #resourceNames: Dictionary;
  readonly #words: Dictionary;
  readonly #hooks = new Map<string, number>();
  readonly rollups: Rollups;
  readonly uids: UidIndex;

  constructor(connection: Connection, state: StoreState, window: number) {
    this.#connection = connection;
    this.#state = state;
    this.#window = window;
    this.#heads = new Heads(connection, window);
    this.#namespaces = new Dictionary(connection, "namespaces");
    this.#eventTypes = new Dictionary(connection, "event_types");
    this.#resourceNames = new Dictionary(connection, "resource_names");
    this.#words = new Dictionary(connection, "words");
    this.rollups = new Rollups(connection);
    this.uids = new UidIndex(connection);
  }

  /** Stores what is new of the observations; returns how many came from before what retention has pruned. */
  append(observations: readonly MatchedObservation[], now: Instant, changes: WrittenChanges): number {
    let tooOld = 0;
    for (const observation of observations) {
      const { uid, count, lastSeen } = observation;
      const id = eventId(uid, count);
      const uidHash = hashOf(uid);
      const highest = this.uids.highestCount(uid, uidHash);
      if (count <= highest) continue;
      if (this.#state.isPruned(lastSeen, id)) tooOld++;
      else this.#store(observation, id, uidHash, count - highest, now, changes);
    }
    this.rollups.write();
    this.uids.settle();
    return tooOld;
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
      const stored = JSON.parse(text) as EventJson; // the store writes only EventJson
      const cursor = encodeCursor({ epoch: this.#state.epoch, seq });
      const json = JSON.stringify({ ...stored, cursor, status: "resolved", resolvedAt: formatInstant(endsAt) });
      this.#connection.run("UPDATE events SET seq = ?, status = ?, json = ? WHERE n = ?", seq, RESOLVED, json, n);
      const counted = { timestamp, namespace, eventType, hooks: this.hookNumbers(stored.hooks) };
      this.rollups.add(counted, FIRING, -1);
      this.rollups.add(counted, RESOLVED, 1);
      pushChange(changes, seq, json, ignored, before);
    }
    this.rollups.write();
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

  /** After a rollback, or when names or hooks were removed. Heads stay known: what is pruned still was a head. */
  forgetNames(): void {
    for (const names of [this.#namespaces, this.#eventTypes, this.#resourceNames, this.#words]) names.forget();
    this.#hooks.clear();
  }

  forget(): void {
    this.forgetNames();
    this.#heads.forget();
    this.rollups.forget();
    this.uids.forget();
  }

  #store(
    observation: MatchedObservation,
    id: EventId,
    uidHash: number,
    occurrences: number,
    now: Instant,
    changes: WrittenChanges,
  ): void {
    const timestamp = observation.lastSeen;
    const subject: Subject = {
      cluster: this.#words.idOf(observation.cluster),
      eventType: this.#eventTypes.idOf(observation.eventType),
      namespace: this.#namespaces.idOf(observation.namespace),
      kind: this.#words.idOf(observation.resource.kind),
      resourceName: this.#resourceNames.idOf(observation.resource.name),
      key: () => deduplicationKey(observation),
    };
    const floor = this.#state.prunedTo?.timestamp ?? Number.NEGATIVE_INFINITY;
    const { before, after } = this.#heads.around(subject, timestamp, floor);
    const { status, duplicateOf, resolvedAt, endsAt } = settle(timestamp, before, after, this.#window, now);
    const seq = ++this.#state.head;
    const cursor = encodeCursor({ epoch: this.#state.epoch, seq });
    const event: HookEvent = { ...observation, id, cursor, status, occurrences, timestamp, resolvedAt, duplicateOf };
    const json = JSON.stringify(toEventJson(event));
    const tie = tieOf(id);
    const part = Math.floor(timestamp / PART);
    const statusCode = statusNumber(status);
    this.#connection.run(
      `INSERT INTO events (n, seq, count, id, timestamp, tie, day, part, cluster, namespace, event_type, kind,
                           resource_name, reason, source, severity, status, ends_at, ignored, json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      seq,
      observation.count,
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
      this.#words.idOf(observation.reason),
      this.#words.idOf(observation.source),
      SEVERITIES.indexOf(observation.severity),
      statusCode,
      endsAt,
      observation.ignoredByController,
      json,
    );
    this.uids.add(observation.uid, uidHash, seq, observation.count);
    const hooks = this.hookNumbers(observation.hooks);
    for (const hook of hooks) {
      this.#connection.run(
        "INSERT INTO event_hooks (part, hook, timestamp, tie, n) VALUES (?, ?, ?, ?, ?)",
        part,
        hook,
        timestamp,
        tie,
        seq,
      );
    }
    this.rollups.add({ timestamp, namespace: subject.namespace, eventType: subject.eventType, hooks }, statusCode, 1);
    if (duplicateOf === null) this.#heads.opened(subject, { id, startedAt: timestamp });
    pushChange(changes, seq, json, observation.ignoredByController, 0);
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
