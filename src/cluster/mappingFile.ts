// The mapping file: YAML with khook's fields, made into a table; every fault is named with its line.
// khook's own file of mappings is understood as it is.
import { isMap, isNode, type YAMLMap } from "yaml";
import type { Severity } from "../events/event.ts";
import { eventTypesOf, KHOOK_TABLE, type MappingRule, type MappingTable, type SourceMapping } from "./mappingTable.ts";
import { YamlFields } from "./yamlFields.ts";

/** Each line of the message is one fault. */
export class EventMappingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "EventMappingsError";
    this.faults = faults;
  }
}

const SEVERITY_WORDS: ReadonlyMap<string, Severity> = new Map([
  ["low", "LOW"],
  ["medium", "MEDIUM"],
  ["high", "HIGH"],
  ["critical", "CRITICAL"],
  ["info", "LOW"], // these three are khook's words
  ["warning", "MEDIUM"],
  ["error", "HIGH"],
]);
const TOP_FIELDS = ["mappings", "replace"];
const KHOOK_FIELDS = ["eventSource", "eventType", "internalType", "description", "severity", "enabled", "tags"];
const CONDITIONS = ["kind", "type", "message"];
const KNOWN_TYPES = eventTypesOf(KHOOK_TABLE);
const EVENT_TYPE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export interface EventMappings {
  /** khook's table, as the file changes it. */
  readonly kubernetes: MappingTable;
  /** What the file says of other sources, in its order. */
  readonly others: readonly SourceMapping[];
}

/**
 * What a mapping file says.
 *
 * `mappings` is a list of entries; `replace: true` beside it drops every event type that no entry names. Each entry has
 * khook's fields `eventSource`, `eventType`, `internalType`, `description`, `severity`, `enabled` and `tags`. Of those
 * whose eventSource is `kubernetes` there are two sorts:
 *
 * - `eventType` is an event type of the table (`pod-restart`): what the entry gives replaces what the table says of that
 *   type; `internalType` renames it, `enabled: false` removes it. This is what khook's own file does.
 * - any other `eventType` is the reason of Kubernetes Events (`NodeNotReady`, in any case): such Events become events of
 *   type `internalType`, which is required, or none at all with `enabled: false`. These come before khook's rules, in the
 *   order of the file. Three fields of our own narrow them, each one value or a list of which one must hold: `kind` of
 *   the object (default Pod), `type` (`Normal`, `Warning`; default any), `message` (a part of it, in any case).
 *
 * An entry of any other eventSource says which event type that source's `eventType` becomes, or none with
 * `enabled: false`; `kind` and `message` narrow it as well, and without `kind` any will do.
 *
 * Event types are spelled as hooks spell them: `NodeNotReady` as an internalType is read as `node-not-ready`.
 * `severity` is low, medium, high or critical, or khook's info, warning or error for the first three; default medium.
 *
 * Throws EventMappingsError with all faults of the file.
 */
export function readEventMappings(text: string, file: string): EventMappings {
  const fields = new YamlFields();
  const mappings = readMappings(fields, text);
  if (fields.faults.length === 0) return mappings;
  throw new EventMappingsError(fields.faults.map(({ line, message }) => `event mappings ${file}:${line}: ${message}`));
}

/** What an entry says of an event type. */
type Saying = Partial<Pick<MappingRule, "eventType" | "severity" | "description" | "tags">>;

