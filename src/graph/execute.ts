// Execution of operations: parsed, checked and compiled to a function once, then run any number of times.
// Every result is fit to be sent: its errors are coded or masked, in one place for every edge.
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  specifiedRules,
  type ValidationRule,
} from "graphql";
import { LRUCache } from "lru-cache";
import { checked, operationOf, unknownKind } from "./document.ts";
import { noIntrospection } from "./introspection.ts";
import { costOf, limitRules, MAX_COST, MAX_TOKENS, nestingFault, tooComplex } from "./limits.ts";
import { type LiveOperation, liveOperation } from "./liveOperation.ts";
import {
  charged,
  compileOperation,
  inputErrors,
  interpretOperation,
  type Operation,
  trusted,
  type Variables,
  withinCost,
} from "./operation.ts";
import { priceOf } from "./price.ts";
import { withLeaf } from "./ready.ts";

export interface Executor {
  readonly schema: GraphQLSchema;
  /** What callers' documents are checked by, beside the specified rules. */
  readonly rules: readonly ValidationRule[];
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
  /** Whether callers may ask for the schema. */
  readonly introspection?: boolean;
}

/** Text of the callers' documents that are remembered as checked. */
const ADMITTED_CHARACTERS = 4 * 1024 * 1024;

export function createExecutor(
  schema: GraphQLSchema,
  { operations = 500, maxCost = MAX_COST, introspection = true }: ExecutorOptions = {},
): Executor {
  const rules = introspection ? limitRules : [...limitRules, noIntrospection];
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
    rules,

    compile(text, operationName) {
      return kept(`text ${operationName ?? ""} ${text}`, () => {
        const document = checked(schema, text);
        const operation = operationOf(document, operationName);
        const check = (variables: Variables) => inputErrors(schema, document, operation, variables);
        return charged(compileOperation(schema, document, operation, check), priceOf(schema, document, operationName));
      });
    },

    prepare(key, document, operationName) {
      const name = `prepared ${operationName ?? ""} ${key}`;
      const operation = compiled.get(name);
      if (operation) return operation;
      const unknown = unknownKind(schema, document, operationName);
      if (unknown) return { execute: async () => ({ errors: [unknown] }) };
      const cost = priceOf(schema, document, operationName);
      if (!seen.get(name)) {
        seen.set(name, true);
        return withinCost(interpretOperation(schema, document, operationName), maxCost, cost);
      }
      const named = getOperationAST(document, operationName);
      if (!named) return interpretOperation(schema, document, operationName);
      const check = (variables: Variables) => inputErrors(schema, document, named, variables);
      return kept(name, () => withinCost(compileOperation(schema, document, named, check), maxCost, cost));
    },

    compileReady(text, operationName) {
      const document = checked(schema, text);
      const unselected = ready.strip(document);
      if (!unselected) return undefined;
      const operation = compileUnselected(unselected, operationOf(unselected, operationName));
      return charged(operation, priceOf(schema, document, operationName));
    },

    admit(text) {
      const known = admitted.get(text);
      if (known) return known;
      const tooDeep = nestingFault(text);
      if (tooDeep) throw tooDeep;
      const document = checked(schema, text, { rules: [...rules, ...specifiedRules], maxTokens: MAX_TOKENS });
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
        refuse(variables, { budget }) {
          const cost = costOf(schema, document, operationName, variables);
          if (cost === undefined) return undefined;
          return cost > maxCost ? tooComplex(cost, maxCost) : budget?.charge(cost);
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
