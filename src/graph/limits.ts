// What a caller's document may ask for: how deep, how many aliases and directives, how much in all. Each limit has its own coded error.
// The cost is counted before anything runs, from the fields selected times the entries their pages may have.
import { maxAliasesRule } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthRule } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesRule } from "@escape.tech/graphql-armor-max-directives";
import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
// Its ES module build loads a second copy of graphql, which would not know our schema.
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from "graphql-query-complexity/cjs";
import { codedError } from "./errors.ts";
import { nullArgument } from "./nullArguments.ts";

/** Levels of fields in each other. The deepest way that makes sense (events of the hooks of events) has ten. */
export const MAX_DEPTH = 12;
/** Fields given another name, which is the way to ask for one thing many times. */
export const MAX_ALIASES = 30;
/** There are two, @include and @skip, and each is looked at in every step. */
export const MAX_DIRECTIVES = 50;
/** Words and signs of a document. */
export const MAX_TOKENS = 5_000;
/** Brackets in each other, of any kind: far more than MAX_DEPTH leaves room for, far fewer than a parser's stack. */
export const MAX_NESTING = 300;
/** Fields of an answer, about: a page of 1,000 events with their hooks and dispatches in full costs 130,000. */
export const MAX_COST = 200_000;
/** Selections looked at, fragments spread out: what is above costs too much to be counted. */
const MAX_SELECTIONS = 5_000;

/** Ten thousand bad values are as bad as one, and each takes its time to be told of. */
const ANY_ERROR = { maxErrors: 1 };

const TEXTS = /"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*/g;

/** Why a document is not to be parsed: graphql-js reads nested brackets by recursion, which a hostile text exhausts. */
export function nestingFault(document: string): GraphQLError | undefined {
  if (document.length <= MAX_NESTING) return undefined;
  let depth = 0;
  for (const sign of document.replace(TEXTS, "")) {
    if (sign === "{" || sign === "[" || sign === "(") depth++;
    else if (sign === "}" || sign === "]" || sign === ")") depth--;
    if (depth > MAX_NESTING) {
      return codedError(
        "QUERY_TOO_DEEP",
        `The query nests brackets deeper than ${MAX_NESTING} levels: ask for less at once.`,
      );
    }
  }
  return undefined;
}

/** Rules for graphql's validate, beside the specified ones. */
export const limitRules: readonly ValidationRule[] = [
  maxDepthRule({
    n: MAX_DEPTH,
    flattenFragments: true,
    propagateOnRejection: false,
    onReject: [
      reportInstead("QUERY_TOO_DEEP", `The query nests fields deeper than ${MAX_DEPTH} levels: ask for less at once.`),
    ],
  }),
  maxAliasesRule({
    n: MAX_ALIASES,
    propagateOnRejection: false,
    onReject: [
      reportInstead("QUERY_TOO_COMPLEX", `The query has more than ${MAX_ALIASES} aliases: send several queries.`),
    ],
  }),
  maxDirectivesRule({
    n: MAX_DIRECTIVES,
    propagateOnRejection: false,
    onReject: [
      reportInstead("QUERY_TOO_COMPLEX", `The query has more than ${MAX_DIRECTIVES} directives: send several queries.`),
    ],
  }),
];

/**
 * The cost of an operation with these variables; Infinity when it is beyond counting, undefined when they
 * are not what it takes, so that there is nothing to run.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  const operation = getOperationAST(document, operationName);
  if (!operation || getVariableValues(schema, operation.variableDefinitions ?? [], variables, ANY_ERROR).errors)
    return undefined;
  try {
    return getComplexity({
      schema,
      query: document,
      variables: { ...variables },
      ...(operationName === undefined ? {} : { operationName }),
      maxQueryNodes: MAX_SELECTIONS,
      estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
    });
  } catch {
    return nullArgument(schema, document, operation, variables) ? undefined : Number.POSITIVE_INFINITY;
  }
}

export function tooComplex(cost: number, most: number): GraphQLError {
  const found = Number.isFinite(cost) ? `costs ${Math.round(cost)}` : "costs more than can be counted";
  return codedError(
    "QUERY_TOO_COMPLEX",
    `The query ${found}, at most ${most} is allowed: ask for fewer entries (first) or fewer fields at once.`,
    { extensions: { cost: Number.isFinite(cost) ? Math.round(cost) : null, maximum: most } },
  );
}

function reportInstead(code: "QUERY_TOO_DEEP" | "QUERY_TOO_COMPLEX", message: string) {
  return (context: ValidationContext | null): void => context?.reportError(codedError(code, message));
}
