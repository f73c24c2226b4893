// Who owns what after updates by several writers, and what a writer may say about owners.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromCore } from "../../../src/demo/admission/eventViews.ts";
import { FieldSet, fromFieldsV1, pathText, toFieldsV1 } from "../../../src/demo/admission/fieldSet.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import { managerOf, trackUpdate } from "../../../src/demo/admission/managedFields.ts";
import { coreEventKind, hookKind, newEventKind } from "../../../src/demo/admission/objectKind.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { NOW } from "./hookWrite.ts";
import { recording } from "./recording.ts";

const kind = hookKind(hookSchema);
const LATER = new Date(NOW.getTime() + 3_600_000);
const spec = { eventConfigurations: [{ eventType: "oom-kill", prompt: "p", agentRef: { name: "n" } }] };
const bare: KubeObject = {
  apiVersion: "kagent.dev/v1alpha2",
  kind: "Hook",
  metadata: { name: "h", labels: { a: "1" } },
  spec,
};
const stored = trackUpdate(bare, { kind, previous: undefined, manager: "one", now: NOW });

function owners(object: KubeObject): unknown {
  return object.metadata.managedFields?.map((entry) => {
    const { manager, time, fieldsV1 } = Object(entry);
    return [manager, time, fieldsV1];
  });
}

function updated(changes: object, manager: string, previous = stored): KubeObject {
  return trackUpdate({ ...previous, ...changes }, { kind, previous, manager, now: LATER });
}

describe("an update", () => {
  test("takes a field from its owner, whose time stays", () => {
    const after = updated({ metadata: { ...stored.metadata, labels: { a: "2", b: "3" } } }, "two");
    expect(owners(after)).toEqual([
      [
        "one",
        "2026-11-23T08:01:24Z",
        { "f:metadata": { "f:labels": {} }, "f:spec": { ".": {}, "f:eventConfigurations": {} } },
      ],
      ["two", "2026-11-23T09:01:24Z", { "f:metadata": { "f:labels": { "f:a": {}, "f:b": {} } } }],
    ]);
  });

  test("that changes nothing leaves owners and times as they were", () => {
    expect(updated({}, "two")).toEqual(stored);
  });

  test("that removes fields leaves nobody to own them", () => {
    const { labels: _labels, ...metadata } = stored.metadata;
    expect(owners(updated({ metadata }, "two"))).toEqual([
      ["one", "2026-11-23T08:01:24Z", { "f:spec": { ".": {}, "f:eventConfigurations": {} } }],
    ]);
  });

  test("may leave out the owners, name others, or reset them", () => {
    const { managedFields: before, ...metadata } = stored.metadata;
    expect(updated({ metadata }, "two")).toEqual(stored);
    const renamed = before?.map((entry) => ({ ...Object(entry), manager: "three" }));
    expect(owners(updated({ metadata: { ...metadata, managedFields: renamed } }, "two"))).toMatchObject([
      ["three", "2026-11-23T08:01:24Z", {}],
    ]);
    expect(owners(updated({ metadata: { ...metadata, managedFields: [{}] } }, "two"))).toBeUndefined();
    const unreadable = [{ manager: "x", operation: "Guess" }];
    expect(updated({ metadata: { ...metadata, managedFields: unreadable } }, "two")).toEqual(stored);
  });

  test("of an Event through its other version takes fields under that version's names", () => {
    const event = fromCore(JSON.parse(recording("203-event-core-read-as-core").answer));
    const after = trackUpdate(
      { ...event, message: "other" },
      { kind: newEventKind, previous: event, manager: "two", now: LATER },
    );
    const [first, second] = after.metadata.managedFields ?? [];
    expect(first).toMatchObject({ apiVersion: "v1", manager: "realk8s-capture" });
    expect(Object(first).fieldsV1).not.toHaveProperty("f:message");
    expect(second).toMatchObject({ apiVersion: "events.k8s.io/v1", fieldsV1: { "f:note": {} } });
    expect(coreEventKind.versions).toBe(newEventKind.versions);
  });
});

test("a set of fields is the same after it was written and read", () => {
  const step = fc.oneof(
    fc.string().map((name) => `f:${name}`),
    fc.nat(9).map((index) => `i:${index}`),
    fc.string().map((value) => `v:${JSON.stringify(value)}`),
    fc.string().map((name) => `k:${JSON.stringify({ name })}`),
  );
  fc.assert(
    fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 })), (paths) => {
      const set = new FieldSet(paths);
      const read = fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set))));
      expect(read?.equals(set)).toBe(true);
    }),
  );
});

test("a path is named as people write it", () => {
  expect(pathText(["f:spec", "f:list", 'k:{"name":"a","port":8}', "f:set", 'v:"b"', "i:3"])).toBe(
    '.spec.list[name="a",port=8].set[="b"][3]',
  );
});

test("a writer without a name is called by its user agent", () => {
  expect(managerOf("kubectl/v1.36.2 (linux/amd64)")).toBe("kubectl");
  expect(managerOf("")).toBe("unknown");
  expect(managerOf("x".repeat(200))).toHaveLength(128);
});
