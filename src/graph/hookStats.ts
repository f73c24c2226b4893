// What one hook was about over a stretch of time: events it matched, dispatches told of, and the newest event.
// All of it comes with one read of the store, shared by all hooks of the answer.
import { Field, Float, Int, ObjectType } from "type-graphql";
import { COMPLETENESS, type Completeness } from "../events/dispatch.ts";
import { type DispatchCounts, percentage, type TimeRange } from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import type { HookActivity } from "../store/store.ts";
import {
  type EventSummary,
  EventSummary as EventSummaryType,
  type EventTypeStats,
  EventTypeStats as EventTypeStatsType,
  TimeRangeType,
  typeStats,
} from "./counts.ts";
import { CompletenessEnum } from "./enums.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("DispatchStats", {
  simpleResolvers: true,
  description:
    "How many dispatches the controller told of. Lower bounds: its audit Events are rate limited and merged, see `completeness`.",
})
export class DispatchStats {
  readonly #counts: DispatchCounts;

  constructor(counts: DispatchCounts) {
    this.#counts = counts;
  }

  @Field(() => Int, { description: "Events that fired, each with the call of an agent begun. At least so many." })
  get fired(): number {
    return this.#counts.FIRED;
  }

  @Field(() => Int, { description: "Calls of agents that succeeded. At least so many." })
  get succeeded(): number {
    return this.#counts.SUCCEEDED;
  }

  @Field(() => Int, { description: "Calls of agents that failed. At least so many." })
  get failed(): number {
    return this.#counts.FAILED;
  }

  @Field(() => Int, { description: "Duplicates that the controller ignored. At least so many." })
  get duplicatesIgnored(): number {
    return this.#counts.DUPLICATE_IGNORED;
  }

  @Field(() => Float, {
    nullable: true,
    description:
      "Calls that succeeded as a share of those told to have succeeded or failed: 0 to 100, rounded to two digits; null when there are none.",
  })
  get successRate(): number | null {
    const ended = this.#counts.SUCCEEDED + this.#counts.FAILED;
    return ended === 0 ? null : percentage(this.#counts.SUCCEEDED, ended);
  }

  @Field(() => CompletenessEnum, { description: "How complete these counts are." })
  get completeness(): Completeness {
    return COMPLETENESS[0];
  }
}

@ObjectType("HookStats", {
  simpleResolvers: true,
  description: "What a hook was about over a stretch of time.",
})
export class HookStatsNode {
  readonly #activity: HookActivity;

  @Field(() => TimeRangeType, { description: "The stretch of time counted, ending now." })
  readonly timeRange: TimeRange;

  @Field(() => EventSummaryType, { description: "Events it matched, in all and by status." })
  readonly summary: EventSummary;

  @Field(() => DispatchStats, { description: "Dispatches told of for it." })
  readonly dispatches: DispatchStats;

  constructor(range: TimeRange, activity: HookActivity) {
    this.#activity = activity;
    this.timeRange = range;
    this.summary = new EventSummaryType(activity.summary);
    this.dispatches = new DispatchStats(activity.dispatches);
  }

  @Field(() => [EventTypeStatsType], {
    complexity: ({ childComplexity }) => 1 + 3 * childComplexity,
    description: "The same events by event type, in order of name. Types without events are left out.",
  })
  get byType(): readonly EventTypeStats[] {
    return typeStats(this.#activity.byType);
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "Timestamp of the newest event it matched in that time; null when there is none.",
  })
  get lastEventAt(): Instant | null {
    return this.#activity.lastEventAt;
  }
}
