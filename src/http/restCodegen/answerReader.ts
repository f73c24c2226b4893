// From an operation's selections and their directives to the model of its answer.
// Every fault of an operation file is told with the name of the operation and the place: generation stops there.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from "graphql";
import type { FailingStatus, NextPage } from "../restRoute.ts";
import { ObjectDraft } from "./answerDraft.ts";
import type {
  AnswerModel,
  Component,
  EchoedVariable,
  FieldModel,
  LeafModel,
  MessageModel,
  Model,
  NamedMessageModel,
  ObjectModel,
} from "./answerModel.ts";
import { directiveOf, directivesOf, textOf, textsOf } from "./directives.ts";

export interface ReadAnswer {
  readonly answer: AnswerModel;
  readonly required: readonly string[];
  readonly gone: Path | null;
  readonly next: NextPage | null;
  readonly message: MessageModel | null;
  readonly failing: FailingStatus | null;
}

export interface AnswerSource {
  readonly operation: string;
  readonly schema: GraphQLSchema;
  /** Whether it is a subscription. */
  readonly isStream: boolean;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: ReadonlyMap<string, EchoedVariable>;
}

type Path = readonly string[];

export function readAnswer(source: AnswerSource, selections: SelectionSetNode): ReadAnswer {
  const { operation, schema, isStream, fragments, variables } = source;
  const required: string[] = [];
  const readyTypes = new Set<string>();
  const writtenTypes = new Set<string>();
  const nextPages: NextPage[] = [];
  const messageIds: Path[] = [];
  const failings: FailingStatus[] = [];
  const namedMessages: NamedMessageModel[] = [];
  const goneAt: Path[] = [];
  const documents: { readonly path: Path; readonly description: string }[] = [];
  const producesDocuments = containsDocument(selections);

  const rootType = isStream ? schema.getSubscriptionType() : schema.getQueryType();
  if (!rootType) throw new Error("the schema has no such operations");
  const root = new ObjectDraft();
  readInto(root, selections, rootType, { path: [], nullable: false, isRoot: true });
  const mixed = [...readyTypes].find((type) => writtenTypes.has(type));
  if (mixed !== undefined) fail(mixed, "is selected by its @ready fragment in one place and otherwise in another");
  const next = nextPages[0] ?? null;
  const gone = goneAt[0] ?? null;
  const [document] = documents;
  if (document)
    return { answer: { kind: "documents", ...document }, required, gone, next, message: null, failing: null };
  const [id] = messageIds;
  if (isStream !== (id !== undefined)) fail("@messageId", "and subscriptions belong together");
  return {
    answer: { kind: "json", root: { ...root.finished(), component: rootComponent(selections) } },
    required,
    gone,
    next,
    message: id ? { id, named: namedMessages } : null,
    failing: failings[0] ?? null,
  };

  function readInto(draft: ObjectDraft, set: SelectionSetNode, type: GraphQLCompositeType, at: Place): void {
    for (const selection of set.selections) {
      if (selection.kind === "Field") readField(draft, selection, type, at);
      else if (selection.kind === "InlineFragment") readInto(draft, selection.selectionSet, type, at);
      else readInto(draft, fragmentOf(selection.name.value).selectionSet, type, at);
    }
  }

  function readField(draft: ObjectDraft, node: FieldNode, parent: GraphQLCompositeType, at: Place): void {
    const key = (node.alias ?? node.name).value;
    const definition = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!definition) fail(key, "is not a field of an object type");
    const path = [...at.path, key];
    const onlyIf = onlyIfOf(node, at.path);
    const isNullable = !isNonNullType(definition.type);
    if (at.isRoot && isNullable) required.push(key);
    const nullable = at.nullable || (isNullable && !at.isRoot);
    const composite = getNamedType(definition.type);

    const nextPage = directiveOf(node, "next");
    if (nextPage) {
      nextPages.push({ path, onlyIf, parameter: textOf(nextPage, "parameter"), without: textsOf(nextPage, "without") });
    }
    if (directiveOf(node, "messageId")) {
      messageIds.push(path);
      return;
    }
    const failing = directiveOf(node, "failing");
    if (failing) failings.push({ path, when: textOf(failing, "when"), status: Number(failing.status) });
    const named = directiveOf(node, "message");
    if (named) {
      const model = modelOf(node, definition.type, { path, nullable: false });
      if (model.kind !== "object") fail(key, "is no object and cannot be a message");
      const description = definition.description ?? "";
      namedMessages.push({ name: textOf(named, "name"), path, description, model: { ...model, nullable: false } });
      return;
    }
    const isGone = directiveOf(node, "gone") !== undefined;
    if (isGone) goneAt.push(path);
    if (directiveOf(node, "document")) documents.push({ path, description: definition.description ?? "" });
    if (nextPage || isGone || (producesDocuments && !node.selectionSet)) return;
    if (producesDocuments || directiveOf(node, "lift")) {
      if (!node.selectionSet || !isCompositeType(composite)) fail(key, "has no fields to lift");
      readInto(draft, node.selectionSet, composite, { path, nullable, isRoot: false });
      return;
    }
    const model = modelOf(node, definition.type, { path, nullable: nullable || onlyIf !== null });
    place(draft, String(directiveOf(node, "at")?.path ?? key), {
      description: definition.description ?? "",
      model,
      source: { kind: "data", path, onlyIf },
    });
    for (const echo of directivesOf(node, "echo")) placeVariable(draft, textOf(echo, "variable"), textOf(echo, "at"));
  }

  function containsDocument(set: SelectionSetNode): boolean {
    return set.selections.some(
      (selection) =>
        selection.kind === "Field" &&
        (directiveOf(selection, "document") !== undefined ||
          (selection.selectionSet !== undefined && containsDocument(selection.selectionSet))),
    );
  }

  function modelOf(node: FieldNode, type: GraphQLOutputType, { path, nullable }: Omit<Place, "isRoot">): Model {
    const bare = getNullableType(type);
    const map = directiveOf(node, "map");
    if (isListType(bare)) {
      const element = bare.ofType;
      if (map) return { ...mapOf(node, element, path, textOf(map, "key"), map.value), nullable };
      return { kind: "list", nullable, of: modelOf(node, element, { path: [], nullable: !isNonNullType(element) }) };
    }
    if (map) fail(path.join("."), "is no list and cannot be a map");
    if (isLeafType(bare)) return { kind: "leaf", type: bare, nullable, example: directiveOf(node, "example")?.value };
    if (!node.selectionSet || !isCompositeType(bare)) fail(path.join("."), "has no fields");
    return { ...objectOf(node.selectionSet, bare), nullable };
  }

  function mapOf(node: FieldNode, type: GraphQLOutputType, path: Path, keyName: string, valueName: unknown) {
    const composite = getNullableType(type);
    if (!node.selectionSet || !isCompositeType(composite)) fail(path.join("."), "holds no objects");
    const element = objectOf(node.selectionSet, composite);
    const key = element.fields.find(({ name }) => name === keyName);
    if (key?.model.kind !== "leaf" || key.source.kind !== "data") fail(path.join("."), `has no key ${keyName}`);
    const rest = element.fields.filter((field) => field !== key);
    const value = rest.find(({ name }) => name === valueName);
    if (valueName !== undefined && value?.source.kind !== "data") fail(path.join("."), `has no value ${valueName}`);
    const ofValue = value?.source.kind === "data" ? { of: value.model, valuePath: value.source.path } : undefined;
    const entry = ofValue ?? { of: { ...element, fields: rest, component: null, ready: null }, valuePath: [] };
    return { kind: "map" as const, key: key.model, keyPath: key.source.path, ...entry };
  }

  function objectOf(set: SelectionSetNode, type: GraphQLNamedType & GraphQLCompositeType): ObjectModel {
    const draft = new ObjectDraft();
    readInto(draft, set, type, { path: [], nullable: false, isRoot: false });
    const fragment = wholeFragment(set);
    const component = fragment ? componentOf(fragment) : null;
    const ready = fragment && directiveOf(fragment, "ready") ? type.name : null;
    (ready === null ? writtenTypes : readyTypes).add(type.name);
    return { ...draft.finished(), component, ready };
  }

  function rootComponent(set: SelectionSetNode): Component | null {
    const [only] = set.selections;
    const lifted = set.selections.length === 1 && only?.kind === "Field" && only.selectionSet;
    const fragment = lifted && directiveOf(only, "lift") ? wholeFragment(lifted) : undefined;
    return fragment ? componentOf(fragment) : null;
  }

  function wholeFragment(set: SelectionSetNode): FragmentDefinitionNode | undefined {
    const [only] = set.selections;
    return set.selections.length === 1 && only?.kind === "FragmentSpread" ? fragmentOf(only.name.value) : undefined;
  }

  function componentOf(fragment: FragmentDefinitionNode): Component {
    return { name: fragment.name.value, description: fragment.description?.value ?? "" };
  }

  function onlyIfOf(node: FieldNode, around: Path): Path | null {
    const given = directiveOf(node, "onlyIf");
    return given ? [...around, textOf(given, "field")] : null;
  }

  function placeVariable(draft: ObjectDraft, name: string, at: string): void {
    const variable = variables.get(name);
    const type = variable && getNamedType(variable.type);
    if (!variable || !isLeafType(type)) fail(at, `echoes $${name}, which is no variable of one value`);
    const model: LeafModel = { kind: "leaf", type, nullable: !isNonNullType(variable.type), example: variable.example };
    place(draft, at, { description: variable.description, model, source: { kind: "variable", name } });
  }

  function place(draft: ObjectDraft, at: string, field: Omit<FieldModel, "name">): void {
    const fault = draft.place(at, field);
    if (fault !== undefined) fail(at, fault);
  }

  function fragmentOf(name: string): FragmentDefinitionNode {
    const fragment = fragments.get(name);
    if (!fragment) fail(name, "is not a known fragment");
    return fragment;
  }

  function fail(place: string, fault: string): never {
    throw new Error(`${operation}: ${place} ${fault}`);
  }
}

interface Place {
  readonly path: Path;
  /** Whether an object on the way here can be null. */
  readonly nullable: boolean;
  readonly isRoot: boolean;
}
