// The text of an event made in steps says what the event put together as a whole says.
import fc from "fast-check";
import { expect, test } from "vitest";
import { EVENT_STATUSES, type EventId, eventId } from "../../src/events/event.ts";
import { toEventJson } from "../../src/events/eventJson.ts";
import { EventRecord } from "../../src/events/eventRecord.ts";
import { completed, draftOf, hooksText, mayTie, partsOf, resolvedText } from "../../src/store/eventText.ts";
import { tieOf } from "../../src/store/textKey.ts";
import { instants, observations } from "../generators.ts";

/** Texts that look like the keys that are searched for. */
const AWKWARD = [
  ',"cursor":"',
  '","status":"',
  ',"resolvedAt":null,"duplicateOf":null,"hooks":',
  '],"cluster":"',
  "\\",
  ",",
];

const tricky = fc
  .tuple(observations, fc.constantFrom(...AWKWARD), fc.constantFrom(...AWKWARD))
  .map(([observation, one, other]) => ({
    ...observation,
    uid: observation.uid + one,
    cluster: observation.cluster + other,
    message: one + other,
    tags: { ...observation.tags, [one]: other, cluster: one },
    hooks: observation.hooks.map(({ namespace, name }) => ({ namespace, name: name + other })),
  }));

const placed = fc.record({
  cursor: fc.constantFrom("bench-1", "0-zz"),
  status: fc.constantFrom(...EVENT_STATUSES),
  occurrences: fc.integer({ min: 1, max: 100_000 }),
  resolvedAt: fc.option(instants),
  duplicateOf: fc.option(fc.constantFrom("u1.1" as EventId, 'a",b\\.2' as EventId)),
});

test("a draft that is completed is the text of the event", () => {
  fc.assert(
    fc.property(fc.oneof(observations, tricky), placed, (observation, place) => {
      const id = eventId(observation.uid, observation.count);
      const draft = draftOf(observation, id);
      const event = { ...observation, ...place, id, timestamp: observation.lastSeen };
      expect(completed(draft, partsOf(draft), place)).toBe(JSON.stringify(toEventJson(event)));
      expect(JSON.parse(hooksText(draft))).toEqual(observation.hooks);
    }),
  );
});

test("the text of a firing event that is resolved is the text of the resolved event", () => {
  fc.assert(
    fc.property(fc.oneof(observations, tricky), placed, instants, (observation, { cursor, occurrences }, at) => {
      const id = eventId(observation.uid, observation.count);
      const timestamp = observation.lastSeen;
      const firing = { cursor, status: "FIRING", occurrences, resolvedAt: null, duplicateOf: null } as const;
      const draft = draftOf(observation, id);
      const resolved = { ...observation, ...firing, id, timestamp, cursor: "bench-9", resolvedAt: at };
      expect(resolvedText(completed(draft, partsOf(draft), firing), "bench-9", at)).toBe(
        JSON.stringify(toEventJson({ ...resolved, status: "RESOLVED" })),
      );
    }),
  );
});

/** Uids that share their beginnings, plain ones and those that the text spells otherwise or that take several bytes. */
const uids = fc
  .tuple(
    fc.constantFrom("", "abc", "abcdef", "abcdeé", "ab\u0000", 'a"b', "a\\b", "日本", "\ud800"),
    fc.string({ unit: "binary", maxLength: 4 }),
  )
  .map((parts) => parts.join(""));

test("ids that have one tie may tie by their texts, and plain ones that have not may not", () => {
  fc.assert(
    fc.property(observations, uids, uids, (observation, uid, otherUid) => {
      const [id, otherId] = [eventId(uid, 1), eventId(otherUid, 1)];
      const isTied = tieOf(id) === tieOf(otherId);
      const told = mayTie(draftOf({ ...observation, uid }, id), draftOf({ ...observation, uid: otherUid }, otherId));
      if (isTied) expect(told).toBe(true);
      else if (/^[\w.]*$/.test(id + otherId)) expect(told).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test("the timestamp in a text is the event's", () => {
  fc.assert(
    fc.property(fc.oneof(observations, tricky), (observation) => {
      const draft = draftOf(observation, eventId(observation.uid, observation.count));
      expect(new EventRecord(1, draft, null).timestamp).toBe(observation.lastSeen);
    }),
  );
});
