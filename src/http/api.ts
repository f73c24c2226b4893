// The API: GraphQL, its playground, REST and streams over one schema, one executor and one store.
// Every edge runs the same compiled operations; what differs is how a request becomes variables and a result bytes.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Middleware } from "koa";
import { type Access, OPEN_ACCESS } from "../access/access.ts";
import type { Diagnostics, StreamDiagnostics } from "../events/diagnostics.ts";
import { REST_ROUTES } from "../generated/restRoutes.ts";
import type { Budget } from "../graph/budget.ts";
import { createContext, type GraphResources } from "../graph/context.ts";
import { createExecutor } from "../graph/execute.ts";
import { type AroundExecution, observedExecutor } from "../graph/observedExecutor.ts";
import { PersistedOperations } from "../graph/persistedOperations.ts";
import { ALL_RIGHTS, NO_RIGHTS, type Rights } from "../graph/rights.ts";
import { buildGatewaySchema } from "../graph/schema.ts";
import { AnswerCache, type CacheCounts } from "./answerCache.ts";
import { createAuthentication, createAuthorization } from "./authentication.ts";
import { admittedRights, allRights } from "./callerRights.ts";
import { callerOf } from "./callers.ts";
import { createGraphql } from "./graphql.ts";
import { type GraphqlPolicy, type IsAnonymous, OPEN_POLICY } from "./graphqlPolicy.ts";
import { createGraphqlSocket } from "./graphqlSocket.ts";
import { Guard, type GuardOptions } from "./guard.ts";
import { Channels } from "./live/channels.ts";
import { guardedStreams } from "./live/guardedStreams.ts";
import type { LiveOptions } from "./live/liveOptions.ts";
import type { StreamAccess } from "./live/streamAccess.ts";
import { REFUSALS, STREAM_LIMITS, type StreamCounts, type StreamLimits, Streams, TRANSPORTS } from "./live/streams.ts";
import { createMetricsRoute, type Scrape } from "./metrics.ts";
import { createOpenapi } from "./openapi.ts";
import { playground } from "./playground.ts";
import type { Prover } from "./proving.ts";
import { requestIdOf } from "./requestId.ts";
import type { RequestLogOptions } from "./requestLog.ts";
import { createRest } from "./rest.ts";
import type { RestAnswer } from "./restAnswer.ts";
import type { RestRoute } from "./restRoute.ts";
import { createSse } from "./sse.ts";
import { createStreamSocket } from "./streamSocket.ts";
import { createStreamTable } from "./streamTable.ts";
import { createUpgrade, type Upgrade } from "./upgrade.ts";
import { createWebhook, type WebhookReceiver } from "./webhook.ts";

export interface ApiOptions extends GraphResources, RequestLogOptions {
  /** Names a request that brings no name of its own; unique. */
  readonly newRequestId: () => string;
  /** Everything when left out. */
  readonly graphqlPolicy?: GraphqlPolicy;
  /** Everybody while nobody has to say who it is, when left out. */
  readonly isAnonymous?: IsAnonymous;
  readonly streamLimits?: Partial<StreamLimits>;
  /** What stands before the API; nothing when left out. */
  readonly guard?: GuardOptions;
  /** Everybody may see everything when left out. */
  readonly access?: Access;
  /** Whether a stream's token may stand in its query. */
  readonly tokenInQuery?: boolean;
  /** Who may open streams; as `access` has it when left out. */
  readonly streamAccess?: StreamAccess;
  /** Who takes what is posted to webhooks; without it there are none. */
  readonly webhook?: WebhookReceiver | undefined;
  /** Who is around each execution, the outermost last. */
  readonly around?: readonly AroundExecution[];
  readonly scrape: Scrape;
}

export interface Api {
  /** In the order in which they are to be asked. */
  readonly middleware: readonly Middleware[];
  readonly upgrade: Upgrade;
  /** For edges of other ports. */
  readonly prover: Prover;
  readonly streams: Streams;
  diagnostics(): Pick<Diagnostics, "streams" | "caches">;
  cacheCounts(): Readonly<Record<"rest" | "graphql", CacheCounts>>;
  stop(): Promise<void>;
}

/** What kept REST answers may take; GraphQL keeps its own. */
const CACHE_BYTES = 32 * 1024 * 1024;

