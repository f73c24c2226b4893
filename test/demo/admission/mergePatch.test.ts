// JSON Merge Patch by the examples of RFC 7386, appendix A, and the strategic merge of built-in lists.
import { describe, expect, test } from "vitest";
import { lease } from "../../../src/demo/admission/builtinTypes.ts";
import { applyMergePatch, applyStrategicPatch } from "../../../src/demo/admission/mergePatch.ts";

test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("merging as RFC 7386 says: %j and %j make %j", (target, patch, expected) => {
  expect(applyMergePatch(target, patch)).toEqual(expected);
});

describe("a strategic merge patch", () => {
  const owner = (uid: string, name: string) => ({ apiVersion: "v1", kind: "Pod", name, uid });
  const metadata = {
    finalizers: ["a.io/x"],
    labels: { a: "1", b: "2" },
    ownerReferences: [owner("1", "p"), owner("2", "q")],
  };
  const patched = (patch: object) => applyStrategicPatch(lease, { metadata }, { metadata: patch });

  test("merges owners by their uid and deletes the ones it is told to", () => {
    const ownerReferences = [{ uid: "1", name: "renamed" }, { uid: "2", $patch: "delete" }, owner("3", "r")];
    expect(patched({ ownerReferences })).toMatchObject({
      metadata: { ownerReferences: [owner("1", "renamed"), owner("3", "r")] },
    });
  });

  test("adds to finalizers and takes from them by name", () => {
    expect(patched({ finalizers: ["b.io/y", "a.io/x"] })).toMatchObject({
      metadata: { finalizers: ["a.io/x", "b.io/y"] },
    });
    expect(patched({ "$deleteFromPrimitiveList/finalizers": ["a.io/x"] })).toEqual({
      metadata: { ...metadata, finalizers: [] },
    });
  });

  test("replaces or empties a map when it says so, and ignores the order of elements", () => {
    expect(patched({ labels: { $patch: "replace", c: "3" } })).toMatchObject({ metadata: { labels: { c: "3" } } });
    expect(patched({ labels: { $retainKeys: ["b"], b: "4" } })).toEqual({
      metadata: { ...metadata, labels: { b: "4" } },
    });
    expect(patched({ "$setElementOrder/ownerReferences": [{ uid: "2" }] })).toEqual({ metadata });
  });
});
