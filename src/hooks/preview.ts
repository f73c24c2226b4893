// What khook would have done with a stretch of history, had a hook been there from its start on.
// By khook's memory: for each event type, namespace and resource name a window of ten minutes from what fired.
import type { HookEvent } from "../events/event.ts";
import type { Instant } from "../events/time.ts";

/** khook's own, whatever the gateway's is. */
const WINDOW = 10 * 60_000;

export interface PreviewCounts {
  /** Events of the hook's namespace and event types. */
  readonly matched: number;
  /** Of these: khook would have called the agent. */
  readonly fired: number;
  /** Of these: inside the window of one that fired. */
  readonly suppressed: number;
  /** Of these: khook would not have heard of them, or too late. */
  readonly ignored: number;
}

export interface TypePreview extends PreviewCounts {
  readonly eventType: string;
}

export interface Preview extends PreviewCounts {
  /** One for each of the event types given, in that order. */
  readonly byType: readonly TypePreview[];
}

/** What decides of an event. */
export interface PastEvent {
  readonly eventType: string;
  readonly namespace: string;
  readonly resourceName: string;
  readonly timestamp: Instant;
  readonly ignoredByController: HookEvent["ignoredByController"];
}

/** `events` are those that match, oldest first. */
export function previewOf(events: Iterable<PastEvent>, eventTypes: readonly string[]): Preview {
  const counts = new Map(
    eventTypes.map((eventType) => [eventType, { eventType, matched: 0, fired: 0, suppressed: 0, ignored: 0 }]),
  );
  const firedAt = new Map<string, Instant>();
  for (const { eventType, namespace, resourceName, timestamp, ignoredByController } of events) {
    const count = counts.get(eventType);
    if (!count) continue;
    count.matched += 1;
    if (ignoredByController !== null) {
      count.ignored += 1;
      continue;
    }
    const key = `${eventType}:${namespace}:${resourceName}`;
    const before = firedAt.get(key);
    if (before !== undefined && timestamp < before + WINDOW) count.suppressed += 1;
    else {
      count.fired += 1;
      firedAt.set(key, timestamp);
    }
  }
  const byType = [...counts.values()];
  const sum = (of: keyof PreviewCounts) => byType.reduce((all, each) => all + each[of], 0);
  return {
    matched: sum("matched"),
    fired: sum("fired"),
    suppressed: sum("suppressed"),
    ignored: sum("ignored"),
    byType,
  };
}
