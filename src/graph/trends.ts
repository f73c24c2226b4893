// Trends: counts over time in buckets of one length, and how the whole compares with the stretch before it.
// Without an interval one is chosen that gives a chart its width; too fine a one is refused, not cut.
import { Field, Float, Int, ObjectType } from "type-graphql";
import { formatDuration } from "../events/duration.ts";
import type { EventFilter } from "../events/filter.ts";
import type { TimeRange, TrendBucket } from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import type { GraphContext } from "./context.ts";
import { type EventTypeStats, EventTypeStats as EventTypeStatsType, TimeRangeType, typeStats } from "./counts.ts";
import { Faults } from "./faults.ts";
import { DateTime, Duration } from "./scalars.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const INTERVALS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY] as const;
/** Buckets that a chosen interval gives at most. */
const CHART = 50;
/** Buckets that an interval asked for may give at most. */
export const MAX_BUCKETS = 1000;

@ObjectType("TrendBucket", {
  simpleResolvers: true,
  description: "The events of one stretch of the interval's length. The first and the last are cut by the time range.",
})
export class TrendBucketNode {
  readonly #bucket: TrendBucket;

  constructor(bucket: TrendBucket) {
    this.#bucket = bucket;
  }

  @Field(() => DateTime, {
    description: "Its beginning, included: a multiple of the interval since 1970-01-01T00:00:00Z.",
  })
  get start(): Instant {
    return this.#bucket.start;
  }

  @Field(() => DateTime, { description: "Its end, excluded, which is the beginning of the next." })
  get end(): Instant {
    return this.#bucket.end;
  }

  @Field(() => Int, { description: "Events of any status." })
  get total(): number {
    return this.#bucket.total;
  }

  @Field(() => Int, { description: "Events that are FIRING now." })
  get firing(): number {
    return this.#bucket.firing;
  }

  @Field(() => Int, { description: "Events that are DUPLICATE." })
  get duplicate(): number {
    return this.#bucket.duplicate;
  }

  @Field(() => Int, { description: "Events that are RESOLVED by now." })
  get resolved(): number {
    return this.#bucket.resolved;
  }

  @Field(() => [EventTypeStatsType], {
    complexity: ({ childComplexity }) => 1 + 3 * childComplexity,
    description:
      "The same by event type, in order of name; shares are of this bucket. Types without events are left out.",
  })
  get byType(): readonly EventTypeStats[] {
    return typeStats(this.#bucket.byType);
  }
}

@ObjectType("PreviousPeriod", {
  simpleResolvers: true,
  description: "The stretch of equal length right before the time range, for comparison.",
})
export class PreviousPeriod {
  @Field(() => Int, { description: "Events of any status then. What retention has pruned is not counted." })
  readonly total: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "How much more (or, below zero, less) the time range has, in percent of this total, rounded to two digits; null when it is 0.",
  })
  readonly changePercent: number | null;

  constructor(total: number, current: number) {
    this.total = total;
    this.changePercent = total === 0 ? null : Math.round(((current - total) / total) * 10_000) / 100;
  }
}

@ObjectType("EventTrends", { simpleResolvers: true, description: "Counts of events over time." })
export class EventTrends {
  readonly #filter: EventFilter;
  readonly #context: GraphContext;
  #buckets: Promise<readonly TrendBucket[]> | undefined;

  @Field(() => TimeRangeType, { description: "The stretch of time counted." })
  readonly timeRange: TimeRange;

  @Field(() => Duration, { description: "Length of a bucket." })
  readonly interval: number;

  constructor(filter: EventFilter, timeRange: TimeRange, interval: number, context: GraphContext) {
    this.#filter = filter;
    this.#context = context;
    this.timeRange = timeRange;
    this.interval = interval;
  }

  @Field(() => [TrendBucketNode], {
    complexity: ({ childComplexity }) => 20 + CHART * childComplexity,
    description: "All buckets of the range, oldest first, those without events too. At most 1000.",
  })
  async buckets(): Promise<readonly TrendBucketNode[]> {
    return (await this.#read()).map((bucket) => new TrendBucketNode(bucket));
  }

  @Field(() => PreviousPeriod, { complexity: 20, description: "The stretch before, for comparison." })
  async previous(): Promise<PreviousPeriod> {
    const { start, end } = this.timeRange;
    const before = { ...this.#filter, startTime: start - (end - start), endTime: start };
    const [total, buckets] = await Promise.all([this.#context.loaders.count(before), this.#read()]);
    return new PreviousPeriod(
      total,
      buckets.reduce((sum, bucket) => sum + bucket.total, 0),
    );
  }

  #read(): Promise<readonly TrendBucket[]> {
    this.#buckets ??= this.#context.store.trends(this.#filter, this.timeRange, this.interval);
    return this.#buckets;
  }
}

/** Trends of the filter over the range. Throws BAD_USER_INPUT for an interval that gives too many buckets. */
export function eventTrends(
  filter: EventFilter,
  range: TimeRange,
  interval: number | null | undefined,
  context: GraphContext,
): EventTrends {
  const length = range.end - range.start;
  if (interval != null && bucketCount(range, interval) > MAX_BUCKETS) {
    const faults = new Faults();
    const least = formatDuration(Math.ceil(length / (MAX_BUCKETS - 1)));
    faults.add(
      "interval",
      `${formatDuration(interval)} gives more than ${MAX_BUCKETS} buckets over ${formatDuration(length)}: give at least ${least}`,
    );
    faults.raise();
  }
  return new EventTrends(filter, range, interval ?? defaultInterval(length), context);
}

/** The finest of the usual intervals that gives a chart's width of buckets. */
export function defaultInterval(length: number): number {
  return INTERVALS.find((interval) => length / interval <= CHART) ?? 365 * DAY;
}

/** Buckets begin at multiples of the interval, so a range may touch one more than it is long. */
function bucketCount({ start, end }: TimeRange, interval: number): number {
  return Math.ceil(end / interval) - Math.floor(start / interval);
}
