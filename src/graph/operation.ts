// One operation, ready to run: compiled or interpreted, its variables checked, its errors coded or masked.
// An execution never rejects, and its result is fit to be sent as it is.
import {
  type DocumentNode,
  type ExecutionResult,
  execute as executeOnce,
  type GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import { spend } from "./budget.ts";
import type { GraphContext } from "./context.ts";
import { operationOf } from "./document.ts";
import { codedError, codeOf, type ErrorLog, maskError } from "./errors.ts";
import { tooComplex } from "./limits.ts";
import { nullArgument } from "./nullArguments.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** One operation, ready to run. */
export interface Operation {
  /** Never rejects. Without `data` the operation was not run: a variable is not of its type. `root` is what root fields read. */
  execute(variables: Variables, context: GraphContext, root?: unknown): Promise<ExecutionResult>;
}

/** Why variables do not fit; undefined when they do. */
export type CheckVariables = (variables: Variables) => readonly GraphQLError[] | undefined;

export const trusted: CheckVariables = () => undefined;

/** graphql-jit's own reading of variables lets some pass that do not fit, so `check` has its say first. */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  check: CheckVariables,
): Operation {
  const compiled = compileQuery(schema, document, operation.name?.value);
  if (!isCompiledQuery(compiled)) throw compiled.errors?.[0] ?? new Error("an operation did not compile");
  const withDefaults = defaultsOf(operation);
  return {
    execute: (variables, context, root) =>
      run(context, async () => {
        const errors = check(variables);
        if (errors) return { errors };
        const given = withDefaults(variables);
        return (compiled as CompiledQuery).query(root, context, given); // its type knows no variables
      }),
  };
}

/** Fills in the defaults of variables that are left out: graphql-jit forgets those of a type that may not be null. */
function defaultsOf(operation: OperationDefinitionNode): (variables: Variables) => Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
  );
  return (variables) => {
    const missing = defaults.filter(([name]) => variables[name] === undefined);
    return missing.length === 0 ? variables : { ...variables, ...Object.fromEntries(missing) };
  };
}

export function interpretOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): Operation {
  return {
    execute: (variables, context) =>
      run(context, async () => {
        const errors = inputErrors(schema, document, operationOf(document, operationName), variables);
        if (errors) return { errors };
        return executeOnce({ schema, document, contextValue: context, variableValues: variables, operationName });
      }),
  };
}

/** Infinity when it is beyond counting; undefined when the variables are not what the operation takes. */
export type CostWith = (variables: Variables) => number | undefined;

/** The operation, refused when it costs too much, by itself or for what its caller has left. */
export function withinCost(operation: Operation, most: number, costWith: CostWith): Operation {
  const counted = new LRUCache<string, number>({ max: 100 });
  return {
    async execute(variables, context) {
      const key = costKey(variables);
      const cost = counted.get(key) ?? costWith(variables);
      if (cost !== undefined && key.length < 200) counted.set(key, cost);
      if (cost !== undefined && cost > most) return { errors: [tooComplex(cost, most)] };
      return spend(context.budget, cost, () => operation.execute(variables, context));
    },
  };
}

/** An operation of our own, which costs what it costs: nothing is counted unless its caller has a budget. */
export function charged(operation: Operation, price: CostWith): Operation {
  return {
    execute(variables, context, root) {
      const cost = context.budget && price(variables);
      return spend(context.budget, cost, () => operation.execute(variables, context, root));
    },
  };
}

/** What the cost depends on: page sizes and conditions, which are numbers and booleans. */
function costKey(variables: Variables): string {
  let key = "";
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value === "number" || typeof value === "boolean") key += `${name}=${value} `;
  }
  return key;
}

async function run(context: GraphContext, execution: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
  try {
    const result = await execution();
    if (!result.errors?.length) return result;
    const mask = { requestId: context.requestId, log: tellingOnce(context.log) };
    return { ...result, errors: result.errors.map((error) => maskError(error, mask)) };
  } catch (error) {
    const masked = maskError(error, context);
    return codeOf(error) === undefined ? { errors: [masked], data: null } : { errors: [masked] };
  }
}

/** One failure of the store can be the error of a thousand fields; the log hears of it once. */
function tellingOnce(log: ErrorLog): ErrorLog {
  const told = new Set<unknown>();
  return {
    error(details, message) {
      if (!told.has(details.err)) log.error(details, message);
      told.add(details.err);
    },
  };
}

/** Why the variables are not what the operation takes, each by its place; undefined when they are. */
export function inputErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): readonly GraphQLError[] | undefined {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 20 });
  if (errors) return errors.map(({ message, nodes }) => codedError("BAD_USER_INPUT", message, nodes ? { nodes } : {}));
  const fault = nullArgument(schema, document, operation, variables);
  return fault && [fault];
}
