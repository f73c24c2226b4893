// Nulls that a variable brings to where none is taken. GraphQL lets a nullable variable stand for an argument that has a
// default, so validation passes, and executors find out while they run, with an error that nothing tells from any other.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getVariableValues,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  TypeInfo,
  ValidationContext,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { codedError } from "./errors.ts";

type Variables = Readonly<Record<string, unknown>>;

/**
 * BAD_USER_INPUT for the first argument that gets a null it does not take; undefined when there is none. `variables` are of
 * their types. Looks through the document once for each operation, and again only when it is about to find something.
 */
export function nullArgument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | undefined {
  const names = [...variablesAtRisk(schema, document, operation)];
  if (!names.some((name) => variables[name] === null)) return undefined;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!coerced) return undefined;
  const walked = new Set<string>(); // a fragment has the same arguments wherever it is spread
  let found: GraphQLError | undefined;
  walk(operation);
  return found;

  function walk(part: OperationDefinitionNode | FragmentDefinitionNode): void {
    const types = new TypeInfo(schema);
    const enter = (node: SelectionNode) => (found || isLeftOut(node) ? false : undefined);
    visit(
      part,
      visitWithTypeInfo(types, {
        Field: (node) => {
          if (enter(node) === false) return false;
          const field = types.getFieldDef();
          if (field) attempt(() => getArgumentValues(field, node, coerced));
          return undefined;
        },
        InlineFragment: enter,
        FragmentSpread: (node) => {
          if (enter(node) !== false) walkFragment(node.name.value);
        },
      }),
    );
  }

  function walkFragment(name: string): void {
    if (walked.has(name)) return;
    walked.add(name);
    for (const part of document.definitions) {
      if (part.kind === Kind.FRAGMENT_DEFINITION && part.name.value === name) walk(part);
    }
  }

  function isLeftOut(node: SelectionNode): boolean {
    const skip = attempt(() => getDirectiveValues(GraphQLSkipDirective, node, coerced));
    const include = attempt(() => getDirectiveValues(GraphQLIncludeDirective, node, coerced));
    return skip?.if === true || include?.if === false;
  }

  /** graphql-js throws nothing else from reading arguments. */
  function attempt<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      found ??= codedError("BAD_USER_INPUT", error.message, error.nodes ? { nodes: error.nodes } : {});
      return undefined;
    }
  }
}

const atRisk = new WeakMap<OperationDefinitionNode, ReadonlySet<string>>();

/** Names of the variables that stand, somewhere in the operation, where null is not taken. */
function variablesAtRisk(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> {
  const known = atRisk.get(operation);
  if (known) return known;
  const usages = new ValidationContext(schema, document, new TypeInfo(schema), () => {}).getRecursiveVariableUsages(
    operation,
  );
  const names = new Set(usages.filter(({ type }) => isNonNullType(type)).map(({ node }) => node.name.value));
  atRisk.set(operation, names);
  return names;
}
