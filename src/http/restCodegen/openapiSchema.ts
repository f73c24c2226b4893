// JSON Schemas and examples of parameters and answers, for the OpenAPI document.
// Keys of an answer are always all there, so all are required; what can be missing is null.
import { type GraphQLLeafType, isEnumType } from "graphql";
import type { JsonSchema } from "../openapiDocument.ts";
import { spellEnum } from "../restSpelling.ts";
import type { LeafModel, Model, ObjectModel } from "./answerModel.ts";

/** How a scalar of the schema is written in JSON, with an example of it. */
export type ScalarSchemas = Readonly<Record<string, JsonSchema & { readonly examples: readonly unknown[] }>>;

const BUILT_IN: Readonly<Record<string, JsonSchema>> = {
  String: { type: "string" },
  ID: { type: "string" },
  Int: { type: "integer", format: "int32" },
  Float: { type: "number" },
  Boolean: { type: "boolean" },
};

/** Collects the named schemas that the schemas it makes refer to. */
export class SchemaComponents {
  readonly schemas = new Map<string, JsonSchema>();
  readonly #scalars: ScalarSchemas;

  constructor(scalars: ScalarSchemas) {
    this.#scalars = scalars;
  }

  /** The schema of one value, in a parameter or an answer. */
  leaf(type: GraphQLLeafType): JsonSchema {
    const builtIn = BUILT_IN[type.name];
    if (builtIn) return builtIn;
    const description = type.description ? { description: type.description } : {};
    if (isEnumType(type)) {
      const spelled = type.getValues().map(({ name }) => spellEnum(name));
      return this.#refer(type.name, { type: "string", enum: spelled, ...description });
    }
    const scalar = this.#scalars[type.name];
    if (!scalar) throw new Error(`the OpenAPI document knows no JSON form of the scalar ${type.name}`);
    return this.#refer(type.name, { ...scalar, ...description });
  }

  of(model: Model): JsonSchema {
    switch (model.kind) {
      case "leaf":
        return orNull(this.leaf(model.type), model.nullable);
      case "list":
        return orNull({ type: "array", items: this.of(model.of) }, model.nullable);
      case "map":
        return orNull({ type: "object", additionalProperties: this.of(model.of) }, model.nullable);
      case "object":
        return orNull(this.#object(model), model.nullable);
    }
  }

  exampleOf(model: Model): unknown {
    switch (model.kind) {
      case "leaf":
        return this.exampleOfLeaf(model);
      case "list":
        // Of a list of single values the example is the whole list.
        if (model.of.kind === "leaf" && Array.isArray(model.of.example)) return model.of.example;
        return [this.exampleOf(model.of)];
      case "map":
        return { [String(this.exampleOfLeaf(model.key))]: this.exampleOf(model.of) };
      case "object":
        return Object.fromEntries(model.fields.map((field) => [field.name, this.exampleOf(field.model)]));
    }
  }

  exampleOfLeaf({ type, nullable, example }: Pick<LeafModel, "type" | "nullable" | "example">): unknown {
    if (isEnumType(type)) return spellEnum(String(example ?? type.getValues()[0]?.name));
    if (example !== undefined) return example;
    if (nullable) return null;
    const scalar = this.#scalars[type.name]?.examples[0];
    if (scalar === undefined) throw new Error(`a ${type.name} needs an @example`);
    return scalar;
  }

  #object(model: ObjectModel): JsonSchema {
    const properties = Object.fromEntries(
      model.fields.map(({ name, description, model: part }) => [name, described(this.of(part), description)]),
    );
    const schema = { type: "object", properties, required: model.fields.map(({ name }) => name) };
    if (!model.component) return schema;
    return this.#refer(model.component.name, described(schema, model.component.description));
  }

  #refer(name: string, schema: JsonSchema): JsonSchema {
    const known = this.schemas.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`);
    this.schemas.set(name, schema);
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** A description beside `$ref` is OpenAPI 3.1. */
export function described(schema: JsonSchema, description: string): JsonSchema {
  return description === "" ? schema : { ...schema, description };
}

function orNull(schema: JsonSchema, nullable: boolean): JsonSchema {
  if (!nullable) return schema;
  return typeof schema.type === "string"
    ? { ...schema, type: [schema.type, "null"] }
    : { anyOf: [schema, { type: "null" }] };
}
