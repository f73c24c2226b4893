// An executor whose executions somebody is around: to measure them, or to tell of them. What they come to is not touched.
// Only operations known by their text have a name here; what callers call theirs is a title, and could be anything.
import { type DocumentNode, getOperationAST } from "graphql";
import type { GraphContext } from "./context.ts";
import type { Executor } from "./execute.ts";
import type { LiveOperation } from "./liveOperation.ts";
import type { Operation } from "./operation.ts";

export interface ObservedOperation {
  /** Of an operation of our own; undefined of a caller's. */
  readonly name: string | undefined;
  /** As its author calls it, whoever that is. */
  readonly title: string | undefined;
  /** A subscription is executed when it is opened; what it tells later is not observed. */
  readonly kind: "query" | "subscription";
  readonly requestId: string;
}

/** Runs the execution and gives what that gives. */
export type AroundExecution = <Result extends object>(
  operation: ObservedOperation,
  execute: () => Promise<Result>,
) => Promise<Result>;

/** `partial`: there is data, and errors beside it. */
export const EXECUTION_OUTCOMES = ["ok", "partial", "error"] as const;
export type ExecutionOutcome = (typeof EXECUTION_OUTCOMES)[number];

export function outcomeOf(result: { readonly errors?: readonly unknown[]; readonly data?: unknown }): ExecutionOutcome {
  if (!result.errors?.length) return "ok";
  return result.data === undefined || result.data === null ? "error" : "partial";
}

/** `names` of our own operations, by the text, and by whatever else `prepare` is given as a key of it. */
export function observedExecutor(
  executor: Executor,
  names: ReadonlyMap<string, string>,
  around: AroundExecution,
): Executor {
  return {
    schema: executor.schema,
    rules: executor.rules,
    admit: executor.admit,

    compile: (text, operationName) => observed(executor.compile(text, operationName), own(text)),

    compileReady(text, operationName) {
      const operation = executor.compileReady(text, operationName);
      return operation && observed(operation, own(text));
    },

    prepare(key, document, operationName) {
      return observed(executor.prepare(key, document, operationName), named(key, document, operationName));
    },

    compileLive: (text) => observedLive(executor.compileLive(text), own(text)),

    compileLiveReady(text) {
      const operation = executor.compileLiveReady(text);
      return operation && observedLive(operation, own(text));
    },

    prepareLive(key, document, operationName) {
      return observedLive(executor.prepareLive(key, document, operationName), named(key, document, operationName));
    },
  };

  function own(text: string): Named {
    const name = names.get(text);
    return { name, title: name };
  }

  function named(key: string, document: DocumentNode, operationName: string | undefined): Named {
    const name = names.get(key);
    return { name, title: name ?? getOperationAST(document, operationName)?.name?.value };
  }

  function observed(operation: Operation, named: Named): Operation {
    return {
      execute: (variables, context, root) =>
        around(observation(named, "query", context), () => operation.execute(variables, context, root)),
    };
  }

  function observedLive(operation: LiveOperation, named: Named): LiveOperation {
    return {
      open: (variables, context) =>
        around(observation(named, "subscription", context), () => operation.open(variables, context)),
    };
  }
}

type Named = Pick<ObservedOperation, "name" | "title">;

function observation(named: Named, kind: ObservedOperation["kind"], { requestId }: GraphContext): ObservedOperation {
  return { ...named, kind, requestId };
}
