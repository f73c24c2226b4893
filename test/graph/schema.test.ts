// The schema is the manual: it says everything, in the shape that was agreed on, and in words of its own.
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  validateSchema,
} from "graphql";
import { expect, test } from "vitest";
import { executor } from "./harness.ts";

interface Described {
  readonly place: string;
  readonly name: string;
  readonly description: string | null | undefined;
}

function described(type: GraphQLNamedType): readonly Described[] {
  const found: Described[] = [{ place: type.name, name: type.name, description: type.description }];
  if (isEnumType(type)) {
    for (const { name, description } of type.getValues())
      found.push({ place: `${type.name}.${name}`, name, description });
  } else if (isInputObjectType(type)) {
    for (const { name, description } of Object.values(type.getFields())) {
      found.push({ place: `${type.name}.${name}`, name, description });
    }
  } else if (isObjectType(type) || isInterfaceType(type)) {
    for (const { name, description, args } of Object.values(type.getFields())) {
      found.push({ place: `${type.name}.${name}`, name, description });
      for (const arg of args) {
        found.push({ place: `${type.name}.${name}(${arg.name}:)`, name: arg.name, description: arg.description });
      }
    }
  }
  return found;
}

const ROOTS = ["Query", "Subscription"];
const own = Object.values(executor().schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type) && !ROOTS.includes(type.name),
);
const query = executor().schema.getType("Query");
const roots = ROOTS.flatMap((name) => executor().schema.getType(name) ?? []);
const all = [...own, ...roots].flatMap(described).filter(({ place }) => !ROOTS.includes(place));

test("the schema is valid, and large enough to be the whole of it", () => {
  expect(validateSchema(executor().schema)).toEqual([]);
  expect(own.length).toBeGreaterThanOrEqual(35);
  expect(all.length).toBeGreaterThan(180);
});

test("every type, field, argument and value has a description that says more than its name", () => {
  const words = (text: string): string => text.toLowerCase().replace(/[^a-z]/g, "");
  const mute = all
    .filter(({ name, description }) => {
      const text = description?.trim() ?? "";
      const says = words(text).replace(/^(the|a|an)/, "");
      return says.length < 8 || says === words(name) || !/^[A-Z`]/.test(text) || !/[.)`]$/.test(text);
    })
    .map(({ place, description }) => `${place}: ${description}`);
  expect(mute).toEqual([]);
});

test("arguments come in the order in which they are thought of", () => {
  const fields = isObjectType(query) ? query.getFields() : {};
  const args = (field: string): readonly (string | undefined)[] =>
    fields[field]?.args.map((arg) => String(`${arg.name}: ${arg.type}`)) ?? [];
  expect(args("events")).toEqual([
    "filter: EventFilter",
    "sort: EventSort!",
    "first: Int!",
    "after: String",
    "offset: Int!",
  ]);
  expect(args("hook")).toEqual(["namespace: String!", "name: String!"]);
  expect(args("stats")).toEqual(["filter: EventFilter", "timeRange: Duration"]);
});

test("nothing has a default but what says so", () => {
  const defaults = Object.values(executor().schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith("__")) return [];
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.defaultValue]);
    }
    if (!isObjectType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.map((arg) => [`${type.name}.${field.name}.${arg.name}`, arg.defaultValue]),
    );
  });
  expect(Object.fromEntries(defaults.filter(([, value]) => value !== undefined))).toEqual({
    "Query.events.sort": "TIMESTAMP_DESC",
    "Query.events.first": 50,
    "Query.events.offset": 0,
    "Query.hooks.first": 50,
    "Query.hooks.offset": 0,
    "Query.validateHook.dryRun": false,
    "Query.previewHook.timeRange": 86_400_000,
    "HookPreview.newest.first": 10,
    "Subscription.hookChanges.initial": false,
    "Subscription.stats.every": 10_000,
    "Hook.stats.timeRange": 86_400_000,
    "Hook.events.sort": "TIMESTAMP_DESC",
    "Hook.events.first": 50,
    "Hook.events.offset": 0,
  });
});

test("plain fields are read without a resolver, and only what has to be asked for is resolved", () => {
  const event = executor().schema.getType("HookEvent");
  const fields = isObjectType(event) ? Object.values(event.getFields()) : [];
  expect(fields.filter((field) => field.resolve !== undefined).map((field) => field.name)).toEqual(["dispatches"]);
});
