// The heads of incidents, found by what they are about: the one at or before an instant, and the one after it.
// Only heads whose window can touch the instant are looked for; also those that retention has pruned meanwhile.
import type { EventId } from "../events/event.ts";
import type { IncidentHead } from "../events/incident.ts";
import type { Instant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { DAY } from "./rollups.ts";
import type { Subject } from "./subjects.ts";

export interface HeadsAround {
  readonly before: IncidentHead | undefined;
  readonly after: IncidentHead | undefined;
}

const NONE: HeadsAround = { before: undefined, after: undefined };

/** Texts made once: a statement is found by its text. */
const FIND = { ASC: findSql("ASC"), DESC: findSql("DESC") };

type HeadRow = [id: EventId, startedAt: number];

export class Heads {
  readonly #connection: Connection;
  readonly #window: number;
  readonly #beforeLooking: () => void;

  /** `beforeLooking` sees to it that all events are in their table that are not the latest of their subject. */
  constructor(connection: Connection, window: number, beforeLooking: () => void) {
    this.#connection = connection;
    this.#window = window;
    this.#beforeLooking = beforeLooking;
  }

  /** `floor` is the instant up to which retention has pruned. */
  around(subject: Subject, at: Instant, floor: Instant): HeadsAround {
    const known = subject.latestHead;
    if (known && known.startedAt <= at) return { before: known, after: undefined };
    if (known) this.#beforeLooking();
    const stored = known || !subject.isNew ? this.#stored(subject, at) : NONE;
    if (at - this.#window >= floor) return stored;
    const pruned = this.#pruned(subject.key, at);
    return { before: later(stored.before, pruned.before), after: earlier(stored.after, pruned.after) };
  }

  /** An event of this subject was stored as a head. */
  opened(subject: Subject, head: IncidentHead): void {
    const known = subject.latestHead;
    if (!known || known.startedAt <= head.startedAt) subject.latestHead = head;
  }

  #stored(subject: Subject, at: Instant): HeadsAround {
    const first = at - this.#window + 1;
    const last = at + this.#window - 1;
    const latest = this.#find(subject, first, last, "DESC");
    // What happens now is mostly later than all that is stored, so this one look is mostly enough.
    if (!latest || latest.startedAt <= at) return { before: latest, after: undefined };
    return { before: this.#find(subject, first, at, "DESC"), after: this.#find(subject, at + 1, last, "ASC") };
  }

  #find(subject: Subject, from: Instant, to: Instant, order: "ASC" | "DESC"): IncidentHead | undefined {
    const { cluster, eventType, namespace, kind, resourceName } = subject;
    const row = this.#connection.get<HeadRow>(
      FIND[order],
      resourceName,
      Math.floor(from / DAY),
      Math.floor(to / DAY),
      from,
      to,
      namespace,
      eventType,
      kind,
      cluster,
    );
    return row && { id: row[0], startedAt: row[1] };
  }

  #pruned(key: string, at: Instant): HeadsAround {
    const heads = this.#connection
      .all<HeadRow>(
        "SELECT id, started_at FROM pruned_heads WHERE key = ? AND started_at > ? AND started_at < ? ORDER BY started_at",
        key,
        at - this.#window,
        at + this.#window,
      )
      .map(([id, startedAt]): IncidentHead => ({ id, startedAt }));
    return {
      before: heads.findLast(({ startedAt }) => startedAt <= at),
      after: heads.find(({ startedAt }) => startedAt > at),
    };
  }
}

function later(a: IncidentHead | undefined, b: IncidentHead | undefined): IncidentHead | undefined {
  return a && b ? (a.startedAt >= b.startedAt ? a : b) : (a ?? b);
}

function earlier(a: IncidentHead | undefined, b: IncidentHead | undefined): IncidentHead | undefined {
  return a && b ? (a.startedAt <= b.startedAt ? a : b) : (a ?? b);
}

function findSql(order: "ASC" | "DESC"): string {
  return `SELECT e.id, e.timestamp FROM days d CROSS JOIN events e ON e.day = d.day AND e.resource_name = ?
     WHERE d.day BETWEEN ? AND ? AND e.timestamp BETWEEN ? AND ? AND e.status <> 1
       AND +e.namespace = ? AND +e.event_type = ? AND e.kind = ? AND e.cluster = ?
     ORDER BY d.day ${order}, e.timestamp ${order} LIMIT 1`;
}
