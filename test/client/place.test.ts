// Where a stream goes on: behind what it was told, else where it has begun, however long ago that is by now.
import { expect, test } from "vitest";
import { Place } from "../../src/client/place.ts";

const OPERATION = { name: "Any", body: "", field: "any", resumes: "after", begins: "since" };

function placeOf(asked: Readonly<Record<string, unknown>>) {
  const clock = { now: 1_000 };
  return { place: new Place(OPERATION, asked, () => clock.now), clock };
}

test("it begins as asked, and once it was told something goes on behind that", () => {
  const { place } = placeOf({ since: "1h", reason: "BackOff" });
  expect(place.variables()).toEqual({ since: "1h", reason: "BackOff" });
  place.begin("head-1");
  place.told("c-1");
  place.told("c-2");
  expect(place.variables()).toEqual({ after: "c-2", reason: "BackOff" });
});

test("told nothing yet, it goes on where the gateway's changes had come to when it first was connected", () => {
  const { place } = placeOf({});
  expect(place.variables()).toEqual({});
  place.begin("head-1");
  place.begin("head-2");
  expect(place.variables()).toEqual({ after: "head-1" });
});

test("told nothing of its past yet, it begins at the same moment again", () => {
  const { place, clock } = placeOf({ since: "10m" });
  place.begin("head-1");
  clock.now += 1_500;
  expect(place.variables()).toEqual({ since: "10m1500ms" });
});

test("where the gateway does not say what it has come to, the time since it has begun says it", () => {
  const { place, clock } = placeOf({ since: null });
  place.begin(undefined);
  expect(place.variables()).toEqual({ since: "1ms" });
  clock.now += 20;
  expect(place.variables()).toEqual({ since: "20ms" });
});

test("a cursor that was kept is where it goes on from the beginning, and wins over how long ago", () => {
  const { place } = placeOf({ after: "kept", since: "1h" });
  expect(place.variables()).toEqual({ after: "kept" });
  place.begin("head-1");
  expect(place.variables()).toEqual({ after: "kept" });
});
