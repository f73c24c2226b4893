// An event as the graph shows it, over its stored record: what is not asked for is not read from the record's text.
// Fields are plain reads; only dispatches, which the store has to be asked for, are resolved.
import { Ctx, Field, ID, Int, ObjectType } from "type-graphql";
import type { EventStatus, IgnoredReason, ResourceReference, Severity } from "../events/event.ts";
import type { EventRecord } from "../events/eventRecord.ts";
import type { GraphContext } from "./context.ts";
import { DispatchNode } from "./dispatch.ts";
import { EventSeverityEnum, EventStatusEnum, IgnoredReasonEnum } from "./enums.ts";
import { type HookNode, HookNode as HookType, hookNode } from "./hook.ts";
import { DateTime } from "./scalars.ts";
import { type Tag, Tag as TagType, tagsOf } from "./tag.ts";

@ObjectType("Resource", {
  simpleResolvers: true,
  description: "The Kubernetes object that an event is about, as the reporter named it. It may be long gone.",
})
export abstract class ResourceType implements ResourceReference {
  @Field(() => String, { description: "Group and version: `v1`, `apps/v1`." })
  readonly apiVersion: string = "";

  @Field(() => String, { description: "Kind, in upper camel case: `Pod`, `Node`." })
  readonly kind: string = "";

  @Field(() => String, { description: "Name, unique for the kind in its namespace at any one time." })
  readonly name: string = "";

  @Field(() => String, { nullable: true, description: "Namespace; null for a cluster-scoped object such as a Node." })
  readonly namespace: string | null = null;

  @Field(() => String, { nullable: true, description: "UID of the very object; null when the reporter did not say." })
  readonly uid: string | null = null;
}

@ObjectType("HookEvent", {
  simpleResolvers: true,
  description:
    "The stored record of one thing that happened to a resource and that maps to an event type. Repeats inside a window of " +
    "10 minutes (unless configured otherwise) are DUPLICATE and name the event that fired; together they are an incident. " +
    "Events are kept long after Kubernetes has forgotten them.",
})
export class HookEventNode {
  readonly record: EventRecord;
  readonly #context: GraphContext;
  #hooks: readonly HookNode[] | undefined;
  #tags: readonly Tag[] | undefined;

  /** Throws when the record's text is broken: here, inside of a resolver, and not later when a field is read. */
  constructor(record: EventRecord, context: GraphContext) {
    if (!context.takesRecords) void record.parsed;
    this.record = record;
    this.#context = context;
  }

  @Field(() => ID, {
    description: "Identity: `<uid>.<count>` of the Kubernetes Event. The same state seen again keeps its id.",
  })
  get id(): string {
    return this.record.parsed.id;
  }

  @Field(() => String, {
    description:
      "Opaque place of the event's latest change in the store's sequence of changes: what streams resume from. " +
      "It is not a page cursor; pages go on from `pageInfo.endCursor`.",
  })
  get cursor(): string {
    return this.record.parsed.cursor;
  }

  @Field(() => String, { description: "Name of the cluster it was observed in, as the gateway was configured." })
  get cluster(): string {
    return this.record.parsed.cluster;
  }

  @Field(() => String, { description: "What happened: `pod-restart`, `oom-kill`. An open set; `eventTypes` lists it." })
  get eventType(): string {
    return this.record.parsed.eventType;
  }

  @Field(() => EventStatusEnum, {
    description: "Where it stands in its incident. FIRING becomes RESOLVED; nothing else changes.",
  })
  get status(): EventStatus {
    return this.record.parsed.status.toUpperCase() as EventStatus; // spelled so by toEventJson
  }

  @Field(() => EventSeverityEnum, { description: "How bad it is, as the mapping says for its event type." })
  get severity(): Severity {
    return this.record.parsed.severity.toUpperCase() as Severity; // spelled so by toEventJson
  }

  @Field(() => String, {
    description: "Namespace of the Kubernetes Event, which is where hooks are looked for. For a Node it is `default`.",
  })
  get namespace(): string {
    return this.record.parsed.namespace;
  }

  @Field(() => ResourceType, { description: "What it happened to." })
  get resource(): ResourceReference {
    return this.record.parsed.resource;
  }

  @Field(() => String, { description: "The reporter's one-word reason: `BackOff`, `Unhealthy`. May be empty." })
  get reason(): string {
    return this.record.parsed.reason;
  }

  @Field(() => String, { description: "The reporter's own words. May be empty." })
  get message(): string {
    return this.record.parsed.message;
  }

  @Field(() => String, { description: "The source that observed it: `kubernetes` for the built-in one." })
  get source(): string {
    return this.record.parsed.source;
  }

  @Field(() => [TagType], { description: "Tags that the mapping or the source gave it, in order of key." })
  get tags(): readonly Tag[] {
    this.#tags ??= tagsOf(this.record.parsed.tags);
    return this.#tags;
  }

  @Field(() => Int, {
    description: "How often it had happened so far when it was observed, from 1, as the reporter counts.",
  })
  get count(): number {
    return this.record.parsed.count;
  }

  @Field(() => Int, {
    description: "How many occurrences this event stands for, from 1: the reporter may count several at once.",
  })
  get occurrences(): number {
    return this.record.parsed.occurrences;
  }

  @Field(() => DateTime, {
    description: "When it happened. Equal to `lastSeen`; lists, windows and statistics go by it.",
  })
  get timestamp(): string {
    return this.record.parsed.timestamp;
  }

  @Field(() => DateTime, { description: "When the reporter first saw it happen, before this count." })
  get firstSeen(): string {
    return this.record.parsed.firstSeen;
  }

  @Field(() => DateTime, { description: "When the reporter last saw it happen, at this count." })
  get lastSeen(): string {
    return this.record.parsed.lastSeen;
  }

  @Field(() => DateTime, { nullable: true, description: "When its window ended; null unless the status is RESOLVED." })
  get resolvedAt(): string | null {
    return this.record.parsed.resolvedAt;
  }

  @Field(() => ID, {
    nullable: true,
    description: "Id of the event that heads the incident it repeats; null unless the status is DUPLICATE.",
  })
  get duplicateOf(): string | null {
    return this.record.parsed.duplicateOf;
  }

  @Field(() => [HookType], {
    complexity: ({ childComplexity }) => 1 + 2 * childComplexity,
    description:
      "The hooks that matched it when it was observed: those of its namespace that name its event type, in order of name. " +
      "Empty when none did; such events are kept so that a new hook can be tried against history.",
  })
  get hooks(): readonly HookNode[] {
    this.#hooks ??= this.record.parsed.hooks.map((key) => hookNode(this.#context, key));
    return this.#hooks;
  }

  @Field(() => [DispatchNode], {
    complexity: ({ childComplexity }) => 5 + 3 * childComplexity,
    description:
      "What the controller said it did about it: dispatches of its hooks for the same event type and resource name that are " +
      "nearer in time to it than to any other such event. A lower bound, see `Dispatch`.",
  })
  async dispatches(@Ctx() context: GraphContext): Promise<readonly DispatchNode[]> {
    const dispatches = await context.loaders.dispatches(this.record.parsed.id);
    return dispatches.map((dispatch) => new DispatchNode(dispatch, context));
  }

  @Field(() => IgnoredReasonEnum, {
    nullable: true,
    description: "Why the controller would not have acted on it although a hook matches; null when it would have.",
  })
  get ignoredByController(): IgnoredReason | null {
    return this.record.ignoredByController;
  }
}
