// Arguments that several operations give, written once: a field that @takes them is given what the @shared operation gives.
// Pure, on the documents alone, before anything else is read: whoever comes next sees whole operations, and no shared ones.
import {
  type ArgumentNode,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type ObjectFieldNode,
  type OperationDefinitionNode,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
} from "graphql";
import { directiveOf, directivesOf, textOf, textsOf } from "./directives.ts";

export function withSharedArguments(document: DocumentNode): DocumentNode {
  const shared = new Map<string, OperationDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION && directiveOf(node, "shared")) shared.set(nameOf(node), node);
  }
  const definitions = document.definitions.flatMap((node): readonly DefinitionNode[] => {
    if (node.kind === Kind.FRAGMENT_DEFINITION) refuseTaking(node);
    if (node.kind !== Kind.OPERATION_DEFINITION) return [node];
    return shared.has(nameOf(node)) ? [] : [whole(node, shared)];
  });
  return { ...document, definitions };
}

function whole(
  operation: OperationDefinitionNode,
  shared: ReadonlyMap<string, OperationDefinitionNode>,
): OperationDefinitionNode {
  const own = operation.variableDefinitions ?? [];
  const ownNames = new Set(own.map(variableName));
  const sources = new Set<OperationDefinitionNode>();
  const taken = new Set<string>();

  const filled = visit(operation, {
    Field(node) {
      const uses = directivesOf(node, "takes");
      if (uses.length === 0) return undefined;
      let given = node.arguments ?? [];
      for (const use of uses) {
        const source = sourceOf(textOf(use, "argumentsOf"));
        sources.add(source);
        given = merged(given, argumentsOf(source, textsOf(use, "beside")));
      }
      for (const { value } of given) for (const name of variablesIn(value)) taken.add(name);
      return { ...node, arguments: given };
    },
  });

  const added = [...sources].flatMap((source) =>
    (source.variableDefinitions ?? []).filter((each) => {
      return taken.has(variableName(each)) && !ownNames.has(variableName(each));
    }),
  );
  const rules = [...sources].flatMap((source) =>
    (source.directives ?? []).filter((directive) => directive.name.value !== "shared"),
  );
  return {
    ...filled,
    variableDefinitions: own.toSpliced(endOfPath(operation, own), 0, ...added),
    directives: [...(filled.directives ?? []), ...rules],
  };

  function sourceOf(name: string): OperationDefinitionNode {
    const source = shared.get(name);
    if (!source) throw new Error(`${nameOf(operation)}: takes arguments of ${name}, which is no @shared operation`);
    return source;
  }

  /** Those of the operation's only field, entries named `beside` out of their object and in front of it. */
  function argumentsOf(source: OperationDefinitionNode, beside: readonly string[]): readonly ArgumentNode[] {
    const [field] = source.selectionSet.selections;
    if (field?.kind !== Kind.FIELD) throw new Error(`${nameOf(source)}: a @shared operation asks for one field`);
    const found = new Set<string>();
    const given = (field.arguments ?? []).flatMap((argument) => {
      if (argument.value.kind !== Kind.OBJECT) return [argument];
      const [apart, fields] = partition(argument.value.fields, ({ name }) => beside.includes(name.value));
      for (const { name } of apart) found.add(name.value);
      return [...apart.map(asArgument), { ...argument, value: { ...argument.value, fields } }];
    });
    const stray = beside.find((name) => !found.has(name));
    if (stray !== undefined) throw new Error(`${nameOf(operation)}: ${nameOf(source)} has no entry ${stray}`);
    return given;
  }

  /** What the operation gives itself stays, and what has a variable of its own has another meaning here, so it is left out. */
  function merged(ours: readonly ArgumentNode[], theirs: readonly ArgumentNode[]): readonly ArgumentNode[] {
    const completed = ours.map((argument) => {
      const other = theirs.find(({ name }) => name.value === argument.name.value);
      return other ? withEntries(argument, other) : argument;
    });
    const further = theirs.flatMap((argument) => {
      if (ours.some(({ name }) => name.value === argument.name.value)) return [];
      if (argument.value.kind !== Kind.OBJECT) return usesOwn(argument.value) ? [] : [argument];
      return [withEntries({ ...argument, value: { ...argument.value, fields: [] } }, argument)];
    });
    return [...completed, ...further];
  }

  function withEntries(argument: ArgumentNode, other: ArgumentNode): ArgumentNode {
    if (argument.value.kind !== Kind.OBJECT || other.value.kind !== Kind.OBJECT) return argument;
    return { ...argument, value: { ...argument.value, fields: entries(argument.value.fields, other.value.fields) } };
  }

  function entries(ours: readonly ObjectFieldNode[], theirs: readonly ObjectFieldNode[]): readonly ObjectFieldNode[] {
    const inTheirOrder = theirs.flatMap((entry) => {
      const instead = ours.find(({ name }) => name.value === entry.name.value);
      if (instead) return [instead];
      return usesOwn(entry.value) ? [] : [entry];
    });
    return [...inTheirOrder, ...ours.filter((entry) => !inTheirOrder.includes(entry))];
  }

  function usesOwn(value: ValueNode): boolean {
    return variablesIn(value).some((name) => ownNames.has(name));
  }
}

/** Behind the variables of the path: what is asked for comes before how. */
function endOfPath(operation: OperationDefinitionNode, variables: readonly VariableDefinitionNode[]): number {
  const path = String(directiveOf(operation, "rest")?.path ?? "");
  return variables.findLastIndex((each) => path.includes(`{${variableName(each)}}`)) + 1;
}

/** Fragments have no variables of their own, so none may be brought to them. */
function refuseTaking(fragment: FragmentDefinitionNode): void {
  visit(fragment, {
    Field(node) {
      if (directiveOf(node, "takes"))
        throw new Error(`${node.name.value}: a field of a fragment cannot take arguments`);
    },
  });
}

function variablesIn(value: ValueNode): readonly string[] {
  const names: string[] = [];
  visit(value, { Variable: (node) => void names.push(node.name.value) });
  return names;
}

function asArgument({ name, value }: ObjectFieldNode): ArgumentNode {
  return { kind: Kind.ARGUMENT, name, value };
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function variableName({ variable }: VariableDefinitionNode): string {
  return variable.name.value;
}

function nameOf(operation: OperationDefinitionNode): string {
  return operation.name?.value ?? "";
}
