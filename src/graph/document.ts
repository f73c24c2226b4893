// GraphQL texts as documents: parsed, checked against the schema, and the operation of theirs that is meant.
// What is wrong with them is a coded error that its sender is meant to read.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  type ValidationRule,
  validate,
} from "graphql";
import { codedError, codeOf } from "./errors.ts";

export interface Checks {
  readonly rules?: readonly ValidationRule[];
  readonly maxTokens?: number;
}

/** What graphql-js says when it has given up comparing fields of one name with each other, and nothing else. */
const ABORTED = "Validation aborted.";

/** The same in words that help; undefined of any other fault. */
export function repeatsTooMuch({ message }: { readonly message: string }): GraphQLError | undefined {
  if (message !== ABORTED) return undefined;
  return codedError("QUERY_TOO_COMPLEX", "The query selects the same fields too many times: select each once.");
}

/** The document of a text. Throws a coded error that tells its first fault. */
export function checked(schema: GraphQLSchema, text: string, { rules, maxTokens }: Checks = {}): DocumentNode {
  let document: DocumentNode;
  try {
    document = parse(text, maxTokens === undefined ? {} : { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw codedError("GRAPHQL_PARSE_FAILED", error.message, { originalError: error });
  }
  const [fault] = validate(schema, document, rules);
  if (fault && codeOf(fault)) throw fault;
  if (fault)
    throw repeatsTooMuch(fault) ?? codedError("GRAPHQL_VALIDATION_FAILED", fault.message, { originalError: fault });
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
export function unknownKind(
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
