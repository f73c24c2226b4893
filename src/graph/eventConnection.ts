// A page of events as a connection. Each part is read when it is selected: only totalCount counts.
// nodes and edges come from one read of the store.
import { Field, Int, ObjectType } from "type-graphql";
import { type EventRecord, pageKeyOf } from "../events/eventRecord.ts";
import type { HookKey } from "../events/hook.ts";
import { type EventSort, encodePageKey } from "../events/page.ts";
import type { EventPage, EventQuery, EventTextPage } from "../store/store.ts";
import type { GraphContext } from "./context.ts";
import { type EventPageArgs, eventQuery } from "./eventPage.ts";
import { type HookEventNode, HookEventNode as HookEventType } from "./hookEvent.ts";
import { type PageInfo, PageInfo as PageInfoType } from "./pageInfo.ts";

@ObjectType("EventEdge", { simpleResolvers: true, description: "An event with its place in the list." })
export class EventEdge {
  readonly #record: EventRecord;
  readonly #sort: EventSort;

  @Field(() => HookEventType, { description: "The event at this place." })
  readonly node: HookEventNode;

  constructor(record: EventRecord, sort: EventSort, context: GraphContext) {
    this.#record = record;
    this.#sort = sort;
    this.node = new HookEventType(record, context);
  }

  @Field(() => String, {
    description: "Opaque place right behind the event in this order; give it as `after` to go on.",
  })
  get cursor(): string {
    return cursorOf(this.#record, this.#sort);
  }
}

@ObjectType("EventConnection", { simpleResolvers: true, description: "A page of a list of events." })
export class EventConnection {
  readonly #query: EventQuery;
  readonly #context: GraphContext;
  #textPage: Promise<EventTextPage> | undefined;

  constructor(query: EventQuery, context: GraphContext) {
    this.#query = query;
    this.#context = context;
  }

  @Field(() => [EventEdge], { description: "The events of the page with their places, in order." })
  async edges(): Promise<readonly EventEdge[]> {
    const { records } = await this.#page();
    return records.map((record) => new EventEdge(record, this.#query.sort, this.#context));
  }

  @Field(() => [HookEventType], { description: "The events of the page, in order." })
  async nodes(): Promise<readonly { readonly record: Pick<EventRecord, "json"> }[]> {
    if (this.#context.takesRecords) {
      const { text } = await this.#text();
      return text === "" ? [] : [{ record: { json: text } }];
    }
    const { records } = await this.#page();
    return records.map((record) => new HookEventType(record, this.#context));
  }

  @Field(() => PageInfoType, { description: "Where the page lies in the list." })
  async pageInfo(): Promise<PageInfo> {
    const { sort, after, offset = 0 } = this.#query;
    const hasPrevious = after !== undefined || offset > 0;
    const { hasMore, first, last } = await this.#ends();
    const cursorAt = (record: EventRecord | undefined) => () => (record ? cursorOf(record, sort) : null);
    return new PageInfoType(hasMore, hasPrevious, cursorAt(first), cursorAt(last));
  }

  @Field(() => Int, {
    complexity: 20,
    description: "How many events the filter matches in all, whatever the page. Counted only when selected.",
  })
  totalCount(): Promise<number> {
    return this.#context.loaders.count(this.#query.filter);
  }

  async #ends(): Promise<Pick<EventTextPage, "hasMore" | "first" | "last">> {
    if (this.#context.takesRecords) return this.#text();
    const { records, hasMore } = await this.#page();
    return { hasMore, first: records[0], last: records.at(-1) };
  }

  #page(): Promise<EventPage> {
    return this.#context.loaders.page(this.#query);
  }

  #text(): Promise<EventTextPage> {
    this.#textPage ??= this.#context.store.eventsText(this.#query);
    return this.#textPage;
  }
}

/** A page by its arguments, of all events or of those that a hook matched. Throws BAD_USER_INPUT. */
export function eventConnection(page: EventPageArgs, context: GraphContext, hook?: HookKey): EventConnection {
  return new EventConnection(eventQuery(page, context, hook), context);
}

function cursorOf(record: EventRecord, sort: EventSort): string {
  return encodePageKey(pageKeyOf(record, sort));
}
