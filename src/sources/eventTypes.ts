// The event types a mapping can produce, described: what a person chooses from when writing a filter or a hook.
// One entry a type and source, in the order of the mapping, which is the order in which what is reported is tried.
import type { MappingTable, SourceMapping } from "../cluster/mappingTable.ts";
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
  return described(table.map((rule) => ({ ...rule, source })));
}

/** Of all sources that have entries of their own. */
export function describeSourceTypes(mappings: readonly SourceMapping[]): readonly EventTypeDescription[] {
  return described(mappings.map((mapping) => ({ ...mapping, reasons: [mapping.reportedType] })));
}

type Described = Pick<SourceMapping, "eventType" | "severity" | "description" | "tags" | "source"> & {
  readonly reasons?: readonly string[];
};

function described(rules: readonly Described[]): readonly EventTypeDescription[] {
  const types = new Map<string, EventTypeDescription>();
  for (const { eventType, description, severity, tags, source, reasons = [] } of rules) {
    if (eventType === null) continue;
    const key = `${source} ${eventType}`;
    const known = types.get(key) ?? {
      name: eventType,
      description,
      severity,
      source,
      tags,
      reasons: [],
      enabled: true,
    };
    types.set(key, { ...known, reasons: [...new Set([...known.reasons, ...reasons])] });
  }
  return [...types.values()];
}
