// One persisted operation, read whole: its route, parameters, rules and answer.
// What is faulty in an operation file stops the generation with the operation's name; nothing is guessed.
import { createHash } from "node:crypto";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  print,
  separateOperations,
  visit,
} from "graphql";
import type { FailingStatus, NextPage, RestMedia, RestMethod, RestRoute, RestRule } from "../restRoute.ts";
import { type AnswerModel, answerShape, type EchoedVariable, type MessageModel, messageShape } from "./answerModel.ts";
import { readAnswer } from "./answerReader.ts";
import { argumentNames } from "./argumentNames.ts";
import { directiveOf, directivesOf, REST_DIRECTIVES, textOf, textsOf } from "./directives.ts";
import { type BodyModel, type ParameterModel, readBodyModel, readParameters } from "./parameterModel.ts";

/** An operation as the manifest of persisted queries names it. */
export interface PersistedOperation {
  /** SHA-256 of `body`. */
  readonly id: string;
  readonly name: string;
  readonly type: "query" | "mutation" | "subscription";
  /** The operation with its fragments, without descriptions and without what only the REST layer reads. */
  readonly body: string;
}

export interface RouteModel {
  readonly operation: PersistedOperation;
  readonly method: RestMethod;
  readonly path: string;
  readonly produces: RestMedia;
  readonly tag: string;
  /** First sentence of the operation's description. */
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ParameterModel[];
  readonly takes: BodyModel | null;
  readonly rules: readonly RestRule[];
  readonly argumentNames: Readonly<Record<string, string>>;
  readonly answer: AnswerModel;
  readonly required: readonly string[];
  readonly gone: readonly string[] | null;
  readonly next: NextPage | null;
  readonly message: MessageModel | null;
  readonly isFresh: boolean;
  readonly failing: FailingStatus | null;
}

const MEDIA: Readonly<Record<string, RestMedia>> = {
  JSON: "application/json",
  YAML: "application/yaml",
  STREAM: "text/event-stream",
};

function mediaOf(name: string): RestMedia {
  return MEDIA[name] ?? "application/json";
}

const REST_DIRECTIVE_NAMES = new Set(
  parse(REST_DIRECTIVES).definitions.flatMap((node) => (node.kind === "DirectiveDefinition" ? [node.name.value] : [])),
);

/** All operations of the documents, in order of name. */
export function readPersistedOperations(document: DocumentNode): readonly PersistedOperation[] {
  return Object.values(separateOperations(document))
    .map((part) => persisted(part))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The operations that are routes, in order of path. */
export function readRoutes(schema: GraphQLSchema, document: DocumentNode): readonly RouteModel[] {
  const persistedByName = new Map(readPersistedOperations(document).map((operation) => [operation.name, operation]));
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === "FragmentDefinition" ? [[node.name.value, node] as const] : [],
    ),
  );
  const routes = document.definitions.flatMap((node) => {
    const operation = node.kind === "OperationDefinition" && persistedByName.get(node.name?.value ?? "");
    const rest = operation && directiveOf(node, "rest");
    return rest ? [readRoute(schema, fragments, node, operation, rest)] : [];
  });
  return routes.sort((a, b) => compare(a.path, b.path) || compare(a.produces, b.produces));
}

