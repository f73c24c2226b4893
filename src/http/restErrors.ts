// Why a route does not answer, as problem documents: what GraphQL said, told in the words of the request's parameters.
// Errors arrive coded or masked; nothing here decides what may be shown.
import type { GraphQLError } from "graphql";
import { codeOf, ERROR_CODES, type InputFault } from "../graph/errors.ts";
import { quoted } from "../graph/faults.ts";
import type { ProblemFault, ProblemOptions } from "./problem.ts";
import type { RestRoute } from "./restRoute.ts";

/** A refusal, less what is known only of the request. */
export type Refusal = Omit<ProblemOptions, "requestId" | "instance">;

export function faultyParameters(faults: readonly ProblemFault[]): Refusal {
  return {
    status: 400,
    code: "BAD_USER_INPUT",
    detail: faults.map(({ message }) => message).join("; "),
    errors: faults,
  };
}

export function failedOperation(errors: readonly GraphQLError[], route: Pick<RestRoute, "argumentNames">): Refusal {
  const worst =
    errors.map((error) => codeOf(error) ?? "INTERNAL_SERVER_ERROR").sort(bySeverity)[0] ?? "INTERNAL_SERVER_ERROR";
  const relevant = errors.filter((error) => (codeOf(error) ?? "INTERNAL_SERVER_ERROR") === worst);
  const faults = relevant.flatMap((error) => faultsOf(error, route));
  const messages = faults.length > 0 ? faults : relevant;
  const detail = [...new Set(messages.map(({ message }) => message))].join("; ");
  return { status: ERROR_CODES[worst].status, code: worst, detail, errors: faults };
}

type Named = Pick<RestRoute, "parameters">;
type Variables = Readonly<Record<string, unknown>>;

/** A root field was null: what the path names is not there. */
export function missing(field: string, route: Named, variables: Variables): Refusal {
  return { status: 404, code: "NOT_FOUND", detail: `There is no ${field} with ${namesIn(route, variables)}.` };
}

/** What the path names was there until `since`, and the answer that was asked for cannot say so. */
export function gone(since: string, route: Named & Pick<RestRoute, "gone">, variables: Variables): Refusal {
  const detail = `The ${route.gone?.[0]} with ${namesIn(route, variables)} is gone since ${since}.`;
  return { status: 404, code: "NOT_FOUND", detail };
}

function namesIn(route: Named, variables: Variables): string {
  const named = route.parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
  return named.map((name) => `${name} ${quoted(String(variables[name]))}`).join(" and ");
}

function bySeverity(a: keyof typeof ERROR_CODES, b: keyof typeof ERROR_CODES): number {
  return ERROR_CODES[b].status - ERROR_CODES[a].status;
}

function faultsOf(error: GraphQLError, { argumentNames }: Pick<RestRoute, "argumentNames">): readonly ProblemFault[] {
  const { errors } = error.extensions ?? {};
  if (!Array.isArray(errors)) return [];
  return (errors as readonly InputFault[]).map(({ path, message }) => {
    // graph's badInput is who writes `errors`
    const parameter = parameterOf(path, argumentNames);
    return parameter === undefined
      ? { path, message: `${path}: ${message}` }
      : { parameter, message: `${parameter}: ${message}` };
  });
}

/** `filter.namespaces.0` is told as the parameter behind `filter.namespaces`. */
function parameterOf(path: string, names: Readonly<Record<string, string>>): string | undefined {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const name = names[at];
    if (name !== undefined) return name;
  }
  return undefined;
}
