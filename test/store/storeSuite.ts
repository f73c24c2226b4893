// What every store must do, as one list of behaviours over a factory of stores.
// Expected values come from the predicate, from model.ts, or are written out.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Change } from "../../src/events/change.ts";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { EventId, HookEvent, MatchedObservation } from "../../src/events/event.ts";
import type { EventRecord } from "../../src/events/eventRecord.ts";
import { type EventFilter, matchesFilter } from "../../src/events/filter.ts";
import { hookPath } from "../../src/events/hook.ts";
import { EVENT_SORTS, type EventSort, type PageKey } from "../../src/events/page.ts";
import type { EventStore } from "../../src/store/store.ts";
import {
  batches,
  crowdedObservations,
  DAY,
  dispatches,
  filters,
  HOUR,
  hookKeys,
  hooks,
  intervals,
  NOON,
  observations,
  summedFilters,
  timeRanges,
  WINDOW,
} from "../generators.ts";
import { bytewise, countOf, eventOf, ModelStore, sorted, storable, sumOf } from "./model.ts";

export interface SuiteStoreOptions {
  /** ms; NEVER keeps all. */
  readonly maxAge?: number;
  readonly maxBytes?: number;
  /** Changes held in memory; 1 makes nearly every read of changes one of the database. */
  readonly ringChanges?: number;
}

export interface StoreFixture {
  readonly store: EventStore;
  /** Closes the store and opens the same one again. */
  reopen(): Promise<EventStore>;
  dispose(): Promise<void>;
}

export type StoreFactory = (options?: SuiteStoreOptions) => Promise<StoreFixture>;

/** Later than every window of a generated time. */
const LATER = NOON + 10 * DAY;

const SEED = 20261123;

