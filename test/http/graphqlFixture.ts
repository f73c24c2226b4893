// /graphql and its playground on a real server over a real store, seeded as the graph's own tests seed it.
import { createExecutor } from "../../src/graph/execute.ts";
import { buildGatewaySchema } from "../../src/graph/schema.ts";
import { createGraphql } from "../../src/http/graphql.ts";
import { playground } from "../../src/http/playground.ts";
import type { EventStore } from "../../src/store/store.ts";
import { counting, EVENT_TYPES } from "../graph/harness.ts";
import { QUIET_OPERATOR } from "../graph/quietOperator.ts";
import { NOW, seededStore } from "../graph/seededStore.ts";
import { keptLog, type LogLine, listening } from "./listening.ts";

export interface GraphqlServer {
  readonly url: string;
  readonly store: EventStore;
  /** How often each method of the store was called. */
  readonly calls: Map<string, number>;
  readonly lines: LogLine[];
  /** The clock stands until it is set. */
  readonly clock: { now: number };
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

export async function graphqlServer(
  change: (store: EventStore) => EventStore = (store) => store,
): Promise<GraphqlServer> {
  const seeded = await seededStore();
  const { store, calls } = counting(change(seeded.store));
  const lines: LogLine[] = [];
  const clock = { now: NOW };
  const graphql = await createGraphql({
    executor: createExecutor(buildGatewaySchema()),
    store,
    clock: () => clock.now,
    eventTypes: () => EVENT_TYPES,
    operator: QUIET_OPERATOR,
    log: keptLog(lines) as Parameters<typeof createGraphql>[0]["log"], // pino's methods have more overloads than are called
  });
  const { url, server } = await listening([playground(), graphql.middleware], lines);
  return {
    url: `${url}/graphql`,
    store: seeded.store,
    calls,
    lines,
    clock,
    post: (body, headers = {}) =>
      fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async close() {
      await server.close(1_000);
      await graphql.stop();
      await seeded.close();
    },
  };
}
