// Report -> observation, by the mapping file's entries for the webhook that it came to. Pure.
// Entries of that name are asked before those of every webhook, each in the order of the file; the first that holds counts.
import { createHash } from "node:crypto";
import type { SourceMapping } from "../../cluster/mappingTable.ts";
import type { Observation } from "../../events/event.ts";
import type { Instant } from "../../events/time.ts";
import type { Report } from "./report.ts";

/** The eventSource of entries for whatever name is posted to. */
export const EVERY_WEBHOOK = "webhook";

/** Why a report is no event. */
export const IGNORED = ["unmapped", "disabled"] as const;
export type Ignored = (typeof IGNORED)[number];

export interface MappedFor {
  /** Name of the webhook, which is the source that its events carry. */
  readonly name: string;
  readonly cluster: string;
  readonly mappings: readonly SourceMapping[];
  /** When it was received: the time of what has none of its own. */
  readonly now: Instant;
}

export function mapReport(report: Report, { name, cluster, mappings, now }: MappedFor): Observation | Ignored {
  const holding = mappings.filter((mapping) => holds(mapping, report));
  const mapping = [name, EVERY_WEBHOOK].flatMap((source) => holding.find((one) => one.source === source) ?? [])[0];
  if (!mapping) return "unmapped";
  if (mapping.eventType === null) return "disabled";
  const at = report.at ?? now;
  return {
    uid: uidOf([name, ...report.identity]),
    count: 1,
    cluster,
    source: name,
    eventType: mapping.eventType,
    severity: mapping.severity,
    namespace: report.namespace,
    resource: report.resource,
    reason: report.type,
    message: report.message,
    tags: { ...report.tags, ...mapping.tags },
    firstSeen: at,
    lastSeen: at,
    ignoredByController: "OTHER_SOURCE",
  };
}

function holds({ reportedType, kinds, messageContains }: SourceMapping, { type, resource, message }: Report): boolean {
  if (reportedType !== type || (kinds && !kinds.includes(resource.kind))) return false;
  if (!messageContains) return true;
  const text = message.toLowerCase();
  return messageContains.some((part) => text.includes(part));
}

/** The same for the same parts, whenever and wherever it is made. */
function uidOf(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
