// The arguments of a list of events, and the one way from them to a query of the store.
// All faults of a call are told at once; defaults and limits are those of the domain (events/page.ts).
import { ArgsType, Field, Int } from "type-graphql";
import type { HookKey } from "../events/hook.ts";
import {
  DEFAULT_EVENT_SORT,
  DEFAULT_PAGE,
  decodePageKey,
  type EventSort,
  MAX_OFFSET,
  MAX_PAGE,
  type PageKey,
} from "../events/page.ts";
import type { EventQuery } from "../store/store.ts";
import type { ChangeSource, GraphContext } from "./context.ts";
import { EventSortEnum } from "./enums.ts";
import { EventFilterInput, eventFilter } from "./eventFilter.ts";
import { Faults, quoted } from "./faults.ts";

@ArgsType()
export class EventPageArgs {
  @Field(() => EventFilterInput, { nullable: true, description: "Which events. All of them when left out." })
  readonly filter?: EventFilterInput | null;

  @Field(() => EventSortEnum, { description: "In which order. Newest first when left out." })
  readonly sort: EventSort = DEFAULT_EVENT_SORT;

  @Field(() => Int, { description: "How many events at most: 1 to 1000, 50 when left out. Otherwise BAD_USER_INPUT." })
  readonly first: number = DEFAULT_PAGE;

  @Field(() => String, {
    nullable: true,
    description:
      "Go on behind this place: an edge's `cursor`, or `pageInfo.endCursor` of the page before, with the same filter and sort. " +
      "It holds however much is stored meanwhile. A cursor of another sort, or anything else, is BAD_USER_INPUT.",
  })
  readonly after?: string | null;

  @Field(() => Int, {
    description:
      "Skip this many, counted from the start or from `after`: 0 to 1000000, 0 when left out. A courtesy for numbered pages: " +
      "deep ones are slow, and shift while events are stored; `after` does neither.",
  })
  readonly offset: number = 0;
}

export function eventQuery(page: EventPageArgs, context: GraphContext, hook?: HookKey): EventQuery {
  const faults = new Faults();
  faults.whole("first", page.first, 1, MAX_PAGE);
  faults.whole("offset", page.offset, 0, MAX_OFFSET);
  const after = page.after == null ? undefined : placeAfter(page.after, page.sort, context.changes, faults);
  const filter = eventFilter(page.filter, context, faults);
  if (hook && filter.hook) faults.add("filter.hook", "is the hook itself here: leave it out");
  faults.raise();
  return {
    filter: hook ? { ...filter, hook } : filter,
    sort: page.sort,
    first: page.first,
    ...(after ? { after } : {}),
    ...(page.offset > 0 ? { offset: page.offset } : {}),
  };
}

function placeAfter(text: string, sort: EventSort, { cursors }: ChangeSource, faults: Faults): PageKey | undefined {
  const place = decodePageKey(text);
  if (place === undefined) {
    const hint = cursors.decode(text) !== undefined ? " (this is the cursor of a change, for streams)" : "";
    faults.add("after", `${quoted(text)} is no page cursor${hint}: give pageInfo.endCursor of the page before`);
  } else if (place.sort !== sort) {
    faults.add("after", `is a cursor of sort ${place.sort}, but the sort here is ${sort}: start again without it`);
  }
  return place;
}
