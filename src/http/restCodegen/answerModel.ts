// What an operation answers, as the generator knows it: the shape of the text together with the GraphQL types behind it.
// From it follow both the shape that is served (restRoute.ts) and the schema that documents it (openapiSchema.ts).
import type { GraphQLLeafType, GraphQLType } from "graphql";
import type { AnswerShape, FieldSource, MessageShape, Shape } from "../restRoute.ts";

interface Part {
  readonly nullable: boolean;
}

export interface LeafModel extends Part {
  readonly kind: "leaf";
  readonly type: GraphQLLeafType;
  readonly example: unknown;
}

export interface ListModel extends Part {
  readonly kind: "list";
  readonly of: Model;
}

export interface MapModel extends Part {
  readonly kind: "map";
  readonly key: LeafModel;
  readonly keyPath: readonly string[];
  readonly of: Model;
  /** Path of the value in an element; empty when the element itself is the value. */
  readonly valuePath: readonly string[];
}

export interface ObjectModel extends Part {
  readonly kind: "object";
  readonly fields: readonly FieldModel[];
  readonly component: Component | null;
  /** The GraphQL type whose objects the store keeps as text in this shape. */
  readonly ready: string | null;
}

/** A fragment that is the whole selection of an object: it has a name of its own in the OpenAPI document. */
export interface Component {
  readonly name: string;
  readonly description: string;
}

export type Model = LeafModel | ListModel | MapModel | ObjectModel;

export interface FieldModel {
  readonly name: string;
  readonly description: string;
  readonly model: Model;
  readonly source: FieldSource;
}

export type AnswerModel =
  | { readonly kind: "json"; readonly root: ObjectModel }
  | { readonly kind: "documents"; readonly path: readonly string[]; readonly description: string };

/** What of a stream's data is a message's own. */
export interface MessageModel {
  readonly id: readonly string[];
  readonly named: readonly NamedMessageModel[];
}

export interface NamedMessageModel {
  readonly name: string;
  readonly path: readonly string[];
  readonly description: string;
  readonly model: ObjectModel;
}

/** A variable as an answer repeats it. */
export interface EchoedVariable {
  readonly type: GraphQLType;
  readonly description: string;
  readonly example: unknown;
}

const LITERALS = new Set(["Int", "Float", "Boolean"]);

export function answerShape(answer: AnswerModel): AnswerShape {
  if (answer.kind === "documents") return { kind: "documents", path: answer.path };
  return objectShape(answer.root);
}

export function messageShape({ id, named }: MessageModel): MessageShape {
  return { id, named: named.map(({ name, path, model }) => ({ name, path, shape: objectShape(model) })) };
}

export function shapeOf(model: Model): Shape {
  switch (model.kind) {
    case "leaf":
      if ("getValues" in model.type) return { kind: "enum" };
      return { kind: LITERALS.has(model.type.name) ? "literal" : "text" };
    case "list":
      return { kind: "list", of: shapeOf(model.of) };
    case "map":
      return { kind: "map", key: model.keyPath, of: shapeOf(model.of), value: model.valuePath };
    case "object":
      return objectShape(model);
  }
}

function objectShape(model: ObjectModel) {
  const fields = model.fields.map(({ name, source, model: part }) => ({ name, source, shape: shapeOf(part) }));
  return { kind: "object" as const, fields, ready: model.ready };
}
