// What a structural schema lets through, beyond the one schema of Hooks.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import { validate } from "../../../src/demo/admission/schemaValidation.ts";
import { prune, type StructuralSchema, withDefaults } from "../../../src/demo/admission/structuralSchema.ts";

function faults(schema: StructuralSchema, value: unknown): readonly string[] {
  return validate({ type: "object", properties: { a: schema } }, { a: value }).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe("pruning", () => {
  const loose = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
  test("keeps what a schema says to keep and what a map holds, and looks into lists", () => {
    const schema: StructuralSchema = {
      type: "object",
      properties: {
        loose,
        map: { type: "object", additionalProperties: { type: "object", properties: { known: { type: "string" } } } },
        list: { type: "array", items: { type: "object", properties: { known: { type: "string" } } } },
      },
    };
    const value = {
      loose: { any: { thing: 1 } },
      map: { one: { known: "x", odd: 1 } },
      list: [{ known: "y" }, { odd: 2 }],
      odd: 3,
    };
    expect(prune(schema, value)).toEqual({
      value: { loose: value.loose, map: { one: { known: "x" } }, list: [{ known: "y" }, {}] },
      unknownFields: ["list[1].odd", "map.one.odd", "odd"],
    });
  });

  test("drops a null where none is allowed, without a word", () => {
    const schema: StructuralSchema = {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string", nullable: true } },
    };
    expect(prune(schema, { a: null, b: null })).toEqual({ value: { b: null }, unknownFields: [] });
    expect(validate(schema, { b: null })).toEqual([]);
  });

  test("does not take a key for a property because every object has it", () => {
    const value = JSON.parse('{"constructor":1,"__proto__":{"a":1},"toString":2}');
    expect(prune(hookSchema, value).unknownFields).toEqual(["__proto__", "constructor", "toString"]);
  });

  test("once is enough", () => {
    const key = fc.oneof(
      fc.constantFrom("spec", "status", "eventConfigurations", "agentRef", "prompt", "name", "activeEvents"),
      fc.string(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree), (value) => {
        const once = prune(hookSchema, value);
        expect(prune(hookSchema, once.value)).toEqual({ value: once.value, unknownFields: [] });
      }),
    );
  });
});

test("defaults fill in what is missing, also inside of defaults and of lists", () => {
  const schema: StructuralSchema = {
    type: "object",
    properties: {
      outer: { type: "object", default: {}, properties: { inner: { type: "integer", default: 3 } } },
      list: { type: "array", items: { type: "object", properties: { on: { type: "boolean", default: true } } } },
    },
  };
  expect(withDefaults(schema, { list: [{}, { on: false }] })).toEqual({
    outer: { inner: 3 },
    list: [{ on: true }, { on: false }],
  });
});

describe("validation", () => {
  test.each<[StructuralSchema, unknown, readonly string[]]>([
    [{ type: "string", maxLength: 2 }, "abc", ["a: Too long: may not be more than 2 bytes"]],
    [{ type: "string", pattern: "^x" }, "abc", [`a: Invalid value: "abc": a in body should match '^x'`]],
    [{ type: "integer", minimum: 1 }, 0, ["a: Invalid value: 0: a in body should be greater than or equal to 1"]],
    [{ type: "integer", maximum: 1 }, 2, ["a: Invalid value: 2: a in body should be less than or equal to 1"]],
    [{ type: "integer" }, 1.5, ['a: Invalid value: "number": a in body must be of type integer: "number"']],
    [{ type: "number" }, 1, []],
    [
      { type: "array", maxItems: 1, items: { type: "string" } },
      ["a", "b"],
      ["a: Too many: 2: must have at most 1 item"],
    ],
    [
      { type: "object", minProperties: 1, additionalProperties: true },
      {},
      ["a: Invalid value: 0: a in body should have at least 1 properties"],
    ],
    [{ type: "boolean" }, null, ['a: Invalid value: "null": a in body must be of type boolean: "null"']],
    [{ "x-kubernetes-int-or-string": true }, "80%", []],
    [{ type: "string", format: "date-time" }, "2026-11-23T08:01:22+01:00", []],
    [
      { type: "string", format: "date-time" },
      "2026-11-23",
      ['a: Invalid value: "2026-11-23": a in body must be of type date-time: "2026-11-23"'],
    ],
    [{ type: "string", format: "a-format-nobody-knows" }, "x", []],
  ])("by %j of %j finds %j", (schema, value, expected) => {
    expect(faults(schema, value)).toEqual(expected);
  });
});