function readRoute(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  node: OperationDefinitionNode,
  operation: PersistedOperation,
  rest: Readonly<Record<string, unknown>>,
): RouteModel {
  const path = textOf(rest, "path");
  const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  const parameters = named(operation.name, () => readParameters(schema, node, placeholders));
  const takes = named(operation.name, () => readBodyModel(schema, node, mediaOf)) ?? null;
  const method = rest.method === "POST" ? "POST" : "GET";
  if ((method === "POST") !== (takes !== null)) {
    throw new Error(`${operation.name}: method: POST and a variable with @body belong together`);
  }
  const names = parameters.map(({ name }) => name);
  const stray = placeholders.find((name) => !names.includes(name));
  if (stray !== undefined) throw new Error(`${operation.name}: the path names {${stray}}, which is no variable`);
  const rules = readRules(node);
  const unknown = rules.flatMap(namesOf).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`${operation.name}: a rule names $${unknown}, which is no variable`);
  const variables = new Map(parameters.map((parameter) => [parameter.name, echoed(parameter)]));
  const isStream = operation.type === "subscription";
  const { answer, required, gone, next, message, failing } = readAnswer(
    { operation: operation.name, schema, isStream, fragments, variables },
    node.selectionSet,
  );
  const produces = mediaOf(String(rest.produces ?? "JSON"));
  if ((answer.kind === "documents") !== (produces === "application/yaml")) {
    throw new Error(`${operation.name}: @document and produces: YAML belong together`);
  }
  if (isStream !== (produces === "text/event-stream")) {
    throw new Error(`${operation.name}: a subscription and produces: STREAM belong together`);
  }
  const { summary, description } = describe(operation.name, node);
  return {
    operation,
    method,
    path,
    produces,
    tag: textOf(rest, "tag"),
    summary,
    description,
    parameters,
    takes,
    rules,
    argumentNames: argumentNames(node.selectionSet),
    answer,
    required,
    gone,
    next,
    message,
    isFresh: rest.fresh === true || takes !== null,
    failing,
  };
}

/** The part of a route that is served. */
export function toRestRoute(route: RouteModel): RestRoute {
  const { operation, method, path, produces, takes, rules, required, gone, next } = route;
  return {
    name: operation.name,
    id: operation.id,
    method,
    path,
    produces,
    body: operation.body,
    parameters: route.parameters.map(({ leaf, variableType, description, example, ...served }) => served),
    takes: takes && { variable: takes.variable, media: takes.media, maxBytes: takes.maxBytes },
    rules,
    argumentNames: route.argumentNames,
    answer: answerShape(route.answer),
    required,
    gone,
    next,
    message: route.message && messageShape(route.message),
    isFresh: route.isFresh,
    failing: route.failing,
  };
}

function echoed({ variableType, description, example, default: standard }: ParameterModel): EchoedVariable {
  return { type: variableType, description, example: example ?? standard ?? undefined };
}

function readRules(node: OperationDefinitionNode): readonly RestRule[] {
  const exclusive = directivesOf(node, "exclusive").map((given) => {
    return { kind: "exclusive" as const, parameter: textOf(given, "parameter"), with: textsOf(given, "with") };
  });
  const ordered = directivesOf(node, "ordered").map((given) => {
    return { kind: "ordered" as const, from: textOf(given, "from"), to: textOf(given, "to") };
  });
  return [...exclusive, ...ordered];
}

function namesOf(rule: RestRule): readonly string[] {
  return rule.kind === "exclusive" ? [rule.parameter, ...rule.with] : [rule.from, rule.to];
}

function describe(operation: string, node: OperationDefinitionNode) {
  const description = node.description?.value;
  if (!description) throw new Error(`${operation}: has no description`);
  const [summary = ""] = description.split(/\.\s/, 1);
  return { summary: summary.replace(/\.$/, ""), description };
}

function persisted(document: DocumentNode): PersistedOperation {
  const bare = visit(document, {
    Directive: (node) => (REST_DIRECTIVE_NAMES.has(node.name.value) ? null : undefined),
    OperationDefinition: ({ description, ...node }) => node,
    FragmentDefinition: ({ description, ...node }) => node,
    VariableDefinition: ({ description, ...node }) => node,
  });
  const operation = bare.definitions.find((node) => node.kind === "OperationDefinition");
  if (!operation?.name) throw new Error("an operation without a name cannot be persisted");
  const fragments = bare.definitions.filter((node) => node.kind === "FragmentDefinition");
  const inOrder = fragments.toSorted((a, b) => compare(a.name.value, b.name.value));
  const body = print({ ...bare, definitions: [operation, ...inOrder] });
  const id = createHash("sha256").update(body).digest("hex");
  return { id, name: operation.name.value, type: operation.operation, body };
}

function named<T>(operation: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${operation}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
