// Which dispatches belong to which events: by hook, event type and resource, and of those events to the nearest in time.
// Three statements for a page, whatever its size.
import type { Dispatch } from "../events/dispatch.ts";
import type { EventId } from "../events/event.ts";
import type { EventJson } from "../events/eventJson.ts";
import type { HookKey } from "../events/hook.ts";
import { type Instant, parseInstant } from "../events/time.ts";
import type { Connection } from "./connection.ts";
import { DAY } from "./rollups.ts";
import { compareIds, hashOf, uidOf } from "./textKey.ts";

/** A dispatch further than this from every event belongs to none: its own event may have been pruned. */
export const FARTHEST = DAY;

interface Candidate {
  readonly id: EventId;
  readonly timestamp: Instant;
}

type DispatchRow = [hook: string, eventType: string, resource: string, timestamp: number, json: string];

export function dispatchesOf(connection: Connection, ids: readonly EventId[]): Map<EventId, Dispatch[]> {
  const found = new Map<EventId, Dispatch[]>(ids.map((id) => [id, []]));
  const events = eventsOf(connection, ids);
  const told = dispatchesNear(connection, events);
  if (told.length === 0) return found;
  const candidates = eventsNear(connection, told);
  for (const [hook, eventType, resource, timestamp, json] of told) {
    const nearest = nearestTo(timestamp, candidates.get(placeOf(hook, eventType, resource)) ?? []);
    if (nearest) found.get(nearest)?.push(JSON.parse(json) as Dispatch); // written by HookWriter
  }
  return found;
}

/** The nearest within FARTHEST; of two as near the earlier, since a dispatch follows what it is about; then by id. */
export function nearestTo(at: Instant, candidates: readonly Candidate[]): EventId | undefined {
  let nearest: Candidate | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.timestamp - at) > FARTHEST) continue;
    const byDistance = nearest ? Math.abs(candidate.timestamp - at) - Math.abs(nearest.timestamp - at) : -1;
    const byTime = nearest ? candidate.timestamp - nearest.timestamp : -1;
    if ((byDistance || byTime || (nearest ? compareIds(candidate.id, nearest.id) : -1)) < 0) nearest = candidate;
  }
  return nearest?.id;
}

function eventsOf(connection: Connection, ids: readonly EventId[]): EventJson[] {
  const wanted = ids.map((id) => [hashOf(uidOf(id)), id]);
  const rows = connection.all<[string]>(
    `SELECT e.json FROM json_each(?) w
       CROSS JOIN uids u ON u.hash = CAST(w.value ->> 0 AS INTEGER)
       CROSS JOIN events e ON e.n = u.n
     WHERE e.id = w.value ->> 1`,
    JSON.stringify(wanted),
  );
  return rows.map(([json]) => JSON.parse(json) as EventJson); // the store writes only EventJson
}

/** Oldest first; of each hook, type and resource of the events, within FARTHEST of one of them. */
function dispatchesNear(connection: Connection, events: readonly EventJson[]): DispatchRow[] {
  const spans = new Map<string, { hook: HookKey; eventType: string; resource: string; from: number; to: number }>();
  for (const { hooks, eventType, resourceName, timestamp } of events) {
    const at = parseInstant(timestamp) ?? 0;
    for (const hook of hooks) {
      const place = placeOf(JSON.stringify([hook.namespace, hook.name]), eventType, resourceName);
      const span = spans.get(place) ?? { hook, eventType, resource: resourceName, from: at, to: at };
      spans.set(place, { ...span, from: Math.min(span.from, at), to: Math.max(span.to, at) });
    }
  }
  const wanted = [...spans.values()].map(({ hook, eventType, resource, from, to }) => [
    hook.namespace,
    hook.name,
    eventType,
    resource,
    from - FARTHEST,
    to + FARTHEST,
  ]);
  return connection.all<DispatchRow>(
    `SELECT json_array(h.namespace, h.name), d.event_type, d.resource_name, d.timestamp, d.json
     FROM json_each(?) w
       CROSS JOIN hooks h ON h.namespace = w.value ->> 0 AND h.name = w.value ->> 1
       CROSS JOIN dispatches d ON d.hook = h.id AND d.event_type = w.value ->> 2 AND d.resource_name = w.value ->> 3
         AND d.timestamp BETWEEN CAST(w.value ->> 4 AS INTEGER) AND CAST(w.value ->> 5 AS INTEGER)
     ORDER BY d.timestamp, d.id`,
    JSON.stringify(wanted),
  );
}

/** The events that compete for these dispatches, by hook, type and resource. */
function eventsNear(connection: Connection, told: readonly DispatchRow[]): Map<string, Candidate[]> {
  const spans = new Map<string, (string | number)[]>();
  for (const [hook, eventType, resource, timestamp] of told) {
    const place = placeOf(hook, eventType, resource);
    const [namespace = "", name = ""] = JSON.parse(hook) as string[]; // made by json_array of two texts
    const [, , , , from = timestamp] = spans.get(place) ?? [];
    spans.set(place, [namespace, name, eventType, resource, from, timestamp]); // oldest first, see dispatchesNear
  }
  const wanted = [...spans.values()].map(([namespace, name, eventType, resource, from, to]) => {
    const first = Number(from) - FARTHEST;
    const last = Number(to) + FARTHEST;
    return [namespace, name, eventType, resource, first, last, Math.floor(first / DAY), Math.floor(last / DAY)];
  });
  const rows = connection.all<[hook: string, eventType: string, resource: string, id: EventId, timestamp: number]>(
    `SELECT json_array(h.namespace, h.name), t.name, r.name, e.id, e.timestamp
     FROM json_each(?) w
       CROSS JOIN hooks h ON h.namespace = w.value ->> 0 AND h.name = w.value ->> 1
       CROSS JOIN event_types t ON t.name = w.value ->> 2
       CROSS JOIN resource_names r ON r.name = w.value ->> 3
       CROSS JOIN days d ON d.day BETWEEN CAST(w.value ->> 6 AS INTEGER) AND CAST(w.value ->> 7 AS INTEGER)
       CROSS JOIN events e ON e.day = d.day AND e.resource_name = r.id
         AND e.timestamp BETWEEN CAST(w.value ->> 4 AS INTEGER) AND CAST(w.value ->> 5 AS INTEGER)
     WHERE +e.event_type = t.id
       AND e.ignored IS NOT 'OTHER_SOURCE' -- the controller never hears of those
       AND EXISTS (SELECT 1 FROM event_hooks x
                   WHERE x.part = e.part AND x.hook = h.id AND x.timestamp = e.timestamp AND x.tie = e.tie AND x.n = e.n)`,
    JSON.stringify(wanted),
  );
  const candidates = new Map<string, Candidate[]>();
  for (const [hook, eventType, resource, id, timestamp] of rows) {
    const place = placeOf(hook, eventType, resource);
    const known = candidates.get(place);
    if (known) known.push({ id, timestamp });
    else candidates.set(place, [{ id, timestamp }]);
  }
  return candidates;
}

function placeOf(hook: string, eventType: string, resource: string): string {
  return JSON.stringify([hook, eventType, resource]);
}
