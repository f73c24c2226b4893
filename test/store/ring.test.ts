// The ring of recent changes: what it holds it tells completely, what it no longer holds it does not pretend to know.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Change } from "../../src/events/change.ts";
import { EventRecord } from "../../src/events/eventRecord.ts";
import { ChangeRing } from "../../src/store/ring.ts";

function change(seq: number, json = "{}"): Change {
  return { kind: "added", seq, addedAt: seq, record: new EventRecord(seq, json, null) };
}

it("tells every event behind a place once, in its latest state, for as long as it holds that place", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(6), { maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(5),
      (events, size, start) => {
        const ring = new ChangeRing(start, { changes: size, bytes: 1000 });
        const latest = new Map<number, number>();
        for (const [index, event] of events.entries()) {
          const seq = start + index + 1;
          ring.push(change(seq), latest.get(event) ?? 0);
          latest.set(event, seq);
        }
        const head = start + events.length;
        for (let from = 0; from <= head; from++) {
          const isHeld = from >= Math.max(start, head - size);
          const expected = [...latest.values()].filter((seq) => seq > from).sort((a, b) => a - b);
          expect(ring.since(from, 100)?.map(({ seq }) => seq)).toEqual(isHeld ? expected : undefined);
          if (isHeld) expect(ring.since(from, 2)?.map(({ seq }) => seq)).toEqual(expected.slice(0, 2));
        }
      },
    ),
  );
});

it("holds no more text than it may", () => {
  const ring = new ChangeRing(0, { changes: 100, bytes: 2 * (4 + 5) }); // a text's length stands before it
  for (let seq = 1; seq <= 20; seq++) ring.push(change(seq, "12345"), 0);
  expect(ring.since(18, 100)?.length).toBe(2);
  expect(ring.since(17, 100)).toBeUndefined();
  ring.push(change(21, "a text longer than all that it may hold"), 0);
  expect(ring.since(21, 100)).toEqual([]);
  expect(ring.since(20, 100)).toBeUndefined();
});

it("forgets what retention has pruned past", () => {
  const ring = new ChangeRing(0, { changes: 10, bytes: 100 });
  for (let seq = 1; seq <= 5; seq++) ring.push(change(seq), 0);
  ring.forgetThrough(3);
  expect(ring.since(2, 10)).toBeUndefined();
  expect(ring.since(3, 10)?.map(({ seq }) => seq)).toEqual([4, 5]);
  ring.forgetThrough(99);
  expect(ring.since(5, 10)).toEqual([]);
});

it("refuses a change that does not follow", () => {
  const ring = new ChangeRing(7);
  expect(() => ring.push(change(9), 0)).toThrow(RangeError);
});

it("gives back each text as it was, however it is spelled and wherever it stands", () => {
  const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 400 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 20, max: 200 }), (all, bytes) => {
      const ring = new ChangeRing(0, { changes: 300, bytes });
      for (const [index, text] of all.entries()) {
        ring.push(change(index + 1, text), 0);
        const held = all.slice(0, index + 1);
        let from = index + 1;
        while (from > 0 && ring.since(from - 1, 1)) from--;
        const told = ring.since(from, 1_000)?.map((each) => each.kind !== "gap" && each.record.json);
        expect(told).toEqual(held.slice(from));
        // What it holds fits, and as much as fits with the room that is left at the end of its bytes is held.
        const sizes = held.map((each) => Buffer.byteLength(each) + 4);
        const sizeFrom = (first: number) => sizes.slice(Math.max(0, first)).reduce((sum, size) => sum + size, 0);
        expect(sizeFrom(from)).toBeLessThanOrEqual(bytes);
        const before = sizeFrom(from - 1);
        const largest = Math.max(...sizes);
        if (from > 0 && index + 1 - from < 300) expect(before + largest).toBeGreaterThan(bytes);
      }
    }),
  );
});

it("shares what it tells with all who read in the same turn, and tells the same later", async () => {
  const ring = new ChangeRing(0, { changes: 100, bytes: 1_000 });
  const told = change(1, '{"a":"é"}');
  ring.push(told, 0);
  expect(ring.since(0, 1)?.[0]).toBe(told);
  await new Promise(setImmediate);
  const [again] = ring.since(0, 1) ?? [];
  expect(again).not.toBe(told);
  expect(again).toEqual(told);
  expect(ring.since(0, 1)?.[0]).toBe(again);
});

it("holds gaps among events, whatever else is shared in their slots", () => {
  const ring = new ChangeRing(0, { changes: 1_500, bytes: 100_000 });
  const gap: Change = { kind: "gap", seq: 1, gap: { from: 1, to: 2, reason: "EXPIRED", source: "kubernetes" } };
  ring.push(gap, 0);
  for (let seq = 2; seq <= 1_100; seq++) ring.push(change(seq), 0); // one of them is shared where the gap was
  expect(ring.since(0, 1)).toEqual([gap]);
  expect(ring.since(0, 2_000)?.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_100 }, (_, index) => index + 1));
});
