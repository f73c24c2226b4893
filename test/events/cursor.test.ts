// Both kinds of cursor are opaque, survive a round trip, and are never made out of noise.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cursors } from "../../src/events/cursor.ts";
import type { EventId } from "../../src/events/event.ts";
import { decodePageKey, EVENT_SORTS, encodePageKey, type PageKey } from "../../src/events/page.ts";

const KEY = Buffer.alloc(16, "a key of a store");
const cursors = new Cursors({ epoch: "m3x9q2", key: KEY });

test("a change cursor names the same place after a round trip, and the same text each time", () => {
  const again = new Cursors({ epoch: "m3x9q2", key: KEY, firstSalt: 99 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 100 }), (seq) => {
      expect(again.decode(cursors.encode(seq))).toBe(seq);
      expect(again.encode(seq)).toBe(cursors.encode(seq));
    }),
  );
});

test("where a reader stands is named anew each time, and never as a change is", () => {
  const late = new Cursors({ epoch: "m3x9q2", key: KEY, firstSalt: 2 ** 32 - 3 });
  const stands = Array.from({ length: 6 }, () => late.encodeStand(41));
  expect(new Set([...stands, late.encode(41)]).size).toBe(7);
  for (const stand of stands) expect(cursors.decode(stand)).toBe(41);
});

test("a cursor of another store is told apart, and what was given out plain holds up to where that ended", () => {
  expect(cursors.decode(new Cursors({ epoch: "m3x9q2", key: Buffer.alloc(16) }).encode(1))).toBe("foreign");
  expect(cursors.decode(new Cursors({ epoch: "another", key: KEY }).encode(1))).toBe("foreign");
  const older = new Cursors({ epoch: "0123456789abcdef", key: KEY, plainThrough: 46_655 });
  expect(older.decode("0123456789abcdef-1")).toBe(1);
  expect(older.decode("0123456789abcdef-zzz")).toBe(46_655);
  expect(older.decode("0123456789abcdef-1000")).toBe("foreign");
  expect(older.decode("0123456789abcdef-10000")).toBe("foreign"); // as long as a sealed one
  expect(older.decode("fedcba9876543210-1")).toBe("foreign");
  expect([older.isPlain(46_655), older.isPlain(46_656)]).toEqual([true, false]);
  expect(cursors.decode("m3x9q2-1")).toBe("foreign");
});

test.each(["", "-", "abc", "abc-", "-1", "abc-zzzzzzzzzzzz", "ABC-1", "abc-1 ", "abc-1-2", "abc-zzzzzzzzzzz"])(
  "%j is no change cursor",
  (text) => {
    expect(cursors.decode(text)).toBeUndefined();
  },
);

const pageKey: fc.Arbitrary<PageKey> = fc
  .tuple(fc.constantFrom(...EVENT_SORTS), fc.maxSafeInteger(), fc.string({ unit: "binary" }), fc.string())
  .map(([sort, timestamp, id, key]) => {
    const place = { sort, timestamp, id: id.toWellFormed() as EventId };
    return sort.startsWith("TIMESTAMP") ? place : { ...place, key };
  });

test("a page cursor names the same place after a round trip", () => {
  fc.assert(
    fc.property(pageKey, (place) => {
      expect(decodePageKey(encodePageKey(place))).toEqual(place);
    }),
  );
});

test("arbitrary text never throws, and what decodes was a page cursor", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json().map(base64url)), (text) => {
      const place = decodePageKey(text);
      if (place) expect(EVENT_SORTS).toContain(place.sort);
    }),
  );
});

function base64url(json: string): string {
  return Buffer.from(json).toString("base64url");
}
