// The API: GraphQL, its playground and REST over one schema, one executor and one store.
// Every edge runs the same compiled operations; what differs is how a request becomes variables and a result bytes.
import type { Middleware } from "koa";
import { REST_ROUTES } from "../generated/restRoutes.ts";
import { createContext, type GraphResources } from "../graph/context.ts";
import { createExecutor } from "../graph/execute.ts";
import { buildGatewaySchema } from "../graph/schema.ts";
import { AnswerCache } from "./answerCache.ts";
import { createGraphql } from "./graphql.ts";
import { createOpenapi } from "./openapi.ts";
import { playground } from "./playground.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";
import { createRest } from "./rest.ts";
import type { RestAnswer } from "./restAnswer.ts";

export interface ApiOptions extends GraphResources {
  readonly log: HttpLog;
}

export interface Api {
  /** In the order in which they are to be asked. */
  readonly middleware: readonly Middleware[];
  stop(): Promise<void>;
}

/** What kept REST answers may take; GraphQL keeps its own. */
const CACHE_BYTES = 32 * 1024 * 1024;

export async function createApi(options: ApiOptions): Promise<Api> {
  const { store, clock, eventTypes, log } = options;
  const executor = createExecutor(buildGatewaySchema());
  const graphql = await createGraphql({ ...options, executor });
  const rest = createRest({
    routes: REST_ROUTES,
    executor,
    store,
    contextOf: (request) => createContext({ store, clock, eventTypes, requestId: requestIdOf(request), log }),
    cache: new AnswerCache<RestAnswer>({ maxBytes: CACHE_BYTES, store, clock }),
  });
  return { middleware: [rest, createOpenapi(), playground(), graphql.middleware], stop: () => graphql.stop() };
}
