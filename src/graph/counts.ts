// Counts of events by status, as types: in all, and by event type, namespace and hook.
// Events are counted, not occurrences; percentages are of the answer's own total.
import { Field, Float, Int, ObjectType } from "type-graphql";
import {
  type HookCounts,
  type NamespaceCounts,
  percentage,
  type StatusCounts,
  type TimeRange,
  type TypeCounts,
} from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import type { GraphContext } from "./context.ts";
import { type HookNode, HookNode as HookType, hookNode } from "./hook.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("TimeRange", { simpleResolvers: true, description: "A stretch of time: `start` included, `end` excluded." })
export abstract class TimeRangeType implements TimeRange {
  @Field(() => DateTime, { description: "Its beginning, included." })
  readonly start: Instant = 0;

  @Field(() => DateTime, { description: "Its end, excluded." })
  readonly end: Instant = 0;
}

@ObjectType("EventSummary", { simpleResolvers: true, description: "How many events there are, in all and by status." })
export class EventSummary {
  readonly #counts: StatusCounts;

  constructor(counts: StatusCounts) {
    this.#counts = counts;
  }

  @Field(() => Int, { description: "Events of any status." })
  get totalEvents(): number {
    return this.#counts.total;
  }

  @Field(() => Int, { description: "Events that are FIRING now." })
  get activeEvents(): number {
    return this.#counts.firing;
  }

  @Field(() => Int, { description: "Events that are DUPLICATE." })
  get duplicateEvents(): number {
    return this.#counts.duplicate;
  }

  @Field(() => Int, { description: "Events that are RESOLVED by now." })
  get resolvedEvents(): number {
    return this.#counts.resolved;
  }
}

@ObjectType()
abstract class CountsNode {
  readonly #counts: StatusCounts;
  readonly #whole: number;

  constructor(counts: StatusCounts, whole: number) {
    this.#counts = counts;
    this.#whole = whole;
  }

  @Field(() => Int, { description: "Events of any status." })
  get count(): number {
    return this.#counts.total;
  }

  @Field(() => Float, {
    description: "`count` as a share of the total of the same answer: 0 to 100, rounded to two digits; 0 of nothing.",
  })
  get percentage(): number {
    return percentage(this.#counts.total, this.#whole);
  }

  @Field(() => Int, { description: "Events that are FIRING now." })
  get firing(): number {
    return this.#counts.firing;
  }

  @Field(() => Int, { description: "Events that are DUPLICATE." })
  get duplicate(): number {
    return this.#counts.duplicate;
  }

  @Field(() => Int, { description: "Events that are RESOLVED by now." })
  get resolved(): number {
    return this.#counts.resolved;
  }
}

@ObjectType("EventTypeStats", { simpleResolvers: true, description: "How many events there are of one event type." })
export class EventTypeStats extends CountsNode {
  @Field(() => String, { description: "The event type: `pod-restart`." })
  readonly eventType: string;

  constructor(counts: TypeCounts, whole: number) {
    super(counts, whole);
    this.eventType = counts.eventType;
  }
}

@ObjectType("NamespaceStats", { simpleResolvers: true, description: "How many events there are in one namespace." })
export class NamespaceStats extends CountsNode {
  @Field(() => String, { description: "The namespace of the events." })
  readonly namespace: string;

  constructor(counts: NamespaceCounts, whole: number) {
    super(counts, whole);
    this.namespace = counts.namespace;
  }
}

@ObjectType("HookEventStats", {
  simpleResolvers: true,
  description: "How many events one hook matched. An event that several hooks matched is counted for each.",
})
export class HookEventStats extends CountsNode {
  @Field(() => HookType, { description: "The hook that matched them." })
  readonly hook: HookNode;

  constructor(counts: HookCounts, whole: number, context: GraphContext) {
    super(counts, whole);
    this.hook = hookNode(context, counts.hook);
  }
}

/** Counts by type as shares of their own sum: an event has one type. */
export function typeStats(counts: readonly TypeCounts[]): readonly EventTypeStats[] {
  const whole = counts.reduce((sum, { total }) => sum + total, 0);
  return counts.map((each) => new EventTypeStats(each, whole));
}
