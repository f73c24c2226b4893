// The two views of one Event, against what a real API server showed for the same stored object.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromCore, fromNew, toCore, toNew } from "../../../src/demo/admission/eventViews.ts";
import { goJson } from "../../../src/demo/admission/goJson.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { recording } from "./recording.ts";

function answer(name: string): string {
  return recording(name).answer;
}

describe("an Event shown in both API versions", () => {
  const pairs: readonly (readonly [core: string, asNew: string])[] = [
    ["203-event-core-read-as-core", "202-event-core-read-as-events.k8s.io"],
    ["206-event-core-patch-count", "207-event-core-patched-read-as-events.k8s.io"],
    ["205-event-new-read-as-core", "204-event-new-create"],
    ["209-event-new-series-read-as-core", "208-event-new-series"],
    ["217-event-core-minimal-201", "218-event-core-minimal-as-events.k8s.io"],
  ];
  test.each(pairs)("%s and %s are the two views of one stored form", (core, asNew) => {
    const stored = fromCore(JSON.parse(answer(core)));
    expect(goJson(toCore(stored))).toBe(answer(core));
    expect(goJson(toNew(stored))).toBe(answer(asNew));
    expect(fromNew(JSON.parse(answer(asNew)))).toEqual(stored);
  });

  test("metadata comes out in Go's order whatever order it was stored in", () => {
    const stored = fromCore(JSON.parse(answer("203-event-core-read-as-core")));
    const metadata = Object.fromEntries(Object.entries(stored.metadata).reverse());
    expect(goJson(toCore({ ...stored, metadata }))).toBe(answer("203-event-core-read-as-core"));
  });
});

const word = fc.string({ maxLength: 12 });
const seconds = fc
  .date({ min: new Date("2000-01-01T00:00:00Z"), max: new Date("2100-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => `${date.toISOString().slice(0, 19)}Z`);
const micros = fc.tuple(seconds, fc.integer({ min: 0, max: 999_999 })).map(([time, micro]) => {
  return `${time.slice(0, 19)}.${String(micro).padStart(6, "0")}Z`;
});
const reference = fc.record({ kind: word, namespace: word, name: word, uid: word }, { requiredKeys: [] });
const coreEvent: fc.Arbitrary<KubeObject> = fc.record(
  {
    apiVersion: fc.constant("v1"),
    kind: fc.constant("Event"),
    metadata: fc.record({ name: word, namespace: word, uid: word }, { requiredKeys: ["name"] }),
    involvedObject: reference,
    related: reference,
    reason: word,
    message: word,
    source: fc.record({ component: word, host: word }, { requiredKeys: [] }),
    firstTimestamp: fc.option(seconds),
    lastTimestamp: fc.option(seconds),
    count: fc.nat(1000),
    type: word,
    eventTime: fc.option(micros),
    series: fc.option(fc.record({ count: fc.nat(100), lastObservedTime: fc.option(micros) })),
    action: word,
    reportingComponent: word,
    reportingInstance: word,
  },
  { requiredKeys: ["apiVersion", "kind", "metadata", "involvedObject"] },
);

test("going through either view and back changes no Event", () => {
  fc.assert(
    fc.property(coreEvent, (object) => {
      const stored = fromCore(object);
      expect(goJson(fromNew(toNew(stored)))).toBe(goJson(stored));
      expect(goJson(fromCore(toCore(stored)))).toBe(goJson(stored));
    }),
  );
});
