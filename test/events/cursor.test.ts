// Both kinds of cursor are opaque, survive a round trip, and are never made out of noise.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "../../src/events/cursor.ts";
import type { EventId } from "../../src/events/event.ts";
import { decodePageKey, EVENT_SORTS, encodePageKey, type PageKey } from "../../src/events/page.ts";

test("a change cursor names the same place after a round trip", () => {
  const epoch = fc.stringMatching(/^[0-9a-z]{1,32}$/);
  fc.assert(
    fc.property(epoch, fc.maxSafeNat(), (name, seq) => {
      expect(decodeCursor(encodeCursor({ epoch: name, seq }))).toEqual({ epoch: name, seq });
    }),
  );
});

test.each(["", "-", "abc", "abc-", "-1", "abc-zzzzzzzzzzzz", "ABC-1", "abc-1 ", "abc-1-2"])(
  "%j is no change cursor",
  (text) => {
    expect(decodeCursor(text)).toBeUndefined();
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
