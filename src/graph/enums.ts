// The closed sets of words as GraphQL enums, each value with its meaning. Event types are no enum: they are an open set.
// The values are the domain's own lists; a value without a meaning does not compile.
import { registerEnumType } from "type-graphql";
import { COMPLETENESS, type Completeness, DISPATCH_OUTCOMES, type DispatchOutcome } from "../events/dispatch.ts";
import {
  EVENT_STATUSES,
  type EventStatus,
  IGNORED_REASONS,
  type IgnoredReason,
  SEVERITIES,
  type Severity,
} from "../events/event.ts";
import { HOOK_DEFINITION_SOURCES, type HookDefinitionSource } from "../events/hookDefinition.ts";
import { EVENT_SORTS, type EventSort } from "../events/page.ts";
import { FINDING_ORIGINS, type FindingOrigin } from "../hooks/finding.ts";

export const EventStatusEnum = register<EventStatus>(
  EVENT_STATUSES,
  "EventStatus",
  "Where an event stands in its incident. Windows are measured by the events' own times, 10 minutes unless configured otherwise.",
  {
    FIRING: "The first of its kind in its window, which has not ended yet. It heads an incident.",
    DUPLICATE: "Repeats the event named in `duplicateOf`: the same type on the same resource inside the same window.",
    RESOLVED: "Headed an incident whose window has ended, at `resolvedAt`. It does not say that the trouble is gone.",
  },
);

export const EventSeverityEnum = register<Severity>(
  SEVERITIES,
  "EventSeverity",
  "How bad an event is, as the mapping from Kubernetes Events to event types says. From LOW to CRITICAL.",
  {
    LOW: "Worth keeping, hardly worth looking at by itself.",
    MEDIUM: "Something waits or misbehaves and may recover by itself.",
    HIGH: "A workload fails or restarts.",
    CRITICAL: "A workload or a node is lost until somebody acts.",
  },
);

export const EventSortEnum = register<EventSort>(
  EVENT_SORTS,
  "EventSort",
  "Order of a list of events. Every order is total: equal keys are ordered by timestamp, then by id; a `_DESC` order is the exact reverse.",
  {
    TIMESTAMP: "Oldest first.",
    TIMESTAMP_DESC: "Newest first. The default.",
    EVENT_TYPE: "By event type in code unit order, A to Z.",
    EVENT_TYPE_DESC: "By event type in code unit order, Z to A.",
    RESOURCE_NAME: "By the name of the resource in code unit order, A to Z.",
    RESOURCE_NAME_DESC: "By the name of the resource in code unit order, Z to A.",
  },
);

export const DispatchOutcomeEnum = register<DispatchOutcome>(
  DISPATCH_OUTCOMES,
  "DispatchOutcome",
  "What the khook controller said it did for a hook, read from its audit Events on the Hook.",
  {
    FIRED: "The event fired and an agent is being called (audit reason EventFiring).",
    SUCCEEDED: "The call of the agent succeeded (audit reason AgentCallSuccess).",
    FAILED: "The call of the agent failed (audit reason AgentCallFailure); `error` says why.",
    DUPLICATE_IGNORED: "The event was a duplicate in the controller's own window (audit reason DuplicateEventIgnored).",
  },
);

export const CompletenessEnum = register<Completeness>(
  COMPLETENESS,
  "Completeness",
  "How far a count may be trusted to be complete.",
  {
    LOWER_BOUND: "At least so many: the controller's audit Events are rate limited and merged, so some never arrive.",
  },
);

export const IgnoredReasonEnum = register<IgnoredReason>(
  IGNORED_REASONS,
  "IgnoredReason",
  "Why the khook controller would not have acted on an event although a hook matches it.",
  {
    STALE: "By the time the controller reads, the event is more than 15 minutes old.",
    OTHER_SOURCE: "The controller watches Kubernetes Events, and the event came from another source.",
  },
);

export const FindingOriginEnum = register<FindingOrigin>(
  FINDING_ORIGINS,
  "FindingOrigin",
  "Who is at odds with a manifest.",
  {
    TEXT: "Whoever reads it: it is no YAML, or no object, or too large.",
    SCHEMA: "The API server, by the schema of the Hook resource and by its rules for names and labels.",
    CONTROLLER: "The khook controller, by the rules of its webhook.",
    LINT: "Nobody: it would be taken, but it is hardly meant.",
    API_SERVER: "The API server, as it said itself when it was asked in a dry run, of what nobody above had said.",
  },
);

export const HookSchemaSourceEnum = register<HookDefinitionSource>(
  HOOK_DEFINITION_SOURCES,
  "HookSchemaSource",
  "Where the schema of the Hook resource was read.",
  {
    CLUSTER: "Of the CRD that is installed in the cluster.",
    BUNDLED: "Of the copy that comes with the gateway, since the cluster's could not be read.",
  },
);

/** Registers the list as an enum whose values are the words themselves, inside and outside. */
function register<Value extends string>(
  values: readonly Value[],
  name: string,
  description: string,
  meanings: Readonly<Record<Value, string>>,
): Readonly<Record<string, Value>> {
  const words = Object.fromEntries(values.map((value) => [value, value]));
  const valuesConfig = Object.fromEntries(values.map((value) => [value, { description: meanings[value] }]));
  registerEnumType(words, { name, description, valuesConfig });
  return words;
}
