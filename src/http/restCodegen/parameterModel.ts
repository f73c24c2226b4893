// The parameters of a route, read from the variables of its operation.
// A description is the variable's own, or that of the argument or input field the variable is given to.
import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { RestBody, RestMedia, RestParameter } from "../restRoute.ts";
import { spellEnum } from "../restSpelling.ts";
import { directiveOf, textOf, textsOf } from "./directives.ts";

export interface ParameterModel extends RestParameter {
  readonly leaf: GraphQLLeafType;
  readonly variableType: GraphQLInputType;
  readonly description: string;
  readonly example: unknown;
}

/** A request's body, with what documents it. */
export interface BodyModel extends RestBody {
  readonly description: string;
  readonly examples: Readonly<Record<string, unknown>>;
}

/** The variable that is the body; undefined when there is none. */
export function readBodyModel(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  mediaOf: (name: string) => RestMedia,
): BodyModel | undefined {
  const [node, another] = (operation.variableDefinitions ?? []).filter((each) => directiveOf(each, "body"));
  const body = node && directiveOf(node, "body");
  if (!node || !body) return undefined;
  if (another) throw new Error(`$${another.variable.name.value} is a second @body`);
  const variable = node.variable.name.value;
  if (
    node.type.kind !== "NonNullType" ||
    node.type.type.kind !== "NamedType" ||
    node.type.type.name.value !== "String"
  ) {
    throw new Error(`$${variable} is a @body and must be String!`);
  }
  const media = textsOf(body, "media").map(mediaOf);
  const example = directiveOf(node, "example")?.value;
  const description = node.description?.value ?? descriptionsOfUse(schema, operation).get(variable) ?? "";
  const examples = media.map((type) => [type, type === "application/json" ? (body.json ?? example) : example]);
  return { variable, media, maxBytes: Number(body.maxBytes), description, examples: Object.fromEntries(examples) };
}

export function readParameters(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  placeholders: readonly string[],
): readonly ParameterModel[] {
  const usages = descriptionsOfUse(schema, operation);
  return (operation.variableDefinitions ?? [])
    .filter((node) => !directiveOf(node, "body"))
    .map((node) => readParameter(schema, node, placeholders, usages));
}

function readParameter(
  schema: GraphQLSchema,
  node: VariableDefinitionNode,
  placeholders: readonly string[],
  usages: ReadonlyMap<string, string>,
): ParameterModel {
  const name = node.variable.name.value;
  const variableType = inputType(schema, node);
  const single = getNullableType(variableType);
  const leaf = getNullableType(isListType(single) ? single.ofType : single);
  if (!isLeafType(leaf)) throw new Error(`$${name} is neither one value nor a list of values`);
  const inPath = placeholders.includes(name);
  if (inPath && isListType(single)) throw new Error(`$${name} is a list and cannot stand in the path`);
  const range = directiveOf(node, "range");
  const header = directiveOf(node, "header");
  return {
    name,
    in: inPath ? "path" : "query",
    list: isListType(single),
    required: isNonNullType(variableType) && node.defaultValue === undefined,
    type: leaf.name,
    values: isEnumType(leaf)
      ? Object.fromEntries(leaf.getValues().map((value) => [spellEnum(value.name), value.name]))
      : null,
    min: range ? Number(range.min) : null,
    max: range ? Number(range.max) : null,
    except: textsOf(directiveOf(node, "except") ?? {}, "values"),
    default: node.defaultValue ? valueFromASTUntyped(node.defaultValue) : null,
    leaf,
    variableType,
    description: node.description?.value ?? usages.get(name) ?? "",
    header: header ? textOf(header, "name") : null,
    example: directiveOf(node, "example")?.value,
  };
}

function inputType(schema: GraphQLSchema, node: VariableDefinitionNode): GraphQLInputType {
  const type = typeFromAST(schema, node.type as Parameters<typeof typeFromAST>[1]); // the overloads want one kind of node
  if (!type) throw new Error(`$${node.variable.name.value} has an unknown type`);
  return type as GraphQLInputType; // validation lets only input types be variables
}

function descriptionsOfUse(schema: GraphQLSchema, operation: OperationDefinitionNode): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const types = new TypeInfo(schema);
  const document: DocumentNode = { kind: "Document" as DocumentNode["kind"], definitions: [operation] }; // the Kind enum's own text
  visit(
    document,
    visitWithTypeInfo(types, {
      Argument: (node) => {
        if (node.value.kind === "Variable") note(node.value.name.value, types.getArgument()?.description);
      },
      ObjectField: (node) => {
        if (node.value.kind === "Variable") note(node.value.name.value, fieldDescription(node.name.value));
      },
    }),
  );
  return found;

  function fieldDescription(field: string): string | null | undefined {
    const around = types.getParentInputType();
    return isInputObjectType(around) ? around.getFields()[field]?.description : undefined;
  }

  function note(variable: string, description: string | null | undefined): void {
    if (description && !found.has(variable)) found.set(variable, description);
  }
}