function readMappings(fields: YamlFields, text: string): EventMappings {
  const top = fields.top(text);
  if (!top) return { kubernetes: [], others: [] };
  fields.refuseUnknown(top, TOP_FIELDS);
  const isReplacing = fields.boolean(top, "replace", false);
  const ofReasons: MappingRule[] = [];
  const ofTypes = new Map<string, Saying>();
  const others: SourceMapping[] = [];
  for (const entry of fields.list(top, "mappings")) {
    if (!isMap(entry)) {
      fields.fault(
        isNode(entry) ? entry : top,
        "mappings: each must be a mapping with an eventSource and an eventType",
      );
      continue;
    }
    fields.refuseUnknown(entry, [...KHOOK_FIELDS, ...CONDITIONS]);
    const source = fields.required(entry, "eventSource");
    const eventType = fields.required(entry, "eventType");
    const saying = readSaying(fields, entry);
    if (source === undefined || eventType === undefined) continue;
    if (source !== "kubernetes") {
      others.push(readSourceMapping(fields, entry, { source, reportedType: eventType }, saying));
      continue;
    }
    if (!KNOWN_TYPES.includes(eventType)) {
      ofReasons.push(readRule(fields, entry, eventType, saying));
      continue;
    }
    checkTypeEntry(fields, entry, eventType, ofTypes.has(eventType));
    ofTypes.set(eventType, saying);
  }
  const adjusted = KHOOK_TABLE.filter(({ eventType }) => !isReplacing || ofTypes.has(eventType ?? "")).map((rule) => ({
    ...rule,
    ...ofTypes.get(rule.eventType ?? ""),
  }));
  return { kubernetes: [...ofReasons, ...adjusted], others };
}

function readSaying(fields: YamlFields, entry: YAMLMap): Saying {
  const severity = readSeverity(fields, entry);
  const description = fields.text(entry, "description");
  const tags = fields.textMap(entry, "tags");
  const internalType = fields.text(entry, "internalType");
  const isEnabled = fields.boolean(entry, "enabled", true);
  const eventType = isEnabled && internalType !== undefined ? kebab(internalType) : null;
  if (eventType !== null && !EVENT_TYPE.test(eventType)) {
    const rule = "must be letters, digits and dashes, at most 63 of them";
    fields.faultAt(entry, "internalType", `internalType "${internalType}": ${rule}`);
  }
  return {
    ...(isEnabled && eventType === null ? {} : { eventType }),
    ...(severity === undefined ? {} : { severity }),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function readSeverity(fields: YamlFields, entry: YAMLMap): Severity | undefined {
  const word = fields.text(entry, "severity");
  if (word === undefined) return undefined;
  const severity = SEVERITY_WORDS.get(word.toLowerCase());
  if (!severity) {
    fields.faultAt(entry, "severity", `severity "${word}": must be one of low, medium, high, critical`);
  }
  return severity;
}

function readRule(fields: YamlFields, entry: YAMLMap, reason: string, saying: Saying): MappingRule {
  if (saying.eventType === undefined && !entry.has("internalType")) {
    fields.fault(entry, `internalType: is missing; "${reason}" is taken for the reason of Kubernetes Events`);
  }
  const messages = fields.texts(entry, "message");
  return {
    severity: "MEDIUM",
    description: "",
    tags: {},
    eventType: null,
    ...saying,
    kinds: fields.texts(entry, "kind") ?? ["Pod"],
    types: fields.texts(entry, "type") ?? "any",
    reasons: [reason.toLowerCase()],
    ...(messages ? { messageContains: messages.map((part) => part.toLowerCase()) } : {}),
  };
}

function readSourceMapping(
  fields: YamlFields,
  entry: YAMLMap,
  told: Pick<SourceMapping, "source" | "reportedType">,
  saying: Saying,
): SourceMapping {
  if (saying.eventType === undefined && !entry.has("internalType")) {
    fields.fault(entry, `internalType: is missing; it says what event type "${told.reportedType}" becomes`);
  }
  if (entry.has("type")) fields.faultAt(entry, "type", "type: only Kubernetes Events have one");
  const kinds = fields.texts(entry, "kind");
  const messages = fields.texts(entry, "message");
  return {
    severity: "MEDIUM",
    description: "",
    tags: {},
    eventType: null,
    ...saying,
    ...told,
    ...(kinds ? { kinds } : {}),
    ...(messages ? { messageContains: messages.map((part) => part.toLowerCase()) } : {}),
  };
}

function checkTypeEntry(fields: YamlFields, entry: YAMLMap, eventType: string, isKnown: boolean): void {
  if (isKnown) fields.faultAt(entry, "eventType", `eventType "${eventType}": is mapped twice`);
  for (const condition of CONDITIONS) {
    if (!entry.has(condition)) continue;
    const why = `only an entry for a reason can have it, and "${eventType}" is an event type`;
    fields.faultAt(entry, condition, `${condition}: ${why}`);
  }
}

/** `PodRestart` and `OOMKill` as hooks spell them: `pod-restart`, `oom-kill`. */
function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
