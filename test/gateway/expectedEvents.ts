// What a store must hold of what a cluster said, worked out the simple way: sort by time, walk, count.
// It shares no code with the gateway: rules from the domain's text, event types from whoever made the Events.

/** One state of one Kubernetes Event, as the API server had it. */
export interface GivenState {
  readonly uid: string;
  readonly count: number;
  /** When this state happened, as its fields tell: the latest of them. */
  readonly at: number;
  /** The earliest of them. */
  readonly firstAt: number;
  /** undefined for what is no event to the gateway. */
  readonly eventType: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly reason: string;
  readonly message: string;
  /** false when it was overwritten or deleted while nobody can be sure that the gateway looked. */
  isCertain: boolean;
}

export interface ComparedEvent {
  readonly id: string;
  readonly eventType: string;
  readonly namespace: string;
  readonly resourceName: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly occurrences: number;
  readonly timestamp: string;
  readonly firstSeen: string;
  readonly status: string;
  readonly duplicateOf: string | null;
  readonly resolvedAt: string | null;
}

export const WINDOW = 10 * 60_000;

export interface Reading {
  /** What was read: ids and statuses. */
  readonly statuses: ReadonlyMap<string, string>;
  /** What was over by then is resolved: the gateway looks every second. */
  readonly from: number;
  /** What was not over by then is not resolved. */
  readonly to: number;
}

/**
 * Sorted by id. A state that may have been missed counts when it was read, and is not asked for when it was not: what is
 * stored of the others must follow from exactly what is stored.
 */
export function expectedEvents(given: readonly GivenState[], { statuses, from, to }: Reading): ComparedEvent[] {
  const states = given
    .filter((state) => state.eventType !== undefined && (state.isCertain || statuses.has(idOf(state))))
    .sort((a, b) => a.at - b.at || (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : a.count - b.count));
  const heads = new Map<string, GivenState>();
  const counts = new Map<string, number>();
  const events = states.map((state): ComparedEvent => {
    const key = [state.eventType, state.namespace, state.pod].join(" ");
    const head = heads.get(key);
    const isDuplicate = head !== undefined && state.at < head.at + WINDOW;
    if (!isDuplicate) heads.set(key, state);
    const endsAt = state.at + WINDOW;
    const isOver = endsAt <= from || (endsAt <= to && statuses.get(idOf(state)) === "resolved");
    const occurrences = state.count - (counts.get(state.uid) ?? 0);
    counts.set(state.uid, state.count);
    return {
      id: idOf(state),
      eventType: state.eventType ?? "",
      namespace: state.namespace,
      resourceName: state.pod,
      reason: state.reason,
      message: state.message,
      count: state.count,
      occurrences,
      timestamp: new Date(state.at).toISOString(),
      firstSeen: new Date(state.firstAt).toISOString(),
      status: isDuplicate ? "duplicate" : isOver ? "resolved" : "firing",
      duplicateOf: isDuplicate ? idOf(head) : null,
      resolvedAt: !isDuplicate && isOver ? new Date(endsAt).toISOString() : null,
    };
  });
  return events.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function idOf({ uid, count }: GivenState): string {
  return `${uid}.${count}`;
}
