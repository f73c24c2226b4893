// Writing of answers by shape: every kind of part, nulls on the way, and texts that JSON must escape.
import { expect, test } from "vitest";
import { createEncoder } from "../../src/http/restEncode.ts";
import type { FieldShape, ObjectShape, Shape } from "../../src/http/restRoute.ts";

function field(
  name: string,
  path: readonly string[],
  shape: Shape,
  onlyIf: readonly string[] | null = null,
): FieldShape {
  return { name, shape, source: { kind: "data", path, onlyIf } };
}

function object(fields: readonly FieldShape[], ready: string | null = null): ObjectShape {
  return { kind: "object", fields, ready };
}

function written(fields: readonly FieldShape[], data: unknown, variables = {}): unknown {
  return JSON.parse(createEncoder(object(fields))(data, variables));
}

test("leaves are written as they are, enums in lower camel case", () => {
  const fields = [
    field("text", ["text"], { kind: "text" }),
    field("number", ["number"], { kind: "literal" }),
    field("flag", ["flag"], { kind: "literal" }),
    field("word", ["word"], { kind: "enum" }),
  ];
  const data = { text: '"\\\n\u2028\u{1F525}', number: 1.5, flag: false, word: "LOWER_BOUND" };
  expect(written(fields, data)).toEqual({ ...data, word: "lowerBound" });
});

test("a number is written as JSON has it, the first time and again", () => {
  const fields = [field("n", ["n"], { kind: "literal" })];
  for (const n of [0, -0, 1, 9_999, 10_000, 10_001, -1, 0.5, 1e21, 2 ** 53, true, 0, 1, 9_999]) {
    expect(createEncoder(object(fields))({ n }, {})).toBe(JSON.stringify({ n }));
  }
});

test("null anywhere on the way is null", () => {
  const fields = [field("a", ["x", "y"], { kind: "text" }), field("b", ["z"], { kind: "list", of: { kind: "text" } })];
  expect(written(fields, { x: null, z: null })).toEqual({ a: null, b: null });
  expect(written(fields, { x: { y: null }, z: [null, "1"] })).toEqual({ a: null, b: [null, "1"] });
});

test("a list becomes an object by its key, whatever the keys are", () => {
  const map: Shape = { kind: "map", key: ["k"], value: ["v"], of: { kind: "text" } };
  const items = [
    { k: "__proto__", v: "1" },
    { k: 'a"b', v: "2" },
  ];
  const text = createEncoder(object([field("m", ["items"], map)]))({ items }, {});
  expect(text).toBe('{"m":{"__proto__":"1","a\\"b":"2"}}');
});

test("a value that hangs on another is null without it", () => {
  const fields = [field("next", ["end"], { kind: "text" }, ["more"])];
  expect(written(fields, { end: "c", more: true })).toEqual({ next: "c" });
  expect(written(fields, { end: "c", more: false })).toEqual({ next: null });
});

test("made objects hold fields of the object around, and variables", () => {
  const page = object([
    field("total", ["count"], { kind: "literal" }),
    { name: "limit", shape: { kind: "literal" }, source: { kind: "variable", name: "limit" } },
  ]);
  expect(written([{ name: "page", shape: page, source: { kind: "here" } }], { count: 3 }, { limit: 5 })).toEqual({
    page: { total: 3, limit: 5 },
  });
});

test("what the store keeps as text is passed on as it is", () => {
  const shape = object([
    field("all", ["all"], { kind: "list", of: object([field("id", ["id"], { kind: "text" })], "Thing") }),
  ]);
  const encode = createEncoder(shape, (value) => (value as { readonly json: string }).json); // what is given below
  expect(encode({ all: [{ json: '{"id":1}' }, { json: "{ }" }] }, {})).toBe('{"all":[{"id":1},{ }]}');
});

test("texts along a path are documents, each on lines of its own", () => {
  const encode = createEncoder({ kind: "documents", path: ["all", "text"] });
  expect(encode({ all: [{ text: "a: 1\n" }, { text: "b: 2" }] }, {})).toBe("a: 1\n---\nb: 2\n");
  expect(encode({ all: [] }, {})).toBe("");
});