export function storeSuite(name: string, create: StoreFactory): void {
  async function withStore(options: SuiteStoreOptions, use: (fixture: StoreFixture) => Promise<void>): Promise<void> {
    const fixture = await create(options);
    try {
      await use(fixture);
    } finally {
      await fixture.dispose();
    }
  }

  describe(`${name} stores observations`, () => {
    it("stores each state once, however often it is told", () =>
      withStore({}, async ({ store, reopen }) => {
        const state = observation({ uid: "u", count: 1 });
        expect(await store.append([state, state], NOON)).toHaveLength(1);
        expect(await store.append([state], NOON + HOUR)).toEqual([]);
        const again = await reopen();
        expect(await again.append([state], NOON + DAY)).toEqual([]);
        expect([again.head, await again.count({})]).toEqual([1, 1]);
      }));

    it("counts as occurrences what the count grew by, and ignores a lower count told late", () =>
      withStore({}, async ({ store }) => {
        const changes = await store.append(
          [3, 7, 5, 7, 8].map((count) => observation({ uid: "u", count, lastSeen: NOON + count })),
          NOON,
        );
        expect(changes.map(({ record }) => [record.event.count, record.event.occurrences])).toEqual([
          [3, 3],
          [7, 4],
          [8, 1],
        ]);
      }));

    it("gives every observation the status that its incident gives it, whatever the order of arrival", () =>
      withStore({}, async ({ store }) => {
        let run = 0;
        await fc.assert(
          fc.asyncProperty(batches, fc.constantFrom(NOON - DAY, NOON, NOON + WINDOW, LATER), async (told, now) => {
            const cluster = `run ${run++}`; // apart from what earlier runs stored
            const start = store.head;
            const model = new ModelStore(WINDOW, start);
            for (const batch of told) {
              const own = batch.map((each) => ({ ...each, cluster, uid: `${each.uid} of ${cluster}` }));
              await store.append(own, now);
              model.append(own, now);
            }
            const stored = await everything(store, start);
            expect(stored.map(({ seq, event }) => modelled(seq, event))).toEqual(model.events);
            expect(store.head).toBe(model.head);
          }),
          { numRuns: 60 },
        );
      }));

    it("gives the same statuses at once and one by one, across restarts", () =>
      withStore({}, async (once) => {
        const told = fc.sample(crowdedObservations, { numRuns: 8, seed: SEED });
        await once.store.append(told, LATER);
        await withStore({}, async (piecemeal) => {
          for (const single of told) await (await piecemeal.reopen()).append([single], LATER);
          const [a, b] = await Promise.all([everything(once.store), everything(await piecemeal.reopen())]);
          const compared = (records: typeof a) => records.map(({ seq, event }) => modelled(seq, event));
          expect(compared(b)).toEqual(compared(a));
        });
      }));

    it("replaces what no database can hold in text, in the columns and in the answer alike", () =>
      withStore({}, async ({ store }) => {
        await store.append([observation({ uid: "u", message: "a\u0000b\uD800c", reason: "x\u0000" })], NOON);
        const [stored] = await everything(store);
        expect(stored?.event.message).toBe("a\uFFFDb\uFFFDc");
        expect(await store.count({ reason: "x\uFFFD" })).toBe(1);
        expect(await store.count({ reason: "x\u0000" })).toBe(0);
      }));

    it("resolves a firing event when its window has passed, at the end of the window", () =>
      withStore({}, async ({ store }) => {
        await store.append([observation({ uid: "u", lastSeen: NOON })], NOON);
        expect(await store.resolveDue(NOON + WINDOW - 1)).toEqual([]);
        const [change] = await store.resolveDue(NOON + WINDOW);
        expect(change?.kind).toBe("modified");
        expect(change?.record.event).toMatchObject({ status: "RESOLVED", resolvedAt: NOON + WINDOW });
        expect(change?.record.event.cursor).toBe(store.cursors.encode(2));
        expect(await store.resolveDue(NOON + DAY)).toEqual([]);
        expect(sumOf(await store.byType({}))).toEqual({ total: 1, firing: 0, duplicate: 0, resolved: 1 });
      }));

    it("resolves more at once than one transaction takes", () =>
      withStore({}, async ({ store }) => {
        const many = Array.from({ length: 2500 }, (_, index) =>
          observation({ uid: `u${index}`, name: `web-${index}`, lastSeen: NOON + index }),
        );
        await store.append(many, NOON);
        const changes = await store.resolveDue(NOON + WINDOW + 2500);
        expect(changes.map(({ record }) => record.seq)).toEqual(many.map((_, index) => 2501 + index));
        expect(await store.count({ statuses: ["FIRING"] })).toBe(0);
      }));

    it("keeps everything across a restart", () =>
      withStore({}, async ({ store, reopen }) => {
        await store.append([observation({ uid: "u" }), observation({ uid: "v" })], NOON);
        await store.recordGap({ from: 1, to: 2, reason: "RELIST", source: "kubernetes" });
        await store.markSynced("kubernetes", NOON);
        const before = await Promise.all([everything(store), store.describe(), store.gaps(10)]);
        const { epoch, head, revision, cursors } = store;
        const again = await reopen();
        expect(await Promise.all([everything(again), again.describe(), again.gaps(10)])).toEqual(before);
        expect([again.epoch, again.head, again.revision]).toEqual([epoch, head, revision]);
        expect(again.cursors.decode(cursors.encode(head))).toBe(head);
        expect([await again.syncedAt("kubernetes"), await again.syncedAt("demo")]).toEqual([NOON, null]);
      }));
  });

  describe(`${name} tells of changes`, () => {
    it("tells listeners after a query can see it, in order of seq, and before the call resolves", () =>
      withStore({}, async ({ store }) => {
        const told: number[] = [];
        const visible: Promise<boolean>[] = [];
        store.subscribe((changes) => {
          told.push(...changes.map(({ seq }) => seq));
          const ids = recordsOf(changes).map(({ event }) => event.id);
          visible.push(store.eventsById(ids).then((found) => found.every((record) => record !== undefined)));
        });
        const unsubscribe = store.subscribe(() => told.push(-1));
        unsubscribe();
        const appended = Array.from({ length: 20 }, (_, index) =>
          store.append([observation({ uid: `u${index}` })], NOON).then(([change]) => {
            expect(told).toContain(change?.record.seq);
            expect(store.head).toBeGreaterThanOrEqual(change?.record.seq ?? 0);
          }),
        );
        await Promise.all(appended);
        expect(told).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
        expect(await Promise.all(visible)).not.toContain(false);
      }));

    it.each([1, 10_000])(
      "replays every event once in its latest state, with %i changes in memory",
      async (ringChanges) => {
        await fc.assert(
          fc.asyncProperty(batches, fc.nat(40), fc.integer({ min: 1, max: 7 }), (told, from, limit) =>
            withStore({ ringChanges }, async ({ store }) => {
              for (const [index, batch] of told.entries()) {
                await store.append(batch, NOON);
                if (index % 2 === 1) await store.resolveDue(NOON + index * WINDOW);
              }
              const latest = (await everything(store)).filter(({ seq }) => seq > from).sort((a, b) => a.seq - b.seq);
              const replayed: number[] = [];
              for (let at = from; ; ) {
                const { changes: step } = await store.changesSince(at, limit);
                if (step.length === 0) break;
                replayed.push(...step.map(({ seq }) => seq));
                at = replayed.at(-1) ?? at;
              }
              expect(replayed).toEqual(latest.map(({ seq }) => seq));
            }),
          ),
          { numRuns: 12 },
        );
      },
    );

    it("moves its revision for every visible change and for nothing else", () =>
      withStore({}, async ({ store }) => {
        const [hook] = fc.sample(hooks, { numRuns: 1, seed: SEED });
        const [dispatch] = fc.sample(dispatches, { numRuns: 1, seed: SEED });
        if (!hook || !dispatch) throw new Error("no sample");
        const steps: [does: boolean, step: () => Promise<unknown>][] = [
          [true, () => store.append([observation({ uid: "u" })], NOON)],
          [false, () => store.append([observation({ uid: "u" })], NOON)],
          [false, () => store.resolveDue(NOON)],
          [true, () => store.resolveDue(NOON + WINDOW)],
          [true, () => store.putHooks([hook])],
          [false, () => store.putHooks([hook])],
          [true, () => store.deleteHooks([hook], NOON)],
          [false, () => store.deleteHooks([hook], NOON + 1)],
          [true, () => store.appendDispatches([dispatch])],
          [false, () => store.appendDispatches([dispatch])],
          [true, () => store.recordGap({ from: 1, to: 2, reason: "r", source: "s" })],
          [false, () => store.markSynced("s", NOON)],
          [false, () => store.prune(NOON)],
        ];
        for (const [does, step] of steps) {
          const { revision } = store;
          await step();
          expect([step.toString(), store.revision > revision]).toEqual([step.toString(), does]);
        }
      }));
  });

  describe(`${name} answers queries`, () => {
    let fixture: StoreFixture;
    let stored: readonly HookEvent[];

    beforeAll(async () => {
      fixture = await create({});
      const told = fc.sample(fc.oneof(observations, observations, crowdedObservations), {
        numRuns: 1200,
        seed: SEED,
      });
      // Each a state of its own; one part while windows are open, so that all statuses occur.
      const distinct = told.map((each, index) => ({ ...each, uid: `${each.uid}-${index}` }));
      await fixture.store.append(distinct.slice(0, 900), LATER);
      await fixture.store.append(distinct.slice(900), NOON);
      stored = (await everything(fixture.store)).map(({ event }) => event);
    });
    afterAll(() => fixture.dispose());

    it("finds what the predicate matches, for every filter", async () => {
      expect(new Set(stored.map(({ status }) => status))).toEqual(new Set(["FIRING", "DUPLICATE", "RESOLVED"]));
      await fc.assert(
        fc.asyncProperty(filters, fc.constantFrom(...EVENT_SORTS), async (filter, sort) => {
          const expected = stored.filter((event) => matchesFilter(filter, event));
          const { records } = await fixture.store.events({ filter, sort, first: 1000 });
          expect(records.map(({ event }) => event.id)).toEqual(ids(sorted(expected, sort)).slice(0, 1000));
          expect(await fixture.store.count(filter)).toBe(expected.length);
        }),
        { numRuns: 400 },
      );
    });

    it.each(filterParts())("finds what the predicate matches by %s alone", async (part) => {
      await fc.assert(
        fc.asyncProperty(filters, async (generated) => {
          const filter: EventFilter = Object.fromEntries(Object.entries(generated).filter(([key]) => key === part));
          const expected = stored.filter((event) => matchesFilter(filter, event));
          const { records } = await fixture.store.events({ filter, sort: "TIMESTAMP_DESC", first: 1000 });
          expect(records.map(({ event }) => event.id)).toEqual(ids(sorted(expected, "TIMESTAMP_DESC")).slice(0, 1000));
        }),
        { numRuns: 60 },
      );
    });

    it.each(EVENT_SORTS)("pages by cursor and by offset through the same sequence: %s", async (sort) => {
      const pageFilters = fc.oneof(fc.constant({}), summedFilters, filters);
      await fc.assert(
        fc.asyncProperty(pageFilters, fc.integer({ min: 1, max: 400 }), async (filter, first) => {
          const expected = ids(
            sorted(
              stored.filter((event) => matchesFilter(filter, event)),
              sort,
            ),
          );
          const byCursor: EventId[] = [];
          const byOffset: EventId[] = [];
          for (let after: PageKey | undefined, hasMore = true; hasMore; ) {
            const page = await fixture.store.events({ filter, sort, first, ...(after ? { after } : {}) });
            byCursor.push(...page.records.map(({ event }) => event.id));
            const last = page.records.at(-1)?.event;
            if (last) after = placeOf(sort, last);
            hasMore = page.hasMore;
          }
          for (let hasMore = true; hasMore; ) {
            const page = await fixture.store.events({ filter, sort, first, offset: byOffset.length });
            byOffset.push(...page.records.map(({ event }) => event.id));
            hasMore = page.hasMore;
          }
          expect(byCursor).toEqual(expected);
          expect(byOffset).toEqual(expected);
          for (let after: PageKey | undefined, hasMore = true; hasMore; ) {
            const query = { filter, sort, first, ...(after ? { after } : {}) };
            const { records } = await fixture.store.events(query);
            const page = await fixture.store.eventsText(query);
            expect(page.text).toBe(records.map(({ json }) => json).join(","));
            expect(page.first?.event).toEqual(records[0]?.event);
            expect(page.last?.event).toEqual(records.at(-1)?.event);
            after = page.last && placeOf(sort, page.last.event);
            hasMore = page.hasMore;
          }
        }),
        { numRuns: 15 },
      );
    });

    it("goes on behind any place with an offset, in every order", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...EVENT_SORTS),
          filters,
          fc.nat(stored.length - 1),
          fc.nat(30),
          async (sort, filter, index, offset) => {
            const all = sorted(stored, sort);
            const place = all[index];
            if (!place) throw new Error("no event");
            const expected = all.slice(index + 1).filter((event) => matchesFilter(filter, event));
            const query = { filter, sort, first: 10, after: placeOf(sort, place), offset };
            const { records, hasMore } = await fixture.store.events(query);
            expect(records.map(({ event }) => event.id)).toEqual(ids(expected).slice(offset, offset + 10));
            expect(hasMore).toBe(expected.length > offset + 10);
          },
        ),
        { numRuns: 150 },
      );
    });

    it("counts what a plain count over the events counts, for every filter", async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(summedFilters, filters), async (filter) => {
          const matching = stored.filter((event) => matchesFilter(filter, event));
          const { store } = fixture;
          expect(await store.count(filter)).toBe(matching.length);
          expect(await store.byType(filter)).toEqual(grouped(matching, "eventType", (event) => [event.eventType]));
          expect(await store.byNamespace(filter)).toEqual(grouped(matching, "namespace", (event) => [event.namespace]));
          expect(await store.byHook(filter)).toEqual(
            grouped(matching, "hook", (event) => event.hooks.map(hookPath)).map(({ hook, ...counts }) => {
              const [namespace = "", name = ""] = hook.split("/");
              return { hook: { namespace, name }, ...counts };
            }),
          );
        }),
        { numRuns: 150 },
      );
    });

    it("counts trends as a plain count over the events does, for every filter, range and interval", async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(summedFilters, filters), timeRanges, intervals, async (filter, range, interval) => {
          const inRange = { startTime: range.start, endTime: range.end };
          const matching = stored.filter((event) => matchesFilter(filter, event) && matchesFilter(inRange, event));
          const buckets = await fixture.store.trends(filter, range, interval);
          expect(buckets.map(({ start }) => start)).toEqual(bucketStarts(range, interval));
          for (const { start, end, byType, ...counts } of buckets) {
            expect(end).toBe(start + interval);
            const inside = matching.filter(({ timestamp }) => timestamp >= start && timestamp < end);
            expect(counts).toEqual(countOf(inside));
            expect(byType).toEqual(grouped(inside, "eventType", (event) => [event.eventType]));
          }
        }),
        { numRuns: 100 },
      );
    });

    it("refuses a trend without an interval or with too many buckets", async () => {
      const range = { start: NOON, end: NOON + 30 * DAY };
      await expect(fixture.store.trends({}, range, 0)).rejects.toThrow(/interval/);
      await expect(fixture.store.trends({}, range, 1)).rejects.toThrow(/buckets/);
    });

    it("answers by id in the order asked, undefined where there is none", async () => {
      const asked = [stored[5]?.id, "no.1", stored[2]?.id, "", "nodot"] as EventId[];
      const found = await fixture.store.eventsById(asked);
      expect(found.map((record) => record?.event.id)).toEqual([asked[0], undefined, asked[2], undefined, undefined]);
    });
  });

  it(`${name} keeps a page cursor's place while events arrive`, () =>
    withStore({}, async ({ store }) => {
      await fc.assert(
        fc.asyncProperty(batches, fc.constantFrom(...EVENT_SORTS), async (told, sort) => {
          const distinct = told.map((batch, index) =>
            batch.map((each, at) => ({ ...each, uid: `${each.uid}-${store.head}-${index}-${at}` })),
          );
          await store.append(distinct[0] ?? [], LATER);
          const atStart = new Set(ids((await everything(store)).map(({ event }) => event)));
          const seen: EventId[] = [];
          let after: PageKey | undefined;
          for (let step = 1, hasMore = true; hasMore; step++) {
            const page = await store.events({ filter: {}, sort, first: 40, ...(after ? { after } : {}) });
            seen.push(...page.records.map(({ event }) => event.id));
            const last = page.records.at(-1)?.event;
            if (last) after = placeOf(sort, last);
            hasMore = page.hasMore;
            await store.append(distinct[step] ?? [], LATER);
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.filter((id) => atStart.has(id)).length).toBe(atStart.size);
        }),
        { numRuns: 10 },
      );
    }));

  describe(`${name} keeps hooks and dispatches`, () => {
    it("lists hooks by namespace and name, with total, cursor and offset, without the deleted", () =>
      withStore({}, async ({ store }) => {
        const all = fc.sample(hooks, { numRuns: 60, seed: SEED });
        await store.putHooks(all);
        const latest = [...new Map(all.map((hook) => [hookPath(hook), hook])).values()].sort(
          (a, b) => bytewise(a.namespace, b.namespace) || bytewise(a.name, b.name),
        );
        expect(await store.hooks({ first: 100 })).toEqual({ hooks: latest, total: latest.length, hasMore: false });
        const [first, second, third] = latest;
        if (!first || !second || !third) throw new Error("too few hooks");
        const page = await store.hooks({ first: 1, after: first, offset: 1 });
        expect(page).toEqual({ hooks: [third], total: latest.length, hasMore: latest.length > 3 });
        const web = await store.hooks({ first: 100, matches: (labels) => labels.app === "web" });
        expect(web.hooks).toEqual(latest.filter((hook) => hook.labels.app === "web"));
        await store.deleteHooks([second], NOON);
        expect((await store.hooks({ first: 100, namespaces: [first.namespace] })).hooks).not.toContainEqual(second);
        const missing = { namespace: "default", name: "never" };
        await store.deleteHooks([missing], NOON);
        const [found, none] = await store.hooksByKey([second, missing]);
        expect([found, none]).toEqual([{ ...second, deletedAt: NOON }, undefined]);
        await store.putHooks([second]);
        expect(await store.hooksByKey([second])).toEqual([second]);
      }));

    it("keeps a hook that only events name apart from one that was seen", () =>
      withStore({}, async ({ store }) => {
        const hook = { namespace: "default", name: "ghost" };
        await store.append([observation({ uid: "u", hooks: [hook] })], NOON);
        expect(await store.hooksByKey([hook])).toEqual([undefined]);
        expect((await store.hooks({ first: 10 })).total).toBe(0);
        expect(await store.count({ hook })).toBe(1);
      }));

    it("gives each dispatch to the nearest event of its hook, type and resource", async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.array(dispatches, { maxLength: 25 }), (told, audited) =>
          withStore({}, async ({ store }) => {
            for (const batch of told) await store.append(batch, LATER);
            const distinct = [...new Map(audited.map((each) => [each.id, each])).values()];
            expect(await store.appendDispatches(distinct)).toBe(distinct.length);
            expect(await store.appendDispatches(distinct)).toBe(0);
            const events = (await everything(store)).map(({ event }) => event);
            const joined = await store.dispatchesOf(ids(events));
            const expected = new Map<EventId, string[]>(ids(events).map((id) => [id, []]));
            const inOrder = distinct.sort((a, b) => a.timestamp - b.timestamp || bytewise(a.id, b.id));
            for (const each of inOrder) {
              const owner = eventOf(each, events, DAY);
              if (owner) expected.get(owner)?.push(each.id);
            }
            expect(new Map([...joined].map(([id, list]) => [id, list.map((each) => each.id)]))).toEqual(expected);
            // Asked for one at a time the answer is the same: what is not asked for competes as well.
            for (const id of ids(events).slice(0, 5)) {
              const alone = await store.dispatchesOf([id]);
              expect(alone.get(id)).toEqual(joined.get(id));
            }
          }),
        ),
        { numRuns: 15 },
      );
    });

    it("counts what came of each hook in a range", async () => {
      await fc.assert(
        fc.asyncProperty(
          batches,
          fc.array(dispatches, { maxLength: 20 }),
          fc.uniqueArray(hookKeys, { selector: hookPath }),
          timeRanges,
          (told, audited, keys, range) =>
            withStore({}, async ({ store }) => {
              for (const batch of told) await store.append(batch, LATER);
              const distinct = [...new Map(audited.map((each) => [each.id, each])).values()];
              await store.appendDispatches(distinct);
              const grown = growthOf(distinct);
              const events = (await everything(store)).map(({ event }) => event);
              const activity = await store.hookActivity(keys, range);
              expect(activity).toEqual(
                keys.map((hook) => {
                  const filter = { hook, startTime: range.start, endTime: range.end };
                  const matching = events.filter((event) => matchesFilter(filter, event));
                  const ofHook = distinct.filter(
                    ({ hook: of, timestamp }) =>
                      hookPath(of) === hookPath(hook) && timestamp >= range.start && timestamp < range.end,
                  );
                  const outcome = (wanted: string) =>
                    ofHook
                      .filter((each) => each.outcome === wanted)
                      .reduce((sum, each) => sum + (grown.get(each.id) ?? 0), 0);
                  return {
                    summary: countOf(matching),
                    byType: grouped(matching, "eventType", (event) => [event.eventType]),
                    dispatches: {
                      FIRED: outcome("FIRED"),
                      SUCCEEDED: outcome("SUCCEEDED"),
                      FAILED: outcome("FAILED"),
                      DUPLICATE_IGNORED: outcome("DUPLICATE_IGNORED"),
                    },
                    lastEventAt: matching.length === 0 ? null : Math.max(...matching.map((event) => event.timestamp)),
                  };
                }),
              );
            }),
        ),
        { numRuns: 12 },
      );
    });

    it("tells of gaps newest first, each at its place in the sequence", () =>
      withStore({}, async ({ store }) => {
        const gap = { from: NOON, to: NOON + 1, reason: "EXPIRED", source: "kubernetes" };
        await store.recordGap(gap);
        await store.append([observation({ uid: "u" })], NOON);
        await store.recordGap({ ...gap, reason: "SILENCE" });
        expect(await store.gaps(10)).toEqual([
          { ...gap, reason: "SILENCE", seq: 3 },
          { ...gap, seq: 1 },
        ]);
        expect(await store.gaps(1)).toHaveLength(1);
      }));

    it.each([1, 10_000])("replays a gap at its place among the events, with %i changes in memory", (ringChanges) =>
      withStore({ ringChanges }, async ({ store, reopen }) => {
        const gap = { from: NOON, to: NOON + 1, reason: "EXPIRED", source: "kubernetes" };
        const told: Change[] = [];
        store.subscribe((changes) => told.push(...changes));
        await store.append([observation({ uid: "u" })], NOON);
        await store.recordGap(gap);
        await store.append([observation({ uid: "v", name: "other" })], NOON);
        const places = (changes: readonly Change[]) => changes.map(({ kind, seq }) => [kind, seq]);
        const all = [
          ["added", 1],
          ["gap", 2],
          ["added", 3],
        ];
        expect(places(told)).toEqual(all);
        expect([store.head, places((await store.changesSince(0, 10)).changes)]).toEqual([3, all]);
        expect(places((await store.changesSince(1, 1)).changes)).toEqual([["gap", 2]]);
        const [change] = (await store.changesSince(1, 1)).changes;
        expect(change).toEqual({ kind: "gap", seq: 2, gap });
        const again = await reopen();
        expect([again.head, places((await again.changesSince(0, 10)).changes)]).toEqual([3, all]);
        await again.resolveDue(NOON + WINDOW);
        const { changes: later, head } = await again.changesSince(0, 10);
        expect(head).toBe(5);
        expect(places(later)).toEqual([
          ["gap", 2],
          ["modified", 4],
          ["modified", 5],
        ]);
        expect(later.map((each) => (each.kind === "gap" ? 0 : each.addedAt)).sort()).toEqual([0, 1, 3]);
      }),
    );

    it("finds the place behind which lies all that happened or was resolved since an instant", () =>
      withStore({}, async ({ store }) => {
        expect(await store.placeSince(NOON)).toEqual({ seq: 0, isComplete: true });
        const at = (uid: string, lastSeen: number) => observation({ uid, name: uid, lastSeen });
        await store.append([at("old", NOON - DAY), at("due", NOON - WINDOW + 1)], NOON - DAY);
        await store.append([at("last", NOON), at("new", NOON + HOUR)], NOON);
        await store.resolveDue(NOON + 1);
        expect(await store.placeSince(NOON + 2 * HOUR)).toEqual({ seq: store.head, isComplete: true });
        const { seq } = await store.placeSince(NOON);
        const behind = recordsOf((await store.changesSince(seq, 10)).changes).map(({ event }) => event.uid);
        expect(behind).toEqual(expect.arrayContaining(["new", "due", "last"]));
        const late = await store.placeSince(NOON + WINDOW);
        expect(late.seq).toBe(2);
      }));

    it("tells of hooks as they come, change and go, each once as it is now", () =>
      withStore({}, async ({ store }) => {
        const [first, second] = fc.sample(hooks, { numRuns: 2, seed: SEED });
        if (!first || !second) throw new Error("no sample");
        const a = { ...first, namespace: "a", deletedAt: null };
        const b = { ...second, namespace: "b", deletedAt: null };
        let woken = 0;
        const unsubscribe = store.hookChanges.subscribe(() => woken++);
        const since = (seq: number) =>
          store.hookChanges
            .since(seq)
            .changes.map(({ kind, seq: place, addedAt, hook }) => [kind, place, addedAt, hook.namespace]);
        await store.putHooks([a, b]);
        expect(since(0)).toEqual([
          ["added", 1, 1, "a"],
          ["added", 2, 2, "b"],
        ]);
        await store.putHooks([a, b]);
        expect([store.hookChanges.head, woken]).toEqual([2, 1]);
        await store.putHooks([{ ...a, generation: a.generation + 1 }]);
        expect([since(2), since(0)]).toEqual([
          [["modified", 3, 1, "a"]],
          [
            ["added", 2, 2, "b"],
            ["modified", 3, 1, "a"],
          ],
        ]);
        await store.deleteHooks([b], NOON);
        expect(since(2)).toEqual([
          ["modified", 3, 1, "a"],
          ["deleted", 4, 2, "b"],
        ]);
        await store.putHooks([b]);
        expect([since(4), woken]).toEqual([[["added", 5, 5, "b"]], 4]);
        unsubscribe();
        await store.deleteHooks([b], NOON);
        expect(woken).toBe(4);
      }));
  });

  describe(`${name} prunes`, () => {
    async function pruneAll(store: EventStore, now: number): Promise<{ byAge: number; bySize: number }> {
      const total = { byAge: 0, bySize: 0 };
      for (let more = true; more; ) {
        const step = await store.prune(now);
        total.byAge += step.byAge;
        total.bySize += step.bySize;
        more = step.more;
      }
      return total;
    }

    it("prunes by age exactly what is too old, and keeps every sum equal to a count over the rest", async () => {
      await fc.assert(
        fc.asyncProperty(batches, fc.constantFrom(-WINDOW, 0, HOUR, DAY), filters, (told, edge, filter) =>
          withStore({ maxAge: DAY }, async ({ store, reopen }) => {
            // A count that grows with time, as it does in a cluster; the pools' uids would go back and forth.
            const growing = told.map((batch, index) =>
              batch.map((each, at) => ({ ...each, uid: `${each.uid}-${index}-${at}` })),
            );
            for (const batch of growing) await store.append(batch, LATER);
            const before = (await everything(store)).map(({ event }) => event);
            const cutoff = NOON + edge;
            const { byAge } = await pruneAll(store, cutoff + DAY);
            const left = before.filter(({ timestamp }) => timestamp >= cutoff);
            expect(byAge).toBe(before.length - left.length);
            const again = await reopen();
            expect((await everything(again)).map(({ event }) => event)).toEqual(left);
            expect(sumOf(await again.byType({}))).toEqual(countOf(left));
            const types = grouped(left, "eventType", (event) => [event.eventType]);
            expect(await again.byType({ startTime: NOON - 100 * DAY })).toEqual(types);
            expect((await again.byHook({})).reduce((sum, { total }) => sum + total, 0)).toBe(
              left.reduce((sum, { hooks: of }) => sum + of.length, 0),
            );
            expect(await again.count(filter)).toBe(left.filter((event) => matchesFilter(filter, event)).length);
            expect((await again.describe()).prunedByAge).toBe(byAge);
            // Told again as after a restart: nothing that was pruned comes back.
            for (const batch of growing) expect(await again.append(batch, LATER)).toEqual([]);
          }),
        ),
        { numRuns: 8 },
      );
    });

    it("moves its floor past everything pruned, and says how much was told again in vain", () =>
      withStore({ maxAge: DAY }, async ({ store }) => {
        const told = [0, 1, 2, 3].map((hour) => observation({ uid: `u${hour}`, lastSeen: NOON + hour * HOUR }));
        await store.append(told, LATER);
        await pruneAll(store, NOON + DAY + 2 * HOUR);
        expect(store.floor).toBe(2);
        expect((await store.changesSince(store.floor, 10)).changes.map(({ seq }) => seq)).toEqual([3, 4]);
        await store.append(told, LATER);
        expect(await store.describe()).toMatchObject({
          records: 2,
          prunedByAge: 2,
          tooOld: 2,
          oldest: NOON + 2 * HOUR,
        });
      }));

    it("gives late duplicates of a pruned head the status they would have had", () =>
      withStore({ maxAge: DAY }, async ({ store, reopen }) => {
        await store.append([observation({ uid: "head", lastSeen: NOON })], LATER);
        await pruneAll(store, NOON + DAY + 1);
        const again = await reopen();
        const [late] = await again.append([observation({ uid: "late", lastSeen: NOON + WINDOW - 1 })], LATER);
        expect(late?.record.event).toMatchObject({ status: "DUPLICATE", duplicateOf: "head.1" });
        const [next] = await again.append([observation({ uid: "next", lastSeen: NOON + WINDOW })], LATER);
        expect(next?.record.event.status).toBe("RESOLVED");
      }));

    it("prunes the oldest by size until what is in use fits, while reads go on", () =>
      withStore({ maxBytes: 1_000_000 }, async ({ store }) => {
        const many = Array.from({ length: 3000 }, (_, index) =>
          observation({ uid: `u${index}`, name: `web-${index}`, lastSeen: NOON + index, message: "x".repeat(300) }),
        );
        await store.append(many, LATER);
        let isPruning = true;
        let reads = 0;
        const reading = (async () => {
          while (isPruning) {
            const { records } = await store.events({ filter: {}, sort: "TIMESTAMP_DESC", first: 50 });
            expect(records[0]?.event.uid).toBe("u2999");
            reads++;
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        const { bySize } = await pruneAll(store, LATER);
        isPruning = false;
        await reading;
        expect(reads).toBeGreaterThan(10);
        const { bytes, records, prunedBySize, oldest } = await store.describe();
        expect(bytes).toBeLessThanOrEqual(1_000_000);
        expect([records, prunedBySize]).toEqual([3000 - bySize, bySize]);
        expect(records).toBeGreaterThan(100);
        expect(oldest).toBe(NOON + bySize);
        // What was freed is used again.
        await store.append(
          many.map((each) => ({ ...each, uid: `${each.uid}b`, lastSeen: each.lastSeen + HOUR })),
          LATER,
        );
        await pruneAll(store, LATER);
        expect((await store.describe()).bytes).toBeLessThanOrEqual(1_000_000);
      }));

    it("forgets dispatches and deleted hooks with the events they belong to", () =>
      withStore({ maxAge: DAY }, async ({ store }) => {
        const [hook] = fc.sample(hooks, { numRuns: 1, seed: SEED });
        const [sample] = fc.sample(dispatches, { numRuns: 1, seed: SEED });
        if (!hook || !sample) throw new Error("no sample");
        await store.putHooks([hook]);
        await store.append([observation({ uid: "u", lastSeen: NOON, hooks: [hook] })], LATER);
        await store.appendDispatches([{ ...sample, hook, timestamp: NOON }]);
        await store.deleteHooks([hook], NOON + 1);
        await pruneAll(store, NOON + DAY);
        expect((await store.hooksByKey([hook]))[0]?.deletedAt).toBe(NOON + 1);
        await pruneAll(store, NOON + DAY + HOUR);
        expect(await store.hooksByKey([hook])).toEqual([undefined]);
        const [activity] = await store.hookActivity([hook], { start: 0, end: LATER });
        expect(activity?.dispatches).toEqual({ FIRED: 0, SUCCEEDED: 0, FAILED: 0, DUPLICATE_IGNORED: 0 });
      }));
  });

  it(`${name} refuses every call once it is closed`, async () => {
    const { store, dispose } = await create({});
    await store.append([observation({ uid: "u" })], NOON);
    await store.close();
    await store.close();
    await expect(store.append([observation({ uid: "v" })], NOON)).rejects.toThrow(/closed/);
    await expect(store.count({})).rejects.toThrow(/closed/);
    await expect(store.events({ filter: {}, sort: "TIMESTAMP", first: 1 })).rejects.toThrow(/closed/);
    await dispose();
  });
}

/** The events of changes, without the gaps. */
export function recordsOf(changes: readonly Change[]): readonly EventRecord[] {
  return changes.flatMap((change) => (change.kind === "gap" ? [] : [change.record]));
}

export function observation(parts: {
  uid: string;
  count?: number;
  name?: string;
  lastSeen?: number;
  reason?: string;
  message?: string;
  hooks?: MatchedObservation["hooks"];
}): MatchedObservation {
  const {
    uid,
    count = 1,
    name = "web-0",
    lastSeen = NOON,
    reason = "BackOff",
    message = "Back-off",
    hooks = [],
  } = parts;
  return {
    uid,
    count,
    cluster: "main",
    source: "kubernetes",
    eventType: "pod-restart",
    severity: "HIGH",
    namespace: "default",
    resource: { apiVersion: "v1", kind: "Pod", name, namespace: "default", uid: null },
    reason,
    message,
    tags: {},
    firstSeen: lastSeen,
    lastSeen,
    ignoredByController: null,
    hooks: hooks.map(({ namespace, name: of }) => ({ namespace, name: of })),
  };
}

/** Every event whose latest change lies behind `from`, in order of it. */
async function everything(store: EventStore, from = 0): Promise<EventRecord[]> {
  const records: EventRecord[] = [];
  for (let at = from; ; ) {
    const { changes: step } = await store.changesSince(at, 1000);
    records.push(...recordsOf(step));
    const last = step.at(-1);
    if (!last) return records;
    at = last.seq;
  }
}

function modelled(seq: number, event: HookEvent) {
  const { cursor: _, ...rest } = event;
  return { ...storable(rest), seq };
}

function ids(events: readonly Pick<HookEvent, "id">[]): EventId[] {
  return events.map(({ id }) => id);
}

function placeOf(sort: EventSort, { timestamp, id, eventType, resource }: HookEvent): PageKey {
  if (sort.startsWith("EVENT_TYPE")) return { sort, timestamp, id, key: eventType };
  return sort.startsWith("RESOURCE_NAME") ? { sort, timestamp, id, key: resource.name } : { sort, timestamp, id };
}

function grouped<K extends string>(events: readonly HookEvent[], key: K, keysOf: (event: HookEvent) => string[]) {
  const keys = [...new Set(events.flatMap(keysOf))];
  const counts = keys.map((value) => {
    const ofIt = events.filter((event) => keysOf(event).includes(value));
    return { [key]: value, ...countOf(ofIt) } as Record<K, string> & ReturnType<typeof countOf>; // the key is K
  });
  return counts.sort((a, b) => b.total - a.total || bytewise(a[key], b[key]));
}

function bucketStarts({ start, end }: { start: number; end: number }, interval: number): number[] {
  const starts: number[] = [];
  if (start >= end) return starts;
  for (let at = Math.floor(start / interval) * interval; at < end; at += interval) starts.push(at);
  return starts;
}

function filterParts(): (keyof EventFilter)[] {
  return [
    "namespaces",
    "eventTypes",
    "statuses",
    "severities",
    "sources",
    "resourceName",
    "resourceKind",
    "reason",
    "hook",
    "text",
    "startTime",
    "endTime",
  ];
}

/** By how much each dispatch, in the order told, raised the highest count of its uid. */
function growthOf(told: readonly Dispatch[]): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  return new Map(
    told.map(({ id, uid, count }) => {
      const before = highest.get(uid) ?? 0;
      highest.set(uid, Math.max(before, count));
      return [id, Math.max(0, count - before)];
    }),
  );
}
