// An event type as the graph describes it: what the mapping says turns into events of this type.
// The types of a running gateway come from its sources and its mapping, not from here.
import { Field, ObjectType } from "type-graphql";
import type { Severity } from "../events/event.ts";
import { EventSeverityEnum } from "./enums.ts";
import { type Tag, Tag as TagType, tagsOf } from "./tag.ts";

export interface EventTypeInfo {
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly source: string;
  /** Reasons of what is observed that lead to this type, as they are written by whoever reports them. */
  readonly reasons: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

@ObjectType("EventType", {
  simpleResolvers: true,
  description:
    "A kind of event, such as `pod-restart` or `oom-kill`. Hooks name event types; the mapping decides which observations become which type.",
})
export class EventTypeNode {
  readonly #info: EventTypeInfo;

  constructor(info: EventTypeInfo) {
    this.#info = info;
  }

  @Field(() => String, {
    description:
      "The name that hooks, filters and events use: `pod-restart`. Each source that can produce it has an entry.",
  })
  get name(): string {
    return this.#info.name;
  }

  @Field(() => String, { description: "In one sentence, what happened when an event of this type is seen." })
  get description(): string {
    return this.#info.description;
  }

  @Field(() => EventSeverityEnum, { description: "The severity that events of this type get." })
  get severity(): Severity {
    return this.#info.severity;
  }

  @Field(() => String, {
    description:
      "The source that observes it: `kubernetes`, the name of a webhook, or `webhook` for whatever name it is sent to.",
  })
  get source(): string {
    return this.#info.source;
  }

  @Field(() => [String], {
    description:
      "What leads to this type as it is reported, in the order it is tried: reasons of Kubernetes Events (`BackOff`), types of " +
      "CloudEvents, names of alerts. Empty when none is named.",
  })
  get reasons(): readonly string[] {
    return this.#info.reasons;
  }

  @Field(() => [TagType], { description: "Tags that every event of this type carries, in order of key." })
  get tags(): readonly Tag[] {
    return tagsOf(this.#info.tags);
  }

  @Field(() => Boolean, {
    description: "Whether observations become events of this type; the mapping can switch a type off.",
  })
  get enabled(): boolean {
    return this.#info.enabled;
  }
}
