// What a store is: the only way in which the rest of the gateway keeps and reads events, hooks and dispatches.
// Every call is asynchronous and sees all that was committed before it; SQLite is one implementation, one suite tests all.
// Calls reject with a StoreError (storeError.ts), after `close` with STORE_CLOSED. Text is kept as well-formed Unicode
// without U+0000: what is not becomes U+FFFD. Names and ids are sorted by their UTF-8 bytes.
import type { Change, EventChange, HookChange } from "../events/change.ts";
import type { Cursors } from "../events/cursor.ts";
import type { Dispatch } from "../events/dispatch.ts";
import type { EventId, MatchedObservation } from "../events/event.ts";
import type { EventRecord } from "../events/eventRecord.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Gap } from "../events/gap.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import type { EventSort, PageKey } from "../events/page.ts";
import type { SealedNumbers } from "../events/sealed.ts";
import type {
  DispatchCounts,
  HookCounts,
  NamespaceCounts,
  StatusCounts,
  TimeRange,
  TrendBucket,
  TypeCounts,
} from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";

export interface EventQuery {
  readonly filter: EventFilter;
  readonly sort: EventSort;
  /** 1 to MAX_PAGE. */
  readonly first: number;
  /** Read on from behind this place; its sort is the query's. */
  readonly after?: PageKey;
  /** Skip this many, counted from the start or from `after`; 0 to MAX_OFFSET. What it skips it pays for. */
  readonly offset?: number;
}

export interface EventPage {
  readonly records: readonly EventRecord[];
  /** Whether another event follows the last of the page. */
  readonly hasMore: boolean;
}

/** A page as it is sent on: its events' texts (eventJson.ts) in order, with a comma between two. */
export interface EventTextPage {
  /** Empty when the page is. */
  readonly text: string;
  readonly hasMore: boolean;
  /** undefined when the page is empty. */
  readonly first: EventRecord | undefined;
  readonly last: EventRecord | undefined;
}

/** Hooks in order of (namespace, name); deleted ones are left out. */
export interface HookQuery {
  /** Hooks of these alone; of every namespace when left out. */
  readonly namespaces?: readonly string[];
  /** Kubernetes label selector terms, all of which must hold (events/labelSelector.ts). */
  readonly matches?: (labels: Readonly<Record<string, string>>) => boolean;
  readonly first: number;
  readonly after?: HookKey;
  readonly offset?: number;
}

export interface HookPage {
  readonly hooks: readonly Hook[];
  readonly total: number;
  readonly hasMore: boolean;
}

export interface RecordedGap extends Gap {
  /** The gap's own place in the sequence of changes. */
  readonly seq: number;
}

/** A place in the sequence of changes from which what happened since an instant can be replayed. */
export interface PlaceInTime {
  readonly seq: number;
  /** Whether nothing of it was pruned. */
  readonly isComplete: boolean;
}

/** A stretch of a sequence as it was at one moment: what has changed again by then is found at its later place alone. */
export interface ReadChanges<Change> {
  readonly changes: readonly Change[];
  /** The newest place of the sequence at that moment. */
  readonly head: number;
}

/**
 * The changes of hooks since the store was opened, as a sequence of their own: it begins at 0 each time, so its places mean
 * nothing to anybody outside.
 */
export interface HookChanges {
  readonly head: number;
  /** Hooks changed behind `seq`, oldest change first, each once as it is now; its kind is that of its latest change. */
  since(seq: number): ReadChanges<HookChange>;
  /** Called after the commit. Returns what ends it. */
  subscribe(listener: () => void): () => void;
}

/** What one step of retention removed, in events. */
export interface Pruned {
  readonly byAge: number;
  readonly bySize: number;
  /** Whether there is more to prune at once. */
  readonly more: boolean;
}

export interface StoreDescription {
  readonly epoch: string;
  readonly head: number;
  /** Events stored. */
  readonly records: number;
  /** In use; what retention by size is measured by. The files can be larger by what is free in them. */
  readonly bytes: number;
  readonly oldest: Instant | null;
  readonly newest: Instant | null;
  readonly prunedByAge: number;
  readonly prunedBySize: number;
  readonly lastPrunedAt: Instant | null;
  /** Why the last write came to nothing; null when it did not, or when one has succeeded since. */
  readonly writeFailure: string | null;
  /** Observations not stored since the store was opened, because retention had already pruned past them. */
  readonly tooOld: number;
}

/** Calls that failed since the store was opened. */
export interface StoreFailures {
  readonly reads: number;
  readonly writes: number;
}

/** What is watched of a store by those who tell others: called after the commit, in order of seq. */
export type ChangeListener = (changes: readonly Change[]) => void;

export interface EventStore {
  /** Names this store from its creation on: 1 to 32 of [0-9a-z]. For diagnostics: what callers are given is sealed. */
  readonly epoch: string;
  /** Names places in the sequence of changes. */
  readonly cursors: Cursors;
  /** Names revisions, for tags. */
  readonly revisions: Pick<SealedNumbers, "seal">;
  /** Sequence number of the newest change; 0 of an empty store. */
  readonly head: number;
  /** Grows whenever anything that a query could show has changed: events, hooks, dispatches, pruning. */
  readonly revision: number;

