// Execution of operations: parsed, checked and compiled to a function once, then run any number of times.
// Every result is fit to be sent: its errors are coded or masked, in one place for every edge.
import {
  type DocumentNode,
  type ExecutionResult,
  execute as executeOnce,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
  valueFromASTUntyped,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import type { GraphContext } from "./context.ts";
import { argumentFault, codedError, codeOf, type ErrorLog, maskError } from "./errors.ts";
import { costOf, limitRules, MAX_COST, MAX_TOKENS, nestingFault, tooComplex } from "./limits.ts";
import { type LiveOperation, liveOperation } from "./liveOperation.ts";
import { withLeaf } from "./ready.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** One operation, ready to run. */
export interface Operation {
  /** Never rejects. Without `data` the operation was not run: a variable is not of its type. `root` is what root fields read. */
  execute(variables: Variables, context: GraphContext, root?: unknown): Promise<ExecutionResult>;
}

export interface Executor {
  readonly schema: GraphQLSchema;
  /**
   * The operation of a document of our own, checked and compiled at once. Throws a coded error (GRAPHQL_PARSE_FAILED,
   * GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE) when it is none. The same text is compiled once.
   */
  compile(document: string, operationName?: string): Operation;
  /**
   * The same for a document of a caller's, already checked, under a key that stands for its text, and bounded in cost. Run
   * for the first time it is interpreted, and compiled when it comes again: who never sends a text twice is not compiled for.
   * Never throws: an operation that the document does not have says so when it is executed.
   */
  prepare(key: string, document: DocumentNode, operationName?: string): Operation;
  /**
   * Like compile, but each event of the result is its EventRecord, whatever is selected of it, and the nodes of a page are one
   * object whose json is the texts of all of them with commas between: for callers who want exactly EventRecord.json. undefined when the operation asks for no event. Its variables have to be of their types: they are not
   * checked again, and what does not fit is no clear error here.
   */
  compileReady(document: string, operationName?: string): Operation | undefined;
  /** A caller's document: parsed and checked, also against the limits. Throws a coded error that tells its first fault. */
  admit(document: string): DocumentNode;
  /** A subscription of our own. Throws like compile. */
  compileLive(document: string): LiveOperation;
  /** The same as compileReady is to compile. */
  compileLiveReady(document: string): LiveOperation | undefined;
  /** A subscription of a caller's document, already checked, and bounded in cost. Throws a coded error when it is none. */
  prepareLive(key: string, document: DocumentNode, operationName?: string): LiveOperation;
}

export interface ExecutorOptions {
  /** How many compiled operations are kept. */
  readonly operations?: number;
  /** What a prepared operation may cost (limits.ts); beyond it answers QUERY_TOO_COMPLEX. */
  readonly maxCost?: number;
}

/** Text of the callers' documents that are remembered as checked. */
const ADMITTED_CHARACTERS = 4 * 1024 * 1024;

export function createExecutor(
  schema: GraphQLSchema,
  { operations = 500, maxCost = MAX_COST }: ExecutorOptions = {},
): Executor {
  const compiled = new LRUCache<string, Operation>({ max: operations });
  const seen = new LRUCache<string, true>({ max: operations });
  const admitted = new LRUCache<string, DocumentNode>({
    max: operations,
    maxSize: ADMITTED_CHARACTERS,
    sizeCalculation: (_, text) => text.length + 1,
  });
  const live = new LRUCache<string, LiveOperation>({ max: operations });
  const ready = withLeaf(schema, "HookEvent");

  return {
    schema,

    compile(text, operationName) {
      return kept(`text ${operationName ?? ""} ${text}`, () => {
        const document = checked(schema, text);
        const operation = operationOf(document, operationName);
        return compileOperation(schema, document, operation, (variables) =>
          variableErrors(schema, operation, variables),
        );
      });
    },

    prepare(key, document, operationName) {
      const name = `prepared ${operationName ?? ""} ${key}`;
      const operation = compiled.get(name);
      if (operation) return operation;
      const unknown = unknownKind(schema, document, operationName);
      if (unknown) return { execute: async () => ({ errors: [unknown] }) };
      const cost = (variables: Variables) => costOf(schema, document, operationName, variables);
      if (!seen.get(name)) {
        seen.set(name, true);
        return withinCost(interpretOperation(schema, document, operationName), maxCost, cost);
      }
      const named = getOperationAST(document, operationName);
      if (!named) return interpretOperation(schema, document, operationName);
      const check = (variables: Variables) => variableErrors(schema, named, variables);
      return kept(name, () => withinCost(compileOperation(schema, document, named, check), maxCost, cost));
    },

    compileReady(text, operationName) {
      const document = checked(schema, text);
      const unselected = ready.strip(document);
      if (!unselected) return undefined;
      return compileUnselected(unselected, operationOf(unselected, operationName));
    },

    admit(text) {
      const known = admitted.get(text);
      if (known) return known;
      const tooDeep = nestingFault(text);
      if (tooDeep) throw tooDeep;
      const document = checked(schema, text, { rules: [...specifiedRules, ...limitRules], maxTokens: MAX_TOKENS });
      admitted.set(text, document);
      return document;
    },

    compileLive(text) {
      const document = checked(schema, text);
      const compile = (shared: DocumentNode, operation: OperationDefinitionNode) =>
        compileOperation(schema, shared, operation, trusted);
      return liveOperation({ schema, document, operation: operationOf(document, undefined), compile });
    },

    compileLiveReady(text) {
      const unselected = ready.strip(checked(schema, text));
      if (!unselected) return undefined;
      const operation = operationOf(unselected, undefined);
      return liveOperation({ schema: ready.schema, document: unselected, operation, compile: compileUnselected });
    },

    prepareLive(key, document, operationName) {
      const name = `${operationName ?? ""} ${key}`;
      const known = live.get(name);
      if (known) return known;
      const operation = operationOf(document, operationName);
      const made = liveOperation({
        schema,
        document,
        operation,
        compile: (shared, each) => compileOperation(schema, shared, each, trusted),
        refuse(variables) {
          const cost = costOf(schema, document, operationName, variables);
          if (cost instanceof GraphQLError) return cost;
          return cost !== undefined && cost > maxCost ? tooComplex(cost, maxCost) : undefined;
        },
      });
      live.set(name, made);
      return made;
    },
  };

  function compileUnselected(document: DocumentNode, named: OperationDefinitionNode): Operation {
    const operation = compileOperation(ready.schema, document, named, trusted);
    return {
      execute(variables, context, root) {
        context.takesRecords = true;
        return operation.execute(variables, context, root);
      },
    };
  }

  function kept(key: string, make: () => Operation): Operation {
    const known = compiled.get(key);
    if (known) return known;
    const made = make();
    compiled.set(key, made);
    return made;
  }
}

interface Checks {
  readonly rules?: readonly ValidationRule[];
  readonly maxTokens?: number;
}

function checked(schema: GraphQLSchema, text: string, { rules, maxTokens }: Checks = {}): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(text, maxTokens === undefined ? {} : { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw codedError("GRAPHQL_PARSE_FAILED", error.message, { originalError: error });
  }
  const [fault] = validate(schema, document, rules);
  if (fault && codeOf(fault)) throw fault;
  if (fault) throw codedError("GRAPHQL_VALIDATION_FAILED", fault.message, { originalError: fault });
  return document;
}

/** Throws OPERATION_RESOLUTION_FAILURE. */
export function operationOf(document: DocumentNode, operationName: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation) return operation;
  throw codedError(
    "OPERATION_RESOLUTION_FAILURE",
    operationName === undefined
      ? "The document has several operations: name one as operationName."
      : `The document has no operation named "${operationName}".`,
  );
}

