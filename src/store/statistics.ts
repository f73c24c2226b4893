// The answers of statistics, put together from cells of tallies.ts.
// Lists begin with what has the most events; what has none is not in them, except empty buckets of a trend.
import type { EventFilter } from "../events/filter.ts";
import type {
  HookCounts,
  NamespaceCounts,
  StatusCounts,
  TimeRange,
  TrendBucket,
  TypeCounts,
} from "../events/statistics.ts";
import type { Connection } from "./connection.ts";
import { type Cell, tally } from "./tallies.ts";
import { compareIds } from "./textKey.ts";

/** Most buckets of one trend. */
export const MAX_BUCKETS = 10_000;

export function byType(connection: Connection, filter: EventFilter): TypeCounts[] {
  return typesOf(tally(connection, filter, {}));
}

export function byNamespace(connection: Connection, filter: EventFilter): NamespaceCounts[] {
  const names = new Map(connection.all<[id: number, name: string]>("SELECT id, name FROM namespaces"));
  const cells = Map.groupBy(tally(connection, filter, { by: "namespace" }), ({ group }) => group);
  const counts = [...cells].map(([id, ofIt]) => ({ namespace: names.get(id) ?? "", ...countsOf(ofIt) }));
  return counts.filter(hasEvents).sort((a, b) => b.total - a.total || compareIds(a.namespace, b.namespace));
}

export function byHook(connection: Connection, filter: EventFilter): HookCounts[] {
  const rows = connection.all<[id: number, namespace: string, name: string]>("SELECT id, namespace, name FROM hooks");
  const hooks = new Map(rows.map(([id, namespace, name]) => [id, { namespace, name }]));
  const cells = Map.groupBy(tally(connection, filter, { by: "hook" }), ({ group }) => group);
  const counts = [...cells].flatMap(([id, ofIt]) => {
    const hook = hooks.get(id);
    return hook ? [{ hook, ...countsOf(ofIt) }] : [];
  });
  return counts
    .filter(hasEvents)
    .sort(
      (a, b) =>
        b.total - a.total || compareIds(a.hook.namespace, b.hook.namespace) || compareIds(a.hook.name, b.hook.name),
    );
}

/** Throws a RangeError for an interval below 1 ms or one that makes more than MAX_BUCKETS. */
export function trends(connection: Connection, filter: EventFilter, range: TimeRange, interval: number): TrendBucket[] {
  const { start, count } = bucketsOf(range, interval);
  if (count === 0) return [];
  const startTime = Math.max(range.start, filter.startTime ?? range.start);
  const endTime = Math.min(range.end, filter.endTime ?? range.end);
  const cells = tally(connection, { ...filter, startTime, endTime }, { buckets: { start, interval } });
  const ofBucket = Map.groupBy(cells, ({ bucket }) => bucket);
  return Array.from({ length: count }, (_, index) => {
    const ofIt = ofBucket.get(index) ?? [];
    const from = start + index * interval;
    return { start: from, end: from + interval, ...countsOf(ofIt), byType: typesOf(ofIt) };
  });
}

/** Buckets begin at multiples of the interval since the epoch; the first and the last may reach out of the range. */
export function bucketsOf(range: TimeRange, interval: number): { readonly start: number; readonly count: number } {
  if (!(interval >= 1)) throw new RangeError(`an interval of ${interval} ms makes no buckets`);
  const start = Math.floor(range.start / interval) * interval;
  const count = range.start < range.end ? Math.ceil((range.end - start) / interval) : 0;
  if (count > MAX_BUCKETS)
    throw new RangeError(`${count} buckets are more than the ${MAX_BUCKETS} that a trend may have`);
  return { start, count };
}

export function countsOf(cells: readonly Cell[]): StatusCounts {
  let firing = 0;
  let duplicate = 0;
  let resolved = 0;
  for (const cell of cells) {
    firing += cell.firing;
    duplicate += cell.duplicate;
    resolved += cell.resolved;
  }
  return { total: firing + duplicate + resolved, firing, duplicate, resolved };
}

export function typesOf(cells: readonly Cell[]): TypeCounts[] {
  const ofType = new Map<string, { -readonly [Key in keyof TypeCounts]: TypeCounts[Key] }>();
  for (const { eventType, firing, duplicate, resolved } of cells) {
    const total = firing + duplicate + resolved;
    const known = ofType.get(eventType);
    if (known) {
      known.total += total;
      known.firing += firing;
      known.duplicate += duplicate;
      known.resolved += resolved;
    } else ofType.set(eventType, { eventType, total, firing, duplicate, resolved });
  }
  return [...ofType.values()]
    .filter(hasEvents)
    .sort((a, b) => b.total - a.total || compareIds(a.eventType, b.eventType));
}

/** What was counted in a whole slot may all lie outside of the range, and be taken off again. */
function hasEvents({ total }: StatusCounts): boolean {
  return total > 0;
}
