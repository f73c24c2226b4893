// The words of the domain: what was observed, and the event that is stored of it.
// Values only: nothing here reads a clock, a cluster or a store.
import type { HookKey } from "./hook.ts";
import type { Instant } from "./time.ts";

/** `<uid>.<count>` of the Kubernetes Event: one state of it that counts as an occurrence. */
export type EventId = string & { readonly brand: "EventId" };

export const EVENT_STATUSES = ["FIRING", "DUPLICATE", "RESOLVED"] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Why the khook controller would not have acted on an event although a hook matches it. */
export const IGNORED_REASONS = ["STALE", "OTHER_SOURCE"] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** The object that an event is about, as the Kubernetes Event's `regarding` names it. */
export interface ResourceReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** null for cluster-scoped objects such as a Node. */
  readonly namespace: string | null;
  /** null when the reporter did not say. */
  readonly uid: string | null;
}

/** One state of something a source reported, already mapped to an event type. */
export interface Observation {
  /** Identity of the reported thing; for Kubernetes `metadata.uid` of the Event. */
  readonly uid: string;
  /** How often it has happened so far, at least 1. Together with `uid` this is the identity. */
  readonly count: number;
  readonly cluster: string;
  readonly source: string;
  readonly eventType: string;
  readonly severity: Severity;
  /** Namespace of the Kubernetes Event, which is where hooks are looked for. */
  readonly namespace: string;
  readonly resource: ResourceReference;
  readonly reason: string;
  readonly message: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly firstSeen: Instant;
  /** When this state happened. It is the event's `timestamp`, and what windows are measured by. */
  readonly lastSeen: Instant;
  readonly ignoredByController: IgnoredReason | null;
}

/** An observation with the hooks that match it, ready to be stored. */
export interface MatchedObservation extends Observation {
  readonly hooks: readonly HookKey[];
}

/** The stored record of one observation. */
export interface HookEvent extends MatchedObservation {
  readonly id: EventId;
  /** Opaque place of the event's latest change in the sequence of changes (events/cursor.ts). */
  readonly cursor: string;
  readonly status: EventStatus;
  /** How many occurrences this event stands for: the count less the last count stored of the same uid. */
  readonly occurrences: number;
  readonly timestamp: Instant;
  readonly resolvedAt: Instant | null;
  /** The event that heads the incident this one repeats. */
  readonly duplicateOf: EventId | null;
}

export function eventId(uid: string, count: number): EventId {
  return `${uid}.${count}` as EventId; // the one place where an id is made
}

/** What must be equal for one event to repeat another: cluster, event type, namespace, kind, resource name. */
export function deduplicationKey(
  of: Pick<Observation, "cluster" | "eventType" | "namespace"> & {
    readonly resource: Pick<ResourceReference, "kind" | "name">;
  },
): string {
  return JSON.stringify([of.cluster, of.eventType, of.namespace, of.resource.kind, of.resource.name]);
}
