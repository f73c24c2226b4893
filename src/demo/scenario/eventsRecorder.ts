// The recorder of client-go's tools/events, which the scheduler uses (events.k8s.io/v1 Events with a series).
// Promises: the second occurrence writes series.count 2; further ones only count, and are written by the refresh every
// 30 minutes or when the series has been quiet for 6: so counts jump. What differs only by note is one series.
import type { EventLevel, EventSink, NewEvent, ObjectReference } from "./eventDraft.ts";
import { eventName, eventNamespace } from "./eventDraft.ts";
import { MINUTE, microTime } from "./kubeTime.ts";
import type { Random } from "./random.ts";
import type { Script } from "./timeline.ts";

const REFRESH_EVERY = 30 * MINUTE;
const FINISH_AFTER = 6 * MINUTE;

export interface EventsRecorderOptions {
  readonly controller: string;
  readonly instance: string;
  readonly sink: EventSink;
  readonly now: () => number;
  readonly random: Random;
}

export interface Happening {
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly type: EventLevel;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

interface Cached {
  readonly event: NewEvent;
  readonly begun: number;
  series?: { count: number; last: number };
}

export class EventsRecorder {
  private readonly options: EventsRecorderOptions;
  private readonly cache = new Map<string, Cached>();

  constructor(options: EventsRecorderOptions) {
    this.options = options;
  }

  /** How many Events may still become, or go on as, a series. */
  get open(): number {
    return this.cache.size;
  }

  record(happening: Happening): void {
    const now = this.options.now();
    const key = keyOf(happening);
    const cached = this.cache.get(key);
    if (cached?.series !== undefined) {
      cached.series.count += 1;
      cached.series.last = this.precise(now);
      return;
    }
    if (cached !== undefined) {
      cached.series = { count: 2, last: this.precise(now) };
      this.write(cached, now);
      return;
    }
    const first: Cached = { event: this.eventOf(happening, now), begun: now };
    this.cache.set(key, first);
    this.options.sink.create(first.event, now);
  }

  /** The recorder's own housekeeping, for as long as it lives. */
  *upkeep(): Script {
    for (let minutes = 6; ; minutes += 6) {
      yield FINISH_AFTER;
      if ((minutes * MINUTE) % REFRESH_EVERY === 0) this.refresh();
      this.finish();
    }
  }

  /** Writes the counts of all open series. */
  refresh(): void {
    for (const cached of this.cache.values()) if (cached.series !== undefined) this.write(cached, this.options.now());
  }

  /** Writes the last count of every series that has gone quiet, and forgets it; forgets what never repeated. */
  finish(): void {
    const now = this.options.now();
    for (const [key, cached] of this.cache) {
      if ((cached.series?.last ?? cached.begun) >= now - FINISH_AFTER) continue;
      if (cached.series !== undefined) this.write(cached, now);
      this.cache.delete(key);
    }
  }

  private write({ event, series }: Cached, now: number): void {
    if (series === undefined) return;
    const written = { count: series.count, lastObservedTime: microTime(series.last) };
    const { sink } = this.options;
    const { namespace, name } = event.metadata;
    if (!sink.patch(namespace, name, { series: written }, now)) sink.create({ ...event, series: written }, now);
  }

  private eventOf(happening: Happening, now: number): NewEvent {
    const nanos = this.options.random.integer(0, 999_999);
    const { regarding, related, type, reason, action, note } = happening;
    return {
      kind: "Event",
      apiVersion: "events.k8s.io/v1",
      metadata: { name: eventName(regarding, now, nanos), namespace: eventNamespace(regarding) },
      eventTime: microTime(now + nanos / 1_000_000),
      reportingController: this.options.controller,
      reportingInstance: this.options.instance,
      action,
      reason,
      regarding,
      ...(related === undefined ? {} : { related }),
      note,
      type,
    };
  }

  private precise(now: number): number {
    return now + this.options.random.fraction();
  }
}

function keyOf({ type, action, reason, regarding, related }: Happening): string {
  return JSON.stringify([type, action, reason, regarding, related]);
}