  /**
   * Stores what is not stored yet, in the order given, each with the status that the incidents of its key give it
   * (events/incident.ts), in one transaction. A state that is known, or older than the last one known of its uid,
   * changes nothing, nor does one from before what retention has pruned. Resolves after the commit, with the changes;
   * listeners have been told by then. Rejects with STORE_WRITE_FAILED when nothing was stored, or when that is not known:
   * telling the same again is always right. What is appended meanwhile is then rejected too, as its statuses follow from
   * what came before.
   */
  append(observations: readonly MatchedObservation[], now: Instant): Promise<readonly EventChange[]>;
  /** Makes RESOLVED what is FIRING and whose window has ended by `now`; `resolvedAt` is when it ended. */
  resolveDue(now: Instant): Promise<readonly EventChange[]>;
  /** Stores dispatches that are not stored yet (by id). Resolves with how many were new. */
  appendDispatches(dispatches: readonly Dispatch[]): Promise<number>;
  /** Stores hooks as they are now; equal ones change nothing. */
  putHooks(hooks: readonly Hook[]): Promise<void>;
  /** Marks hooks as gone; they stay readable by key until retention has pruned the events from before. */
  deleteHooks(keys: readonly HookKey[], at: Instant): Promise<void>;
  /** Puts a gap into the sequence of changes: who reads on past its place is told of it. */
  recordGap(gap: Gap): Promise<void>;
  /** Remembers that everything a source knew by `at` is stored; kept across restarts. Does not move `revision`. */
  markSynced(source: string, at: Instant): Promise<void>;
  /** The instant of the last markSynced; null when the source was never in sync with this store. */
  syncedAt(source: string): Promise<Instant | null>;

  events(query: EventQuery): Promise<EventPage>;
  /** The same page for those who want no event of it by itself. */
  eventsText(query: EventQuery): Promise<EventTextPage>;
  count(filter: EventFilter): Promise<number>;
  /** In the order of the ids; undefined where there is none. */
  eventsById(ids: readonly EventId[]): Promise<readonly (EventRecord | undefined)[]>;
  /**
   * For each event the dispatches of its hooks that lie nearer in time to it than to any other event of the same type and
   * resource that the hook matched, oldest first. Of two events as near it is the earlier one's, then the lower id's; one
   * that is over 24 h from every event is nobody's, and an event that the controller never hears of (OTHER_SOURCE) has none.
   * Every id asked for is in the answer.
   */
  dispatchesOf(ids: readonly EventId[]): Promise<ReadonlyMap<EventId, readonly Dispatch[]>>;
  hooks(query: HookQuery): Promise<HookPage>;
  /** In the order of the keys, deleted ones included; undefined where none was ever seen. */
  hooksByKey(keys: readonly HookKey[]): Promise<readonly (Hook | undefined)[]>;
  /** Every namespace that something is stored of, and perhaps some that something was; in no order. */
  namespaces(): Promise<readonly string[]>;

  // Statistics count events, not occurrences. Lists begin with the largest total, then go by name.
  byType(filter: EventFilter): Promise<readonly TypeCounts[]>;
  byNamespace(filter: EventFilter): Promise<readonly NamespaceCounts[]>;
  /** An event counts under each of its hooks. */
  byHook(filter: EventFilter): Promise<readonly HookCounts[]>;
  /**
   * Buckets of `interval` ms that cover [range.start, range.end), empty ones too; only events inside the range are counted.
   * Rejects with a RangeError for an interval below 1 ms and for more than 10,000 buckets.
   */
  trends(filter: EventFilter, range: TimeRange, interval: number): Promise<readonly TrendBucket[]>;
  /** Of the range: events matched, dispatches told of, and the newest event, for each hook in the order of the keys. */
  hookActivity(keys: readonly HookKey[], range: TimeRange): Promise<readonly HookActivity[]>;

  /** Changes behind `seq`, oldest first, each event once in its latest state; its kind is that of its latest change. */
  changesSince(seq: number, limit: number): Promise<ReadChanges<Change>>;
  /** The place behind which lies every change of an event that happened, or was resolved, at or after the instant. */
  placeSince(at: Instant): Promise<PlaceInTime>;
  /** The lowest seq from which changesSince is complete: what retention pruned lies before it. */
  readonly floor: number;
  /** Returns what ends it. What a listener throws is thrown on a microtask of its own and stops nobody else. */
  subscribe(listener: ChangeListener): () => void;
  readonly hookChanges: HookChanges;
  /** Newest first; at least the newest 1,000 are kept. */
  gaps(limit: number): Promise<readonly RecordedGap[]>;

  /** One small step of retention by age and size; call again while `more`. */
  prune(now: Instant): Promise<Pruned>;
  describe(): Promise<StoreDescription>;
  readonly failures: StoreFailures;
  /** Waits for what was asked before. */
  close(): Promise<void>;
}

export interface HookActivity {
  readonly summary: StatusCounts;
  readonly byType: readonly TypeCounts[];
  readonly dispatches: DispatchCounts;
  readonly lastEventAt: Instant | null;
}