/** graphql-js validates a mutation against a schema without mutations, and only fails to run it. */
function unknownKind(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): GraphQLError | undefined {
  const kind = getOperationAST(document, operationName)?.operation;
  if (kind === "subscription") {
    const message = "Subscriptions are told over a WebSocket (protocol graphql-transport-ws) at the same path.";
    return codedError("OPERATION_RESOLUTION_FAILURE", message);
  }
  if (kind === undefined || schema.getRootType(kind)) return undefined;
  return codedError("OPERATION_RESOLUTION_FAILURE", `This schema has no ${kind}s: send a query.`);
}

type CheckVariables = (variables: Variables) => readonly GraphQLError[] | undefined;

const trusted: CheckVariables = () => undefined;

/** graphql-jit's own reading of variables lets some pass that do not fit, so `check` has its say first. */
function compileOperation(
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

function interpretOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): Operation {
  return {
    execute: (variables, context) =>
      run(context, async () => {
        const errors = variableErrors(schema, operationOf(document, operationName), variables);
        if (errors) return { errors };
        return executeOnce({ schema, document, contextValue: context, variableValues: variables, operationName });
      }),
  };
}

/** The operation, refused when it costs too much. */
function withinCost(
  operation: Operation,
  most: number,
  costWith: (variables: Variables) => number | GraphQLError | undefined,
): Operation {
  const counted = new LRUCache<string, number>({ max: 100 });
  return {
    async execute(variables, context) {
      const key = costKey(variables);
      const cost = counted.get(key) ?? costWith(variables);
      if (cost instanceof GraphQLError) return { errors: [cost] };
      if (cost !== undefined && key.length < 200) counted.set(key, cost);
      return cost !== undefined && cost > most
        ? { errors: [tooComplex(cost, most)] }
        : operation.execute(variables, context);
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
    return { ...result, errors: result.errors.map((error) => maskError(argumentFault(error) ?? error, mask)) };
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

/** Why the variables are not of their types, each by its place; undefined when they are. */
function variableErrors(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables,
): readonly GraphQLError[] | undefined {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 20 });
  return errors?.map(({ message, nodes }) => codedError("BAD_USER_INPUT", message, nodes ? { nodes } : {}));
}
