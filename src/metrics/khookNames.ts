// The two names of khook's README for which the gateway has the numbers; khook itself registers none of them.
// Opt-in: beside a khook that does register them they would be counted twice.
import type { MeasuredStore } from "./keeping.ts";
import type { Registry } from "./registry.ts";

export function khookMetrics(registry: Registry, store: MeasuredStore): void {
  const total = registry.counter("khook_events_total", "Total number of events processed.");
  store.subscribe((changes) => {
    const added = changes.filter(({ kind }) => kind === "added").length;
    if (added > 0) total.inc(added);
  });
  registry.part("khook_names", (part) => {
    const active = part.gauge("khook_active_events", "Number of currently active events.");
    return async () => {
      active.set(await store.count({ statuses: ["FIRING"] }));
    };
  });
}
