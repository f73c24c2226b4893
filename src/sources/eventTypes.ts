// The event types a mapping can produce, described: what a person chooses from when writing a filter or a hook.
// One entry a type, in the order of the mapping, which is the order in which Kubernetes Events are tried.
import type { MappingTable } from "../cluster/mappingTable.ts";
import type { Severity } from "../events/event.ts";

export interface EventTypeDescription {
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly source: string;
  readonly reasons: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

export function describeEventTypes(table: MappingTable, source: string): readonly EventTypeDescription[] {
  const described = new Map<string, EventTypeDescription>();
  for (const { eventType, description, severity, tags, reasons = [] } of table) {
    if (eventType === null) continue;
    const known = described.get(eventType) ?? { name: eventType, description, severity, source, tags, enabled: true };
    const before = "reasons" in known ? known.reasons : [];
    described.set(eventType, { ...known, reasons: [...new Set([...before, ...reasons])] });
  }
  return [...described.values()];
}
