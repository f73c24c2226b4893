// A subscription of a caller's or of our own, made ready: opened once for each subscriber, executed once for each thing to tell.
// Where a subscriber begins is no part of what it is told: those who differ in nothing else share one execution.
import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { GraphContext } from "./context.ts";
import { codedError, maskError } from "./errors.ts";
import { type Feed, START_ARGUMENTS, type Start, type Subscribed, type Tell } from "./live.ts";
import { inputErrors, type Operation, type Variables } from "./operation.ts";

export interface LiveOperation {
  /** Checks the variables and finds out where the caller begins. Never rejects; errors are coded or masked. */
  open(variables: Variables, context: GraphContext): Promise<Opened | Unopened>;
}

export interface Opened {
  /** Who has equal keys, and equal rights, is told the same. */
  readonly key: string;
  /** Who has equal ones, and equal rights, is told the same of what it is told. */
  readonly tellingKey: string;
  readonly feed: Feed;
  readonly start: Start;
  /** One execution; never rejects. `context` serves this one alone. */
  tell(tell: Tell, context: GraphContext): Promise<ExecutionResult>;
}

export interface Unopened {
  readonly errors: readonly GraphQLError[];
}

export interface LiveOptions {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Makes what runs for each thing to tell, from the document without its starts. */
  readonly compile: (document: DocumentNode, operation: OperationDefinitionNode) => Operation;
  /** Says of the caller's variables that they ask for too much. */
  readonly refuse?: (variables: Variables, context: GraphContext) => GraphQLError | undefined;
}

export function liveOperation({ schema, document, operation, compile, refuse }: LiveOptions): LiveOperation {
  const root = rootFieldOf(document, operation);
  const field = root && schema.getSubscriptionType()?.getFields()[root.name.value];
  if (!root || !field?.subscribe)
    throw codedError("OPERATION_RESOLUTION_FAILURE", "The subscription selects no field.");
  const { subscribe } = field;
  const shared = withoutArguments(document, root, (name) => START_ARGUMENTS.has(name));
  const sharedOperation = operationIn(shared, operation.name?.value);
  const compiled = compile(shared, sharedOperation);
  const text = print(shared);
  const kept = variablesOf(sharedOperation);
  const bare = withoutArguments(document, root, () => true);
  const bareText = print(bare);
  const bareKept = variablesOf(operationIn(bare, operation.name?.value));

  return {
    async open(variables, context) {
      try {
        const refused = refuse?.(variables, context);
        if (refused) return { errors: [refused] };
        const errors = inputErrors(schema, document, operation, variables);
        if (errors) return { errors };
        const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
        const args = getArgumentValues(field, root, coerced);
        const noInfo = {} as GraphQLResolveInfo; // none of our resolvers reads it
        const { feed, start } = (await subscribe(undefined, args, context, noInfo)) as Subscribed; // as they all give
        const given = (names: readonly string[]) =>
          Object.fromEntries(names.filter((name) => name in coerced).map((name) => [name, variables[name]]));
        const told = given(kept);
        const key = `${text}\n${JSON.stringify(told)}`;
        const { kind } = feed;
        return {
          key,
          tellingKey: kind === undefined ? key : `${kind}\n${bareText}\n${JSON.stringify(given(bareKept))}`,
          feed,
          start,
          tell: (tell, telling) => compiled.execute(told, telling, tell),
        };
      } catch (error) {
        return { errors: [maskError(error, context)] };
      }
    },
  };
}

/** The one field of a subscription, be it inside of fragments. */
function rootFieldOf(document: DocumentNode, { selectionSet }: OperationDefinitionNode): FieldNode | undefined {
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  return firstField(selectionSet);

  function firstField(selections: SelectionSetNode | undefined): FieldNode | undefined {
    for (const selection of selections?.selections ?? []) {
      if (selection.kind === Kind.FIELD) return selection;
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet;
      const found = firstField(inner);
      if (found) return found;
    }
    return undefined;
  }
}

function variablesOf({ variableDefinitions }: OperationDefinitionNode): readonly string[] {
  return (variableDefinitions ?? []).map(({ variable }) => variable.name.value);
}

/** The document without some arguments of its root field, and without the variables that only they use. */
function withoutArguments(document: DocumentNode, root: FieldNode, isDropped: (name: string) => boolean): DocumentNode {
  const used = new Set<string>();
  const stripped = visit(document, {
    [Kind.FIELD](field) {
      if (field !== root) return undefined;
      const kept = field.arguments?.filter(({ name }) => !isDropped(name.value)) ?? [];
      return { ...field, arguments: kept };
    },
  });
  visit(stripped, {
    [Kind.VARIABLE_DEFINITION]: () => false,
    [Kind.VARIABLE]({ name }) {
      used.add(name.value);
    },
  });
  return visit(stripped, {
    [Kind.VARIABLE_DEFINITION]: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
}

function operationIn(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === name) return definition;
  }
  throw new GraphQLError("the operation was lost");
}
