// JSON Patch by the examples of RFC 6902, appendix A.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyJsonPatch, PatchError } from "../../../src/demo/admission/jsonPatch.ts";

describe("the examples of RFC 6902", () => {
  test.each([
    [
      "A.1 adding an object member",
      { foo: "bar" },
      [{ op: "add", path: "/baz", value: "qux" }],
      { baz: "qux", foo: "bar" },
    ],
    [
      "A.2 adding an array element",
      { foo: ["bar", "baz"] },
      [{ op: "add", path: "/foo/1", value: "qux" }],
      { foo: ["bar", "qux", "baz"] },
    ],
    ["A.3 removing an object member", { baz: "qux", foo: "bar" }, [{ op: "remove", path: "/baz" }], { foo: "bar" }],
    [
      "A.4 removing an array element",
      { foo: ["bar", "qux", "baz"] },
      [{ op: "remove", path: "/foo/1" }],
      { foo: ["bar", "baz"] },
    ],
    [
      "A.5 replacing a value",
      { baz: "qux", foo: "bar" },
      [{ op: "replace", path: "/baz", value: "boo" }],
      { baz: "boo", foo: "bar" },
    ],
    [
      "A.6 moving a value",
      { foo: { bar: "baz", waldo: "fred" }, qux: { corge: "grault" } },
      [{ op: "move", from: "/foo/waldo", path: "/qux/thud" }],
      { foo: { bar: "baz" }, qux: { corge: "grault", thud: "fred" } },
    ],
    [
      "A.7 moving an array element",
      { foo: ["all", "grass", "cows", "eat"] },
      [{ op: "move", from: "/foo/1", path: "/foo/3" }],
      { foo: ["all", "cows", "eat", "grass"] },
    ],
    [
      "A.8 testing a value: success",
      { baz: "qux", foo: ["a", 2, "c"] },
      [
        { op: "test", path: "/baz", value: "qux" },
        { op: "test", path: "/foo/1", value: 2 },
      ],
      { baz: "qux", foo: ["a", 2, "c"] },
    ],
    [
      "A.10 adding a nested member object",
      { foo: "bar" },
      [{ op: "add", path: "/child", value: { grandchild: {} } }],
      { foo: "bar", child: { grandchild: {} } },
    ],
    [
      "A.11 ignoring unrecognized elements",
      { foo: "bar" },
      [{ op: "add", path: "/baz", value: "qux", xyz: 123 }],
      { foo: "bar", baz: "qux" },
    ],
    ["A.14 ~ escape ordering", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: 10 }], { "/": 9, "~1": 10 }],
    [
      "A.16 adding an array value",
      { foo: ["bar"] },
      [{ op: "add", path: "/foo/-", value: ["abc", "def"] }],
      { foo: ["bar", ["abc", "def"]] },
    ],
  ])("%s", (_title, document, patch, expected) => {
    expect(applyJsonPatch(document, patch)).toEqual(expected);
  });

  test.each([
    ["A.9 testing a value: error", { baz: "qux" }, [{ op: "test", path: "/baz", value: "bar" }]],
    ["A.12 adding to a nonexistent target", { foo: "bar" }, [{ op: "add", path: "/baz/bat", value: "qux" }]],
    ["A.15 comparing strings and numbers", { "/": 9, "~1": 10 }, [{ op: "test", path: "/~01", value: "10" }]],
    ["an operation that there is not", {}, [{ op: "swap", path: "/a", value: 1 }]],
    ["removing what is not there", { a: 1 }, [{ op: "remove", path: "/b" }]],
    ["removing everything", { a: 1 }, [{ op: "remove", path: "" }]],
    ["replacing what is not there", { a: 1 }, [{ op: "replace", path: "/b", value: 1 }]],
    ["an index with a leading zero", ["a", "b"], [{ op: "remove", path: "/01" }]],
    ["an index past the end", ["a"], [{ op: "add", path: "/2", value: 1 }]],
    ["a pointer without a slash", { a: 1 }, [{ op: "remove", path: "a" }]],
    ["moving a value into itself", { a: { b: 1 } }, [{ op: "move", from: "/a", path: "/a/b" }]],
    ["no value to add", {}, [{ op: "add", path: "/a" }]],
  ])("refuses %s", (_title, document, patch) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(PatchError);
  });
});

test("a member that is added and removed again leaves the document as it was, and the given one is never changed", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (document, key, value) => {
      fc.pre(!Object.hasOwn(document, key));
      const before = JSON.stringify(document);
      const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const added = applyJsonPatch(document, [{ op: "add", path, value }]);
      expect(Object.hasOwn(Object(added), key)).toBe(true);
      expect(JSON.stringify(applyJsonPatch(added, [{ op: "remove", path }]))).toBe(before);
      expect(JSON.stringify(document)).toBe(before);
    }),
  );
});