export async function createApi(options: ApiOptions): Promise<Api> {
  const { store, clock, log, elapsed, newRequestId, streamLimits, webhook } = options;
  const { access = OPEN_ACCESS, tokenInQuery = false } = options;
  const { answered, around = [], scrape, graphqlPolicy = OPEN_POLICY, isAnonymous = () => !access.isGuarded } = options;
  const { mode, introspection, playground: hasPlayground } = graphqlPolicy;
  const isOpen = mode === "open";
  const persisted = new PersistedOperations(mode, REST_ROUTES);
  const names = persistedNames(REST_ROUTES);
  const executor = around.reduce(
    (inner, each) => observedExecutor(inner, names, each),
    createExecutor(buildGatewaySchema(), { introspection: isOpen && introspection }),
  );
  const guard = new Guard({ callerOf, areSocketsCounted: !access.isGuarded, ...options.guard }, elapsed);
  const prover: Prover = { access, rates: guard.rates };
  const { streamAccess = guardedStreams({ ...prover, tokenInQuery }) } = options;
  const budgetOf = (request: IncomingMessage, response?: ServerResponse) => guard.budgets.of(request, response);
  // Whoever comes here without having been let in may see everything if nobody is asked who it is, and nothing otherwise.
  const unasked = access.isGuarded ? NO_RIGHTS : ALL_RIGHTS;
  const contextOf = (requestId: string, rights: Rights = unasked, budget?: Budget) =>
    createContext({ ...options, rights, requestId, budget });
  const rightsOf = access.isGuarded ? admittedRights : allRights;
  const graphql = await createGraphql({ ...options, isAnonymous, executor, persisted, budgetOf, rightsOf });
  const cache = new AnswerCache<RestAnswer>({ maxBytes: CACHE_BYTES, store, clock });
  const rest = createRest({
    routes: REST_ROUTES,
    executor,
    store,
    rightsOf,
    contextOf: (request, rights) => contextOf(requestIdOf(request), rights, budgetOf(request.req, request.res)),
    cache,
  });

  const streams = new Streams({ ...STREAM_LIMITS, ...streamLimits }, elapsed, guard.rates.takeStream);
  const channels = new Channels({ contextOf: (requestId, seeing) => contextOf(requestId, seeing) });
  const live: LiveOptions = {
    executor,
    table: createStreamTable(REST_ROUTES, executor),
    channels,
    streams,
    access: streamAccess,
    guard,
    contextOf: (requestId, request, rights) => contextOf(requestId, rights, budgetOf(request)),
    log,
    elapsed,
  };
  const graphqlSocket = createGraphqlSocket({ ...live, persisted, isAnonymous });
  const streamSocket = createStreamSocket(live);
  /** What anybody may have, or lets in by itself. */
  const open = [
    createOpenapi(),
    ...(webhook ? [createWebhook(webhook)] : []),
    ...(isOpen && hasPlayground ? [playground()] : []),
  ];
  const guarded = [rest, createMetricsRoute(scrape, rightsOf)];
  return {
    middleware: [
      ...guard.before,
      createSse({ ...live, random: Math.random }), // lets in by itself
      ...(access.isGuarded
        ? [...open, createAuthentication(prover), ...guard.rates.middleware(), createAuthorization(log), ...guarded]
        : [...guard.rates.middleware(), ...guarded, ...open]), // what is asked for most comes first
      graphql.middleware,
    ],
    prover,
    upgrade: createUpgrade({ ...live, answered, graphqlSocket, streamSocket, newRequestId }),
    streams,
    diagnostics: () => ({
      streams: streamDiagnostics(streams.counts, channels.size),
      caches: [
        { name: "rest", ...cache.counts },
        { name: "graphql", ...graphql.cacheCounts() },
      ],
    }),
    cacheCounts: () => ({ rest: cache.counts, graphql: graphql.cacheCounts() }),
    stop: () => graphql.stop(),
  };
}

function streamDiagnostics(counts: StreamCounts, channels: number): StreamDiagnostics {
  const { open, opened, resumed, refused, stalled, dead } = counts;
  return {
    transports: TRANSPORTS.map((transport) => {
      return { transport, open: open[transport], opened: opened[transport], resumed: resumed[transport] };
    }),
    channels,
    refused: REFUSALS.map((name) => ({ name, count: refused[name] })),
    stalled,
    dead,
  };
}

/** Names of the persisted operations, by their texts and by the hashes of their texts. */
function persistedNames(routes: readonly RestRoute[]): ReadonlyMap<string, string> {
  return new Map(
    routes.flatMap(({ name, id, body }) => [
      [body, name],
      [id, name],
    ]),
  );
}
