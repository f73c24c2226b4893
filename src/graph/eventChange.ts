// A change of an event, or a gap, as subscriptions tell it; and the feed of them that one filter lets through.
// The filter is asked of an event as it is when it is told, with the same predicate that queries agree with.
import { ArgsType, Field, ObjectType, registerEnumType } from "type-graphql";
import type { Change, EventChange } from "../events/change.ts";
import { type EventFilter, matchesFilter } from "../events/filter.ts";
import { covers, sees } from "../events/sight.ts";
import type { Instant } from "../events/time.ts";
import type { ChangeSource, GraphContext } from "./context.ts";
import { EventFilterInput, eventFilter } from "./eventFilter.ts";
import { Faults, quoted } from "./faults.ts";
import { type GapNode, GapNode as GapType, lostToRetention, ofAnotherStore } from "./gap.ts";
import { type HookEventNode, HookEventNode as HookEventType } from "./hookEvent.ts";
import type { Feed, Sequence, Start, Subscribed, Tell } from "./live.ts";
import type { Rights } from "./rights.ts";
import { Duration } from "./scalars.ts";
import { hooksShown, neededBy, requireFiltered } from "./visibleStore.ts";

export const EVENT_CHANGE_TYPES = ["ADDED", "MODIFIED", "GAP"] as const;
export type EventChangeType = (typeof EVENT_CHANGE_TYPES)[number];

export const EventChangeTypeEnum = Object.fromEntries(EVENT_CHANGE_TYPES.map((type) => [type, type]));
registerEnumType(EventChangeTypeEnum, {
  name: "EventChangeType",
  description: "What a change of an event is.",
  valuesConfig: {
    ADDED: {
      description: "An event that this stream has not told of and that was stored behind the place it began at.",
    },
    MODIFIED: { description: "An event known from before whose status has changed: FIRING became RESOLVED." },
    GAP: { description: "Here something may be missing; `gap` says why. The stream goes on." },
  },
});

@ArgsType()
export class EventChangesArgs {
  @Field(() => EventFilterInput, {
    nullable: true,
    description:
      "Which events to tell of, asked of each as it is when it is told. All of them when left out. A `timeRange` moves along with the time.",
  })
  readonly filter?: EventFilterInput | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Resume behind this place: the `cursor` of the last change heard of, also from before a restart of the gateway. Every event " +
      "changed since is told once, in its latest state, then it goes on live. A cursor of another store, or from before what " +
      "retention has kept, is told as a GAP first. What is no cursor is BAD_USER_INPUT.",
  })
  readonly after?: string | null;

  @Field(() => Duration, {
    nullable: true,
    description:
      "Begin so long ago: first come the events that happened, or were resolved, since then, in the order in which they were stored. " +
      "Without it, and without `after`, a stream begins now. `after` wins over it.",
  })
  readonly since?: number | null;
}

@ObjectType("EventChange", {
  simpleResolvers: true,
  description: "An event stored, or its status changed; or a gap, where something may be missing.",
})
export class EventChangeNode {
  @Field(() => EventChangeTypeEnum, { description: "What it is." })
  readonly type: EventChangeType;

  @Field(() => String, { description: "Opaque place of the change; give it as `after` to resume behind it." })
  readonly cursor: string;

  @Field(() => HookEventType, { nullable: true, description: "The event as it is now; null of a GAP." })
  readonly event: HookEventNode | null;

  @Field(() => GapType, { nullable: true, description: "What may be missing; null unless the type is GAP." })
  readonly gap: GapNode | null;

  constructor(type: EventChangeType, cursor: string, event: HookEventNode | null, gap: GapNode | null) {
    this.type = type;
    this.cursor = cursor;
    this.event = event;
    this.gap = gap;
  }
}

