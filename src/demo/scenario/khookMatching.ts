// Which of khook's event types a Kubernetes Event is, and whether khook still looks at it: its rules as a table.
// Promises khook's own order (first match wins) and its own oversights, staleness blindness among them.
import type { KubeObject } from "../kubeObject.ts";
import { MINUTE } from "./kubeTime.ts";

/** What khook reads of an Event (events.k8s.io/v1). */
export interface WatchedEvent {
  readonly namespace: string;
  readonly kind: string;
  readonly resourceName: string;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly creationTimestamp: string;
  readonly eventTime?: string | undefined;
  readonly lastObservedTime?: string | undefined;
}

/** Reason, type and note in lower case. */
interface Lowered {
  readonly reason: string;
  readonly type: string;
  readonly note: string;
}

interface Rule {
  readonly eventType: string;
  readonly matches: (event: Lowered) => boolean;
}

const OOM = ["oom", "out of memory"];
const PROBES = ["liveness", "readiness", "startup"];

const RULES: readonly Rule[] = [
  { eventType: "oom-kill", matches: ({ reason }) => reason === "oomkilling" || reason === "oomkilled" },
  { eventType: "oom-kill", matches: ({ reason, note }) => isKill(reason) && OOM.some((text) => note.includes(text)) },
  { eventType: "pod-restart", matches: ({ reason }) => isKill(reason) },
  { eventType: "pod-restart", matches: ({ reason }) => reason === "backoff" },
  { eventType: "pod-restart", matches: ({ reason, note }) => reason === "failed" && note.includes("container") },
  { eventType: "pod-pending", matches: ({ reason }) => reason === "failedscheduling" },
  { eventType: "pod-pending", matches: ({ reason }) => reason === "pending" },
  { eventType: "pod-pending", matches: ({ type, note }) => type === "warning" && note.includes("pending") },
  {
    eventType: "probe-failed",
    matches: ({ reason, note }) => reason === "unhealthy" && PROBES.some((text) => note.includes(text)),
  },
  { eventType: "probe-failed", matches: ({ reason, type }) => reason.includes("probe") && type === "warning" },
];

const STALE_AFTER = 15 * MINUTE;

/** The event type khook gives the Event, or undefined when khook drops it. Age plays no part here. */
export function khookEventType(event: WatchedEvent): string | undefined {
  const lowered = {
    reason: event.reason.toLowerCase(),
    type: event.type.toLowerCase(),
    note: event.note.toLowerCase(),
  };
  if (lowered.type === "normal" || event.kind !== "Pod") return undefined;
  return RULES.find(({ matches }) => matches(lowered))?.eventType;
}

function isKill(reason: string): boolean {
  return reason === "killing" || reason === "killed";
}

/** khook's age of an Event does not know deprecatedLastTimestamp: what the core recorder repeats ages from its creation. */
export function staleForKhook(event: WatchedEvent, now: number): boolean {
  const seen = event.lastObservedTime ?? event.eventTime ?? event.creationTimestamp;
  return Date.parse(seen) < now - STALE_AFTER;
}

/** Reads a stored Event, in whichever of the two views it is. */
export function watched(event: KubeObject): WatchedEvent {
  const about = record(event.regarding ?? event.involvedObject);
  return {
    namespace: event.metadata.namespace ?? "",
    kind: text(about.kind),
    resourceName: text(about.name),
    type: text(event.type),
    reason: text(event.reason),
    note: text(event.note ?? event.message),
    creationTimestamp: text(event.metadata.creationTimestamp),
    eventTime: text(event.eventTime) || undefined,
    lastObservedTime: text(record(event.series).lastObservedTime) || undefined,
  };
}

function record(value: unknown): Record<string, unknown> {
  // An object's fields are unknown values, which is all that is assumed of them here.
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
