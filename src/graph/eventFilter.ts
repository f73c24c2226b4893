// The filter of events as an input, and its one way into the domain's filter.
// An absent or null part holds always; a time range ends as two instants, measured from the request's one now.
import { Field, InputType } from "type-graphql";
import type { EventStatus, Severity } from "../events/event.ts";
import type { EventFilter } from "../events/filter.ts";
import { formatInstant, type Instant } from "../events/time.ts";
import type { GraphContext } from "./context.ts";
import { EventSeverityEnum, EventStatusEnum } from "./enums.ts";
import type { Faults } from "./faults.ts";
import { DateTime, Duration } from "./scalars.ts";

@InputType("HookReference", { description: "Names a hook." })
export class HookReferenceInput {
  @Field(() => String, { description: "Namespace of the hook." })
  readonly namespace!: string; // without a value here: it would be the default

  @Field(() => String, { description: "Name of the hook." })
  readonly name!: string;
}

@InputType("EventFilter", {
  description:
    "Which events to look at: every part that is given must hold. A part left out, or null, holds always; an empty list never. " +
    "A list has at most 1000 entries, a text at most 1024 characters. Names that do not occur match nothing and are no error.",
})
export class EventFilterInput {
  @Field(() => [String], { nullable: true, description: "Namespaces of the event, any of these. Exact, case matters." })
  readonly namespaces?: readonly string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Event types, any of these: `pod-restart`. Exact. An open set; `eventTypes` lists what is known.",
  })
  readonly eventTypes?: readonly string[] | null;

  @Field(() => [EventStatusEnum], { nullable: true, description: "Statuses, any of these." })
  readonly statuses?: readonly EventStatus[] | null;

  @Field(() => [EventSeverityEnum], { nullable: true, description: "Severities, any of these." })
  readonly severities?: readonly Severity[] | null;

  @Field(() => [String], { nullable: true, description: "Sources, any of these: `kubernetes`. Exact." })
  readonly sources?: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Name of the resource: exact, or with `*` for any run of characters (`api-*`). Case matters.",
  })
  readonly resourceName?: string | null;

  @Field(() => String, { nullable: true, description: "Kind of the resource, exact: `Pod`, `Node`. Case matters." })
  readonly resourceKind?: string | null;

  @Field(() => String, { nullable: true, description: "Reason, exact: `BackOff`. Case matters." })
  readonly reason?: string | null;

  @Field(() => HookReferenceInput, {
    nullable: true,
    description: "Events that this hook matched when they were observed.",
  })
  readonly hook?: HookReferenceInput | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the message, the reason or the resource name. ASCII letters match in either case.",
  })
  readonly text?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Earliest timestamp, included. Not after `endTime`." })
  readonly startTime?: Instant | null;

  @Field(() => DateTime, { nullable: true, description: "Latest timestamp, excluded. Not before `startTime`." })
  readonly endTime?: Instant | null;

  @Field(() => Duration, {
    nullable: true,
    description:
      "The last so long, up to now: `24h`. Instead of `startTime` and `endTime`; with either it is BAD_USER_INPUT.",
  })
  readonly timeRange?: number | null;
}

/** The domain's filter, without its time range; its faults are added under `filter.`. */
export function untimedFilter(input: EventFilterInput | null | undefined, faults: Faults): EventFilter {
  if (!input) return {};
  faults.texts("filter.namespaces", input.namespaces);
  faults.texts("filter.eventTypes", input.eventTypes);
  faults.texts("filter.statuses", input.statuses);
  faults.texts("filter.severities", input.severities);
  faults.texts("filter.sources", input.sources);
  faults.text("filter.resourceName", input.resourceName);
  faults.text("filter.resourceKind", input.resourceKind);
  faults.text("filter.reason", input.reason);
  faults.text("filter.hook.namespace", input.hook?.namespace);
  faults.text("filter.hook.name", input.hook?.name);
  faults.text("filter.text", input.text);
  return {
    ...(input.namespaces ? { namespaces: input.namespaces } : {}),
    ...(input.eventTypes ? { eventTypes: input.eventTypes } : {}),
    ...(input.statuses ? { statuses: input.statuses } : {}),
    ...(input.severities ? { severities: input.severities } : {}),
    ...(input.sources ? { sources: input.sources } : {}),
    ...given("resourceName", input.resourceName),
    ...given("resourceKind", input.resourceKind),
    ...given("reason", input.reason),
    ...given("text", input.text),
    ...(input.hook ? { hook: { namespace: input.hook.namespace, name: input.hook.name } } : {}),
  };
}

/** The domain's filter. Reads the clock only for a `timeRange`. */
export function eventFilter(
  input: EventFilterInput | null | undefined,
  context: GraphContext,
  faults: Faults,
): EventFilter {
  const filter = untimedFilter(input, faults);
  if (!input) return filter;
  checkTimes(input, faults);
  if (input.timeRange != null) return { ...filter, startTime: context.now() - input.timeRange };
  return {
    ...filter,
    ...(input.startTime != null ? { startTime: input.startTime } : {}),
    ...(input.endTime != null ? { endTime: input.endTime } : {}),
  };
}

export function checkTimes(input: EventFilterInput, faults: Faults): void {
  const { startTime, endTime, timeRange } = input;
  if (timeRange != null && (startTime != null || endTime != null)) {
    faults.add("filter.timeRange", "cannot be combined with startTime or endTime: give one or the other");
  }
  if (startTime != null && endTime != null && startTime > endTime) {
    faults.add(
      "filter.startTime",
      `${formatInstant(startTime)} is after endTime ${formatInstant(endTime)}: give a start that is not after the end`,
    );
  }
}

function given<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  return value == null ? {} : ({ [key]: value } as { readonly [K in Key]: string }); // a computed key widens to string
}
