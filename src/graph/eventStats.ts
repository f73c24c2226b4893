// Statistics of events over a stretch of time, each part read when it is selected, and how that stretch is found.
// The stretch is always bounded: a statistic says what it counted.
import { Arg, Field, ObjectType } from "type-graphql";
import type { EventFilter } from "../events/filter.ts";
import type { StatusCounts, TimeRange, TypeCounts } from "../events/statistics.ts";
import type { GraphContext } from "./context.ts";
import {
  EventSummary,
  type EventTypeStats,
  EventTypeStats as EventTypeStatsType,
  HookEventStats,
  NamespaceStats,
  TimeRangeType,
  typeStats,
} from "./counts.ts";
import { checkTimes, type EventFilterInput, untimedFilter } from "./eventFilter.ts";
import { Faults } from "./faults.ts";
import { Duration } from "./scalars.ts";
import { EventTrends, eventTrends } from "./trends.ts";

const DAY = 86_400_000;

@ObjectType("EventStats", { simpleResolvers: true, description: "Statistics of the events of one stretch of time." })
export class EventStats {
  readonly #filter: EventFilter;
  readonly #context: GraphContext;
  #types: Promise<readonly TypeCounts[]> | undefined;

  @Field(() => TimeRangeType, { description: "The stretch of time counted, by the events' timestamps." })
  readonly timeRange: TimeRange;

  constructor(filter: EventFilter, range: TimeRange, context: GraphContext) {
    this.#filter = { ...filter, startTime: range.start, endTime: range.end };
    this.#context = context;
    this.timeRange = range;
  }

  @Field(() => EventSummary, {
    complexity: ({ childComplexity }) => 20 + childComplexity,
    description: "In all and by status.",
  })
  async summary(): Promise<EventSummary> {
    return new EventSummary(await this.#counts());
  }

  @Field(() => [EventTypeStatsType], {
    complexity: ({ childComplexity }) => 20 + 10 * childComplexity,
    description: "By event type, in order of name. Types without events are left out.",
  })
  async byType(): Promise<readonly EventTypeStats[]> {
    return typeStats(await this.#byType());
  }

  @Field(() => [NamespaceStats], {
    complexity: ({ childComplexity }) => 20 + 10 * childComplexity,
    description: "By namespace, in order of name. Namespaces without events are left out.",
  })
  async byNamespace(): Promise<readonly NamespaceStats[]> {
    const counts = await this.#context.store.byNamespace(this.#filter);
    const whole = counts.reduce((sum, { total }) => sum + total, 0); // an event has one namespace
    return counts.map((each) => new NamespaceStats(each, whole));
  }

  @Field(() => [HookEventStats], {
    complexity: ({ childComplexity }) => 50 + 10 * childComplexity,
    description:
      "By hook that matched, in order of namespace and name; shares are of all events, also those that no hook matched. " +
      "Hooks without events are left out.",
  })
  async byHook(): Promise<readonly HookEventStats[]> {
    const [counts, { total }] = await Promise.all([this.#context.store.byHook(this.#filter), this.#counts()]);
    return counts.map((each) => new HookEventStats(each, total, this.#context));
  }

  @Field(() => EventTrends, {
    complexity: ({ childComplexity }) => 20 + childComplexity,
    description: "Over time, in buckets of one length.",
  })
  trends(
    @Arg("interval", () => Duration, {
      nullable: true,
      description:
        "Length of a bucket, giving at most 1000 of them over the time range; finer is BAD_USER_INPUT. When left out: the finest of " +
        "1m, 5m, 15m, 1h, 6h, 1d, 7d, 30d, 365d that gives at most 50 (1h over 24h, 6h over 7d, 1d over 30d).",
    })
    interval?: number | null,
  ): EventTrends {
    return eventTrends(this.#filter, this.timeRange, interval, this.#context);
  }

  /** An event has one type, so the sums over the types are those of all: what is counted once serves both. */
  async #counts(): Promise<StatusCounts> {
    const sum = { total: 0, firing: 0, duplicate: 0, resolved: 0 };
    for (const { total, firing, duplicate, resolved } of await this.#byType()) {
      sum.total += total;
      sum.firing += firing;
      sum.duplicate += duplicate;
      sum.resolved += resolved;
    }
    return sum;
  }

  #byType(): Promise<readonly TypeCounts[]> {
    this.#types ??= this.#context.store.byType(this.#filter);
    return this.#types;
  }
}

/** Statistics by their arguments. Throws BAD_USER_INPUT. */
export function eventStats(
  input: EventFilterInput | null | undefined,
  timeRange: number | null | undefined,
  context: GraphContext,
): EventStats {
  const faults = new Faults();
  const filter = untimedFilter(input, faults);
  if (input) checkTimes(input, faults);
  if (timeRange != null && (input?.startTime != null || input?.endTime != null || input?.timeRange != null)) {
    faults.add(
      "timeRange",
      "cannot be combined with startTime, endTime or timeRange of the filter: give one or the other",
    );
  }
  faults.raise();
  return new EventStats(filter, countedRange(input, timeRange ?? input?.timeRange ?? DAY, context), context);
}

/** From startTime to endTime where given; an end that is not given is now, a start so long before the end. */
function countedRange(input: EventFilterInput | null | undefined, length: number, context: GraphContext): TimeRange {
  const end = input?.endTime ?? context.now();
  const start = input?.startTime ?? end - length;
  return { start: Math.min(start, end), end };
}
