// The batching of one request: what resolvers ask for one by one, the store is asked for at once.
// Each kind of question costs one store call for each level of the query, whatever the number of events and hooks.
import DataLoader from "dataloader";
import type { Dispatch } from "../events/dispatch.ts";
import type { EventId } from "../events/event.ts";
import { type Hook, type HookKey, hookPath } from "../events/hook.ts";
import type { TimeRange } from "../events/statistics.ts";
import type { EventPage, EventQuery, HookActivity } from "../store/store.ts";
import type { VisibleStore } from "./visibleStore.ts";

export class Loaders {
  readonly #store: VisibleStore;
  readonly #activities = new Map<string, DataLoader<HookKey, HookActivity, string>>();
  readonly #pages = new Map<string, Promise<EventPage>>();
  readonly #counts = new Map<string, Promise<number>>();
  #hooks: DataLoader<HookKey, Hook | undefined, string> | undefined;
  #dispatches: DataLoader<EventId, readonly Dispatch[]> | undefined;

  constructor(store: VisibleStore) {
    this.#store = store;
  }

  /** undefined for a hook that the gateway knows by name only. */
  hook(key: HookKey): Promise<Hook | undefined> {
    this.#hooks ??= new DataLoader((keys) => this.#store.hooksByKey(keys), { cacheKeyFn: hookPath });
    return this.#hooks.load(key);
  }

  dispatches(id: EventId): Promise<readonly Dispatch[]> {
    this.#dispatches ??= new DataLoader(async (ids) => {
      const found = await this.#store.dispatchesOf(ids);
      return ids.map((each) => found.get(each) ?? []);
    });
    return this.#dispatches.load(id);
  }

  activity(key: HookKey, range: TimeRange): Promise<HookActivity> {
    const rangeKey = `${range.start} ${range.end}`;
    let loader = this.#activities.get(rangeKey);
    if (!loader) {
      loader = new DataLoader((keys) => this.#store.hookActivity(keys, range), { cacheKeyFn: hookPath });
      this.#activities.set(rangeKey, loader);
    }
    return loader.load(key);
  }

  /** The same page asked for again (one hook of many events) is read once. */
  page(query: EventQuery): Promise<EventPage> {
    return once(this.#pages, JSON.stringify(query), () => this.#store.events(query));
  }

  count(filter: EventQuery["filter"]): Promise<number> {
    return once(this.#counts, JSON.stringify(filter), () => this.#store.count(filter));
  }
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, ask: () => Promise<Value>): Promise<Value> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  return asked;
}
