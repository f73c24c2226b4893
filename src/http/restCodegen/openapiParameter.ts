// A route's parameters as the OpenAPI document shows them: bounds, defaults, spellings, and what excludes what.
import type { JsonSchema, Parameter } from "../openapiDocument.ts";
import type { RestRule } from "../restRoute.ts";
import { spellEnum } from "../restSpelling.ts";
import type { SchemaComponents } from "./openapiSchema.ts";
import type { ParameterModel } from "./parameterModel.ts";

export function toParameter(
  model: ParameterModel,
  rules: readonly RestRule[],
  components: SchemaComponents,
): Parameter {
  const schema = schemaOf(model, components);
  const example = exampleOf(model, components);
  return {
    name: model.name,
    in: model.in,
    required: model.required,
    description: [model.description, ...notes(model, rules)].join(" "),
    ...(model.list ? { style: "form", explode: false } : {}),
    schema,
    ...(example === undefined ? {} : { example }),
  };
}

/** The parameter that chooses between media types, for callers that cannot set a header. */
export function formatParameter(formats: readonly string[]): Parameter {
  return {
    name: "format",
    in: "query",
    required: false,
    description: "The form of the answer; chosen by the Accept header when it is not given.",
    schema: { type: "string", enum: formats },
    example: formats[0],
  };
}

function schemaOf(model: ParameterModel, components: SchemaComponents): JsonSchema {
  const single = {
    ...components.leaf(model.leaf),
    ...(model.min === null ? {} : { minimum: model.min }),
    ...(model.max === null ? {} : { maximum: model.max }),
    ...(model.except.length > 0 ? { not: { enum: model.except } } : {}),
    ...(model.leaf.name === "String" || model.leaf.name === "ID" ? { minLength: 1 } : {}),
  };
  const schema = model.list ? { type: "array", items: single, minItems: 1 } : single;
  return model.default === null ? schema : { ...schema, default: spelled(model, model.default) };
}

function exampleOf(model: ParameterModel, components: SchemaComponents): unknown {
  if (model.example !== undefined) return spelled(model, model.example);
  if (model.default !== null) return spelled(model, model.default);
  const example = components.exampleOfLeaf({ type: model.leaf, nullable: false, example: undefined });
  return model.list ? [example] : example;
}

function spelled(model: ParameterModel, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => spelled(model, item));
  return model.values && typeof value === "string" ? spellEnum(value) : value;
}

function notes({ name, list }: ParameterModel, rules: readonly RestRule[]): readonly string[] {
  const ofRules = rules.flatMap((rule) => {
    if (rule.kind === "exclusive" && rule.parameter === name) return [`Not together with ${words(rule.with)}.`];
    if (rule.kind === "exclusive" && rule.with.includes(name)) return [`Not together with ${words([rule.parameter])}.`];
    if (rule.kind === "ordered" && rule.from === name) return [`Not after ${words([rule.to])}.`];
    return [];
  });
  return list ? [...ofRules, "Several: separated by commas, or the parameter repeated."] : ofRules;
}

function words(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(" or ");
}