/** Throws BAD_USER_INPUT, and FORBIDDEN when the filter names what may not be seen. */
export async function eventChanges(args: EventChangesArgs, context: GraphContext): Promise<Subscribed<Change>> {
  const faults = new Faults();
  const filter = eventFilter(args.filter, context, faults);
  const { changes, rights, clock } = context;
  const after = args.after == null ? undefined : changes.cursors.decode(args.after);
  if (args.after != null && after === undefined) {
    faults.add("after", `${quoted(args.after)} is no cursor of a change: give the \`cursor\` of one`);
  }
  faults.raise();
  await requireFiltered(rights, filter);
  const range = args.filter?.timeRange;
  const filterNow = range == null ? () => filter : () => ({ ...filter, startTime: clock() - range });
  return { feed: eventFeed(changes, filterNow, rights), start: await startOf(args, after, context) };
}

function eventFeed(store: ChangeSource, filterNow: () => EventFilter, rights: Rights): Feed<Change> {
  const filter = filterNow();
  const wantsAll = Object.keys(filter).length === 0;
  return {
    sequence: rights.sight.events === "all" ? eventSequence(store) : knownSequence(eventSequence(store), rights),
    needs: neededBy(filter),
    kind: "event changes", // a filter only says which
    tell(change, isNew) {
      if (change.kind === "gap") return gapTold(store.cursors.encode(change.seq), GapType.ofSource(change.gap));
      const { record } = change;
      const { sight } = rights; // as it is now: it may have become less
      if (sight.events !== "all" && !sees(sight.events, record.parsed.namespace)) return undefined;
      if (!wantsAll && !matchesFilter(filterNow(), record.event)) return undefined;
      const type = isNew ? "ADDED" : "MODIFIED";
      const shown = covers(sight.hooks, sight.events) ? record : hooksShown(record, sight);
      return (context) =>
        new EventChangeNode(type, store.cursors.encode(change.seq), new HookEventType(shown, context), null);
    },
    cursorAt: (place) => store.cursors.encodeStand(place),
    async lost(place) {
      return gapTold(store.cursors.encodeStand(place), await lostToRetention(store, rights));
    },
  };
}

/** Nothing is read of a namespace before it is known whether that may be seen: it may be a new one. */
function knownSequence(sequence: Sequence<Change>, rights: Rights): Sequence<Change> {
  return {
    get head() {
      return sequence.head;
    },
    get floor() {
      return sequence.floor;
    },
    async read(after, limit) {
      const read = await sequence.read(after, limit);
      await rights.meet?.(
        read.changes.flatMap((change) => (change.kind === "gap" ? [] : change.record.parsed.namespace)),
      );
      return read;
    },
    watch: (wake) => sequence.watch(wake),
  };
}

function eventSequence(store: ChangeSource): Sequence<Change> {
  return {
    get head() {
      return store.head;
    },
    get floor() {
      return store.floor;
    },
    read: (after, limit) => store.changesSince(after, limit),
    watch: (wake) => store.subscribe(wake),
  };
}

async function startOf(
  { since }: EventChangesArgs,
  after: ReturnType<ChangeSource["cursors"]["decode"]>,
  context: GraphContext,
): Promise<Start<Change>> {
  const { changes: store, rights } = context;
  const { cursors } = store;
  if (after !== undefined) {
    if (after === "foreign" || after > store.head) {
      const { head } = store;
      return { at: () => head, first: [gapTold(cursors.encodeStand(head), ofAnotherStore())], isResuming: true };
    }
    const isLost = after < store.floor;
    const first = isLost ? [gapTold(cursors.encodeStand(after), await lostToRetention(store, rights))] : [];
    return { at: () => after, first, isResuming: true };
  }
  if (since == null) return { at: (head) => head };
  const from = context.now() - since;
  const { seq, isComplete } = await context.store.placeSince(from);
  const first = isComplete ? [] : [gapTold(cursors.encodeStand(seq), await lostToRetention(store, rights))];
  const { head } = store;
  return {
    at: () => seq,
    first,
    wants: (change) => change.kind === "gap" || change.seq > head || happenedSince(change, from),
  };
}

function happenedSince({ record: { event } }: EventChange, from: Instant): boolean {
  return event.timestamp >= from || (event.resolvedAt ?? 0) >= from;
}

function gapTold(cursor: string, gap: GapNode): Tell {
  return () => new EventChangeNode("GAP", cursor, null, gap);
}
