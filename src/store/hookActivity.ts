// What came of hooks in a time range: the events they matched, the dispatches told of, the newest event.
// Two kinds of statements for each hook, all on indexes of that hook; an unknown hook has had no activity.
import { DISPATCH_OUTCOMES, type DispatchOutcome } from "../events/dispatch.ts";
import type { HookKey } from "../events/hook.ts";
import type { TimeRange } from "../events/statistics.ts";
import type { Connection } from "./connection.ts";
import { slotBounds } from "./eventOrder.ts";
import { HOOK_NUMBER } from "./filterSql.ts";
import { PART } from "./rollups.ts";
import { countsOf, typesOf } from "./statistics.ts";
import type { HookActivity } from "./store.ts";
import { tally } from "./tallies.ts";

export function hookActivity(connection: Connection, keys: readonly HookKey[], range: TimeRange): HookActivity[] {
  return keys.map((hook) => {
    const cells = tally(connection, { hook, startTime: range.start, endTime: range.end }, {});
    return {
      summary: countsOf(cells),
      byType: typesOf(cells),
      dispatches: dispatchCounts(connection, hook, range),
      lastEventAt: lastEventAt(connection, hook, range),
    };
  });
}

function dispatchCounts(connection: Connection, hook: HookKey, range: TimeRange): Record<DispatchOutcome, number> {
  const counts = { FIRED: 0, SUCCEEDED: 0, FAILED: 0, DUPLICATE_IGNORED: 0 };
  const rows = connection.all<[outcome: number, dispatches: number]>(
    `SELECT outcome, sum(occurrences) FROM dispatches WHERE hook = (${HOOK_NUMBER}) AND timestamp >= ? AND timestamp < ?
     GROUP BY outcome`,
    hook.namespace,
    hook.name,
    range.start,
    range.end,
  );
  for (const [code, dispatches] of rows) {
    const outcome = DISPATCH_OUTCOMES[code];
    if (outcome) counts[outcome] = dispatches;
  }
  return counts;
}

function lastEventAt(connection: Connection, hook: HookKey, range: TimeRange): number | null {
  const parts = slotBounds({ startTime: range.start, endTime: range.end }, PART, "p.part");
  const [last = null] =
    connection.get<[number | null]>(
      `SELECT h.timestamp FROM parts p CROSS JOIN event_hooks h ON h.part = p.part AND h.hook = (${HOOK_NUMBER})
       WHERE ${parts.text} AND h.timestamp >= ? AND h.timestamp < ? ORDER BY p.part DESC, h.timestamp DESC LIMIT 1`,
      hook.namespace,
      hook.name,
      ...parts.values,
      range.start,
      range.end,
    ) ?? [];
  return last;
}
