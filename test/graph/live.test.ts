// A reader of a sequence: what it is told by one reading after another, whatever happens between them.
// The sequence is a list here, and what must be told of it is worked out by remembering who was told what.
import "reflect-metadata";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EventChangeNode, eventChanges } from "../../src/graph/eventChange.ts";
import { type Feed, type Item, keyOf, LiveReader } from "../../src/graph/live.ts";
import { DAY, HOUR, NOON } from "../generators.ts";
import { newStorePath, openForTest } from "../store/storeDirectory.ts";
import { observation } from "../store/storeSuite.ts";
import { graphContext } from "./harness.ts";

interface Change extends Item {
  readonly thing: number;
  readonly version: number;
}

/** All that has ever happened; a reading sees each thing at its latest place alone. */
class Things {
  readonly changes: Change[] = [];
  /** A thing that is new, or the second version of one that there is: as events, things change once after they were added. */
  commit(kind: number): void {
    let thing = kind;
    while (this.changes.filter((change) => change.thing === thing).length === 2) thing += 10;
    const before = this.changes.filter((change) => change.thing === thing);
    const seq = this.changes.length + 1;
    this.changes.push({ thing, version: before.length + 1, seq, addedAt: before[0]?.addedAt ?? seq });
  }

  get latest(): readonly Change[] {
    return this.changes.filter((change) => !this.changes.some((o) => o.thing === change.thing && o.seq > change.seq));
  }

  feed(): Feed<Change> {
    const things = this;
    return {
      sequence: {
        get head() {
          return things.changes.length;
        },
        floor: 0,
        read: async (after, limit) => ({
          changes: things.latest.filter(({ seq }) => seq > after).slice(0, limit),
          head: things.changes.length,
        }),
        watch: () => () => {},
      },
      tell: ({ thing, version }, isNew) => {
        return () => `${isNew ? "ADDED" : "MODIFIED"} ${thing} v${version}`;
      },
    };
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ commit: fc.nat(7) }) },
    { weight: 3, arbitrary: fc.record({ read: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 4 }) }) },
  ),
  { maxLength: 60 },
);

test("by readings of any size between commits, each thing changed is told once in its latest state, and as new to whom it is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(7), { maxLength: 10 }), steps, async (past, told) => {
      const things = new Things();
      for (const thing of past) things.commit(thing);
      const start = things.changes.length;
      const feed = things.feed();
      const reader = new LiveReader(feed, { at: (head) => head });
      const known = new Map<number, number>();
      let place = start;

      const hear = (messages: Awaited<ReturnType<typeof reader.read>>): void => {
        const { told: each, through, head } = messages;
        for (const { tell, place: at } of each) {
          const [type, thing, version] = String(tell(graphContextNobodyReads)).split(" ");
          const number = Number(thing);
          expect(at).toBeGreaterThan(place);
          place = at;
          const latest = things.latest.find((change) => change.thing === number);
          expect([number, version]).toEqual([number, `v${latest?.version}`]);
          const isNew = !known.has(number) && (latest?.addedAt ?? 0) > start;
          expect([number, type]).toEqual([number, isNew ? "ADDED" : "MODIFIED"]);
          expect(known.get(number)).not.toBe(latest?.version); // never the same twice
          known.set(number, latest?.version ?? 0);
        }
        expect(through).toBeGreaterThanOrEqual(place);
        expect(head).toBe(things.changes.length);
        place = through;
      };

      for (const step of told) {
        if ("commit" in step) things.commit(step.commit);
        else if ("read" in step) hear(await reader.read(step.read));
        else if (reader.place !== undefined) {
          // At one place with another reader, and owed nothing, it is told what the other reads, as those at the head are.
          const other = new LiveReader(feed, { at: () => reader.at });
          const messages = await other.read(step.pass);
          hear(messages);
          reader.pass(messages);
        }
      }
      for (let more = true; more; ) {
        const messages = await reader.read(1);
        hear(messages);
        more = messages.more;
      }
      const changed = things.latest.filter(({ seq }) => seq > start);
      expect(new Map(changed.map(({ thing, version }) => [thing, version]))).toEqual(known);
      expect(reader.at).toBe(things.changes.length);
    }),
    { numRuns: 1_000 },
  );
});

test("what a caller is told first comes first, is for nobody else, and counts for nothing", async () => {
  const things = new Things();
  things.commit(1);
  const reader = new LiveReader(things.feed(), { at: () => 0, first: [() => "first", () => "second"] });
  expect(reader.place).toBeUndefined();
  const { told, more, through } = await reader.read(1);
  expect(told.map((each) => [keyOf(each), each.tell(graphContextNobodyReads)])).toEqual([
    [undefined, "first"],
    [undefined, "second"],
  ]);
  expect([more, through, reader.place]).toEqual([true, 0, 0]);
  expect((await reader.read(1)).told.map(({ tell }) => tell(graphContextNobodyReads))).toEqual(["ADDED 1 v1"]);
});

test("what only this caller does not want is left out, and it reads on past it", async () => {
  const things = new Things();
  for (const thing of [1, 2, 3, 4]) things.commit(thing);
  const reader = new LiveReader(things.feed(), { at: () => 0, wants: ({ thing }) => thing === 4 });
  expect(await reader.read(2)).toMatchObject({ told: [], more: true, through: 2 });
  expect(await reader.read(2)).toMatchObject({ told: [{ place: 4 }], through: 4 });
});

test("a reader that retention has overtaken is told so at its own place, and then all that is kept behind that", async () => {
  const store = await openForTest(newStorePath(), { retention: { maxAge: HOUR, maxBytes: 1e14 } });
  const context = graphContext(store);
  const { feed, start } = await eventChanges({}, context);
  const reader = new LiveReader(feed, start);
  await store.append([observation({ uid: "young", lastSeen: NOON + DAY, name: "young" })], NOON);
  const old = [1, 2, 3].map((number) => observation({ uid: `old-${number}`, name: `old-${number}` }));
  await store.append(old, NOON);
  while ((await store.prune(NOON + DAY)).more);
  expect(store.floor).toBe(4);

  const [gap, event] = (await reader.read(10)).told.map(({ tell }) => tell(context) as EventChangeNode); // as its feed gives
  expect([gap?.type, gap?.gap?.cause, event?.event?.id]).toEqual(["GAP", "RETENTION", "young.1"]);
  // Who hears of the gap and of no more resumes from its cursor: "young" is still to come.
  expect(store.cursors.decode(gap?.cursor ?? "")).toBe(0);
  const resumed = await eventChanges({ after: gap?.cursor ?? "" }, context);
  const again = new LiveReader(resumed.feed, resumed.start);
  await again.read(10);
  expect((await again.read(10)).told.map(({ place }) => place)).toEqual([1]);
  expect((await reader.read(10)).told).toEqual([]); // and it is told once
});

const graphContextNobodyReads = undefined as never;
