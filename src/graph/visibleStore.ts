// The store as one caller sees it: what may not be seen is not there. Counts and pages are right, as the store itself filters.
// Only reading goes through here. Of a caller who may see everything it is the store itself.
import type { EventId } from "../events/event.ts";
import { toEventJson } from "../events/eventJson.ts";
import { EventRecord } from "../events/eventRecord.ts";
import type { EventFilter } from "../events/filter.ts";
import type { HookKey } from "../events/hook.ts";
import { covers, isWhole, type Sight, sees, within } from "../events/sight.ts";
import type { TimeRange } from "../events/statistics.ts";
import type { EventPage, EventQuery, EventStore, EventTextPage, HookActivity, HookQuery } from "../store/store.ts";
import { type Rights, requireSight } from "./rights.ts";

/** What resolvers ask of a store. Places in the sequence of changes say nothing of what lies there. */
export type VisibleStore = Pick<
  EventStore,
  | "epoch"
  | "head"
  | "floor"
  | "events"
  | "eventsText"
  | "count"
  | "eventsById"
  | "dispatchesOf"
  | "hooks"
  | "hooksByKey"
  | "byType"
  | "byNamespace"
  | "byHook"
  | "trends"
  | "hookActivity"
  | "placeSince"
>;

export function visibleStore(store: EventStore, rights: Rights): VisibleStore {
  return isWhole(rights.sight) ? store : new Narrowed(store, rights);
}

class Narrowed implements VisibleStore {
  readonly #store: EventStore;
  readonly #rights: Rights;
  /** Whether there are events whose hooks may not be seen. */
  readonly #hidesHooks: boolean;

  constructor(store: EventStore, rights: Rights) {
    this.#store = store;
    this.#rights = rights;
    const { events, hooks } = rights.sight;
    this.#hidesHooks = hooks !== events && !covers(hooks, events);
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  get head(): number {
    return this.#store.head;
  }

  get floor(): number {
    return this.#store.floor;
  }

  async events(query: EventQuery): Promise<EventPage> {
    const { records, hasMore } = await this.#store.events(await this.#query(query));
    return { records: records.map((record) => this.#shown(record)), hasMore };
  }

  async eventsText(query: EventQuery): Promise<EventTextPage> {
    if (!this.#hidesHooks) return this.#store.eventsText(await this.#query(query));
    const { records, hasMore } = await this.events(query);
    const text = records.map(({ json }) => json).join(",");
    return { text, hasMore, first: records[0], last: records.at(-1) };
  }

  async count(filter: EventFilter) {
    return this.#store.count(await this.#filter(filter));
  }

  async eventsById(ids: readonly EventId[]) {
    const records = await this.#store.eventsById(ids);
    return records.map((record) => {
      return record && sees(this.#sight.events, record.parsed.namespace) ? this.#shown(record) : undefined;
    });
  }

  async dispatchesOf(ids: readonly EventId[]) {
    const found = await this.#store.dispatchesOf(ids);
    const shown = [...found].map(([id, dispatches]) => {
      return [id, dispatches.filter(({ hook }) => sees(this.#sight.hooks, hook.namespace))] as const;
    });
    return new Map(shown);
  }

  async hooks(query: HookQuery) {
    const { hooks } = this.#sight;
    if (query.namespaces) await requireSight(this.#rights, "hooks", query.namespaces);
    else if (hooks !== "all") return this.#store.hooks({ ...query, namespaces: [...hooks] });
    return this.#store.hooks(query);
  }

  async hooksByKey(keys: readonly HookKey[]) {
    const hooks = await this.#store.hooksByKey(keys);
    return hooks.map((hook) => (hook && sees(this.#sight.hooks, hook.namespace) ? hook : undefined));
  }

  async byType(filter: EventFilter) {
    return this.#store.byType(await this.#filter(filter));
  }

  async byNamespace(filter: EventFilter) {
    return this.#store.byNamespace(await this.#filter(filter));
  }

  async byHook(filter: EventFilter) {
    const counts = await this.#store.byHook(await this.#filter(filter));
    return counts.filter(({ hook }) => sees(this.#sight.hooks, hook.namespace));
  }

  async trends(filter: EventFilter, range: TimeRange, interval: number) {
    return this.#store.trends(await this.#filter(filter), range, interval);
  }

  async hookActivity(keys: readonly HookKey[], range: TimeRange): Promise<readonly HookActivity[]> {
    const namespaces = keys.map(({ namespace }) => namespace);
    await requireSight(this.#rights, "hooks", namespaces);
    await requireSight(this.#rights, "events", namespaces);
    return this.#store.hookActivity(keys, range);
  }

  placeSince(at: number) {
    return this.#store.placeSince(at);
  }

  get #sight(): Sight {
    return this.#rights.sight;
  }

  async #query(query: EventQuery): Promise<EventQuery> {
    return { ...query, filter: await this.#filter(query.filter) };
  }

  async #filter(filter: EventFilter): Promise<EventFilter> {
    await requireFiltered(this.#rights, filter);
    return within(filter, this.#sight.events);
  }

  #shown(record: EventRecord): EventRecord {
    return this.#hidesHooks ? hooksShown(record, this.#sight) : record;
  }
}

/** Throws FORBIDDEN when the filter names what may not be seen. */
export async function requireFiltered(rights: Rights, { namespaces, hook }: EventFilter): Promise<void> {
  await requireSight(rights, "events", namespaces);
  if (hook) await requireSight(rights, "hooks", [hook.namespace]);
}

/** What a caller has to see for as long as it is told by the filter. */
export function neededBy({ namespaces, hook }: EventFilter): Partial<Readonly<Record<keyof Sight, readonly string[]>>> {
  return { ...(namespaces ? { events: namespaces } : {}), ...(hook ? { hooks: [hook.namespace] } : {}) };
}

/** The event with those of its hooks that may be seen. */
export function hooksShown(record: EventRecord, { hooks: scope }: Sight): EventRecord {
  const { event, seq, ignoredByController } = record;
  const hooks = event.hooks.filter(({ namespace }) => sees(scope, namespace));
  if (hooks.length === event.hooks.length) return record;
  return new EventRecord(seq, JSON.stringify(toEventJson({ ...event, hooks })), ignoredByController);
}
