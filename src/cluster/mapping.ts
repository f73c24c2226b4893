// Kubernetes Event -> observation: a pure function over the mapping table.
// What no rule maps is undefined; nothing of the object itself is kept.
import type { Observation, ResourceReference } from "../events/event.ts";
import { asObject, asText, asWord, type JsonObject } from "./json.ts";
import { countOf, reporterOf, timesOf } from "./kubeEvent.ts";
import type { MappingRule, MappingTable } from "./mappingTable.ts";

export interface MappingContext {
  readonly cluster: string;
  /** Name of the source, as events carry it. */
  readonly source: string;
  readonly table: MappingTable;
}

/** khook drops an Event whose time, as khook reads it, lies further back than this. */
const STALE_AFTER = 15 * 60_000;
/** Longest message kept. A core Event's can be over a megabyte, and anybody in a namespace can write one. */
export const MAX_MESSAGE = 32_768;

export function mapEvent(event: JsonObject, { cluster, source, table }: MappingContext): Observation | undefined {
  const regarding = asObject(event.regarding) ?? {};
  const reason = asText(event.reason) ?? "";
  const message = asText(event.note) ?? "";
  const kind = asText(regarding.kind) ?? "";
  const rule = ruleFor(table, { kind, type: asText(event.type) ?? "", reason, message });
  if (!rule || rule.eventType === null) return undefined;

  const metadata = asObject(event.metadata) ?? {};
  const uid = asWord(metadata.uid);
  const namespace = asWord(metadata.namespace);
  const times = timesOf(event);
  if (uid === undefined || namespace === undefined || !times) return undefined;
  return {
    uid,
    count: countOf(event),
    cluster,
    source,
    eventType: rule.eventType,
    severity: rule.severity,
    namespace,
    resource: resourceOf(regarding, kind),
    reason,
    message: cut(message),
    tags: { ...ownTags(event, regarding), ...rule.tags },
    firstSeen: times.firstSeen,
    lastSeen: times.lastSeen,
    ignoredByController: times.lastSeen - times.controllerTime > STALE_AFTER ? "STALE" : null,
  };
}

interface Told {
  readonly kind: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** The first rule that holds in all it asks. */
export function ruleFor(table: MappingTable, told: Told): MappingRule | undefined {
  const reason = told.reason.toLowerCase();
  let message: string | undefined;
  return table.find((rule) => {
    if (!rule.kinds.includes(told.kind) || !holdsType(rule.types, told.type)) return false;
    if (rule.reasons && !rule.reasons.includes(reason)) return false;
    if (rule.reasonContains !== undefined && !reason.includes(rule.reasonContains)) return false;
    if (!rule.messageContains) return true;
    message ??= told.message.toLowerCase();
    const text = message;
    return rule.messageContains.some((part) => text.includes(part));
  });
}

function holdsType(types: MappingRule["types"], type: string): boolean {
  if (types === "any") return true;
  return types === "abnormal" ? type !== "Normal" : types.includes(type);
}

function resourceOf(regarding: JsonObject, kind: string): ResourceReference {
  return {
    apiVersion: asWord(regarding.apiVersion) ?? (kind === "Pod" || kind === "Node" ? "v1" : ""),
    kind,
    name: asText(regarding.name) ?? "",
    namespace: asWord(regarding.namespace) ?? null,
    uid: asWord(regarding.uid) ?? null,
  };
}

/** Few values each: who reported it, on which node, of which container. */
function ownTags(event: JsonObject, regarding: JsonObject): Record<string, string> {
  const reporter = reporterOf(event);
  const instance = reporter === "kubelet" ? asWord(event.reportingInstance) : undefined; // a kubelet's is its node
  const node = asWord(asObject(event.deprecatedSource)?.host) ?? instance;
  const container = containerOf(asText(regarding.fieldPath) ?? "");
  return {
    ...(reporter === undefined ? {} : { reportingController: reporter }),
    ...(node === undefined ? {} : { node }),
    ...(container === undefined ? {} : { container }),
  };
}

/** `web` of `spec.containers{web}`. */
function containerOf(fieldPath: string): string | undefined {
  const open = fieldPath.indexOf("{");
  const isWhole = fieldPath.startsWith("spec.") && open > 0 && fieldPath.endsWith("}");
  return isWhole ? asWord(fieldPath.slice(open + 1, -1)) : undefined;
}

function cut(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
