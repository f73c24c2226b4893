// The event mapping as data: which Kubernetes Events are events of which type, in khook's own order, first match wins.
// A mapping file (mappingFile.ts) extends or replaces it; nothing else in the gateway knows an event type.
import type { Severity } from "../events/event.ts";

export interface MappingRule {
  /** null: such Events are no events, and no later rule is asked. */
  readonly eventType: string | null;
  readonly severity: Severity;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** `regarding.kind`, exactly. */
  readonly kinds: readonly string[];
  /** The Event's type: these, exactly; `abnormal` is all but Normal, also none at all. */
  readonly types: readonly string[] | "any" | "abnormal";
  /** The reason is one of these; lower case, compared so. Absent: any reason. */
  readonly reasons?: readonly string[];
  /** The reason contains this; lower case, compared so. */
  readonly reasonContains?: string;
  /** The message contains one of these; lower case, compared so. */
  readonly messageContains?: readonly string[];
}

/** In the order in which they are asked. */
export type MappingTable = readonly MappingRule[];

/** What the mapping file says of something that another source than Kubernetes reports. */
export interface SourceMapping extends Pick<MappingRule, "eventType" | "severity" | "description" | "tags"> {
  /** Whose reports it is for, as the source names itself. */
  readonly source: string;
  /** The type as it is reported, exactly. */
  readonly reportedType: string;
  /** Kind of the object that it is about. Absent: any. */
  readonly kinds?: readonly string[];
  /** The message contains one of these; lower case, compared so. */
  readonly messageContains?: readonly string[];
}

/** What khook's own file of mappings says of each type, its `warning` and `error` read as MEDIUM and HIGH. */
const POD_RESTART = about("pod-restart", "MEDIUM", "A container of the pod was restarted, killed or could not start");
const OOM_KILL = about("oom-kill", "HIGH", "A container of the pod was killed for using too much memory");
const POD_PENDING = about("pod-pending", "MEDIUM", "The pod cannot be scheduled, or is stuck pending");
const PROBE_FAILED = about("probe-failed", "MEDIUM", "A liveness, readiness or startup probe of the pod failed");

export const KHOOK_TABLE: MappingTable = [
  { ...OOM_KILL, reasons: ["oomkilling", "oomkilled"] },
  { ...OOM_KILL, reasons: ["killing", "killed"], messageContains: ["oom", "out of memory"] },
  { ...POD_RESTART, reasons: ["killing", "killed"] },
  { ...POD_RESTART, reasons: ["backoff"] },
  { ...POD_RESTART, reasons: ["failed"], messageContains: ["container"] },
  { ...POD_PENDING, reasons: ["failedscheduling"] },
  { ...POD_PENDING, reasons: ["pending"] },
  { ...POD_PENDING, types: ["Warning"], messageContains: ["pending"] },
  { ...PROBE_FAILED, reasons: ["unhealthy"], messageContains: ["liveness", "readiness", "startup"] },
  { ...PROBE_FAILED, types: ["Warning"], reasonContains: "probe" },
];

/** The event types that a table can produce, in its order, each once. */
export function eventTypesOf(table: MappingTable): readonly string[] {
  return [...new Set(table.flatMap((rule) => rule.eventType ?? []))];
}

function about(eventType: string, severity: Severity, description: string): MappingRule {
  return { eventType, severity, description, tags: {}, kinds: ["Pod"], types: "abnormal" };
}
