// The graph over a store, without HTTP: run a query, count what it asks of the store, see what was logged.
import type { ExecutionResult } from "graphql";
import { createContext, type GraphContext } from "../../src/graph/context.ts";
import type { EventTypeInfo } from "../../src/graph/eventType.ts";
import { createExecutor, type Executor } from "../../src/graph/execute.ts";
import { buildGatewaySchema } from "../../src/graph/schema.ts";
import type { EventStore } from "../../src/store/store.ts";
import { QUIET_OPERATOR } from "./quietOperator.ts";
import { NOW } from "./seededStore.ts";

export const EVENT_TYPES: readonly EventTypeInfo[] = [
  {
    name: "pod-restart",
    description: "A container is restarted again and again.",
    severity: "HIGH",
    source: "kubernetes",
    reasons: ["BackOff", "Failed"],
    tags: { area: "workload" },
    enabled: true,
  },
];

export interface Logged {
  readonly details: { readonly err: unknown; readonly requestId: string };
  readonly message: string;
}

let built: Executor | undefined;

/** One for all tests of a file: type-graphql builds its schema once. */
export function executor(): Executor {
  built ??= createExecutor(buildGatewaySchema());
  return built;
}

export function graphContext(store: EventStore, logged: Logged[] = []): GraphContext {
  return createContext({
    store,
    clock: () => NOW,
    eventTypes: () => EVENT_TYPES,
    operator: QUIET_OPERATOR,
    requestId: "request-1",
    log: { error: (details, message) => logged.push({ details, message }) },
  });
}

/** Runs a query compiled; the result is as JSON would carry it. */
export async function run(
  store: EventStore,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  logged: Logged[] = [],
): Promise<ExecutionResult> {
  const result = await executor().compile(query).execute(variables, graphContext(store, logged));
  return JSON.parse(JSON.stringify(result)) as ExecutionResult; // as sent
}

/** The data of a query that must not fail. */
export async function data<Data>(
  store: EventStore,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const result = await run(store, query, variables);
  if (result.errors || !result.data) throw new Error(`query failed: ${JSON.stringify(result.errors)}`);
  return result.data as Data; // what the query selects
}

/** The same store, telling how often each of its methods was called. */
export function counting(store: EventStore): { readonly store: EventStore; readonly calls: Map<string, number> } {
  const calls = new Map<string, number>();
  const counted = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        return Reflect.apply(value, target, given);
      };
    },
  });
  return { store: counted, calls };
}

/** The same store with some of its methods in other words: for stores that fail. */
export function replacing(store: EventStore, methods: Partial<EventStore>): EventStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(Object.hasOwn(methods, name) ? methods : target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
