// POST and GET /graphql: Apollo Server's protocol, over operations that our executor compiles and answers it has given before.
// A request repeated while the store stands still is answered without Apollo; no error's internals ever leave here.
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApolloServer, type ApolloServerPlugin, type BaseContext, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { koaMiddleware } from "@as-integrations/koa";
import { bodyParser } from "@koa/bodyparser";
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";
import type { Context, Middleware } from "koa";
import type { Budget } from "../graph/budget.ts";
import { createContext, type GraphContext, type GraphResources } from "../graph/context.ts";
import { repeatsTooMuch } from "../graph/document.ts";
import { codedError, codeOf, ERROR_CODES, type ErrorCode, maskError } from "../graph/errors.ts";
import type { Executor } from "../graph/execute.ts";
import { MAX_TOKENS, nestingFault } from "../graph/limits.ts";
import { PersistedOperations } from "../graph/persistedOperations.ts";
import { withoutSuggestions } from "../graph/suggestions.ts";
import { AnswerCache, type CacheCounts, type CachedAnswer } from "./answerCache.ts";
import { askedOperation, asking } from "./askedOperation.ts";
import { allRights, type RequestRights, type RightsOf } from "./callerRights.ts";
import { isGraphqlRequest } from "./graphqlMethod.ts";
import { EVERYBODY, type IsAnonymous } from "./graphqlPolicy.ts";
import { GRAPHQL_PATH } from "./refusal.ts";
import { factsOf } from "./requestFacts.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";
import { RequestNote } from "./requestNote.ts";

export interface GraphqlOptions extends GraphResources {
  readonly executor: Executor;
  readonly log: HttpLog;
  /** What may be run, and by what names; anything, by its text, when left out. */
  readonly persisted?: PersistedOperations;
  /** Everybody when left out. */
  readonly isAnonymous?: IsAnonymous;
  /** Everything may be seen when left out. */
  readonly rightsOf?: RightsOf;
  /** What the caller may have executed; anything when left out. */
  readonly budgetOf?: (request: IncomingMessage, response: ServerResponse) => Budget;
  /** What the answers kept for repeated requests may take. */
  readonly cacheBytes?: number;
}

export interface GraphqlEndpoint {
  readonly middleware: Middleware;
  cacheCounts(): CacheCounts;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;
/** One of the headers by which Apollo knows that no page of another site sent the request: such a page cannot set it unasked. */
const PREFLIGHT_HEADER = "apollo-require-preflight";

/** What Apollo hands on for us. It copies the outer object, so what is to be remembered lies one level below. */
interface Carried extends BaseContext {
  readonly exchange: Exchange;
}

interface Exchange {
  readonly graph: GraphContext;
  readonly rights: RequestRights;
  readonly accept: string;
  readonly isAnonymous: boolean;
  hasErrors: boolean;
  /** Name of the operation that was run. */
  operation: string | undefined;
}

interface KeptAnswer extends CachedAnswer {
  readonly operation: string | undefined;
}

export async function createGraphql(options: GraphqlOptions): Promise<GraphqlEndpoint> {
  const { executor, log, store, clock, cacheBytes = CACHE_BYTES, isAnonymous = EVERYBODY } = options;
  const { rightsOf = allRights } = options;
  const { persisted = new PersistedOperations("open", []) } = options;
  const answers = new AnswerCache<KeptAnswer>({ maxBytes: cacheBytes, store, clock });
  const exchanges = new RequestNote<Exchange>("exchange");
  /** Apollo formats errors without saying of which request. */
  const underWay = new AsyncLocalStorage<string>();

  const apollo = new ApolloServer<Carried>({
    schema: executor.schema,
    introspection: true,
    validationRules: [...executor.rules],
    parseOptions: { maxTokens: MAX_TOKENS },
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    stringifyResult: (result) => JSON.stringify(result),
    formatError: (formatted, error) =>
      shownError(formatted, error, { requestId: underWay.getStore() ?? "unknown", log }),
    logger: { debug: () => {}, info: () => {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      compiledExecution(executor),
    ],
  });
  await apollo.start();

  const throughApollo = koaMiddleware(apollo, {
    async context({ ctx }) {
      const rights = rightsOf(ctx.req);
      const budget = options.budgetOf?.(ctx.req, ctx.res);
      const graph = createContext({ ...options, rights, budget, requestId: requestIdOf(ctx) });
      const exchange = {
        graph,
        rights,
        accept: ctx.get("Accept"),
        isAnonymous: isAnonymous(ctx.req),
        hasErrors: false,
        operation: undefined,
      };
      exchanges.write(ctx.req, exchange);
      return { exchange };
    },
  });

  const readBody = bodyParser({ enableTypes: ["json"], jsonLimit: String(MAX_BODY_BYTES), onError: refuseBody });

  return {
    async middleware(ctx, next) {
      if (ctx.path !== GRAPHQL_PATH) return next();
      ctx.set("Cache-Control", "no-store");
      factsOf(ctx.req).route = GRAPHQL_PATH;
      try {
        if (!isGraphqlRequest(ctx)) return;
        if (Number(ctx.get("Content-Length")) > MAX_BODY_BYTES) throw tooLarge(); // the parser counts in 32 bits
        await readBody(ctx, () => answer(ctx));
      } catch (error) {
        answerErrors(ctx, [maskError(error, { requestId: requestIdOf(ctx), log })]);
      }
    },
    cacheCounts: () => answers.counts,
    stop: () => apollo.stop(),
  };

  async function answer(ctx: Context): Promise<void> {
    if (ctx.method === "GET" && !isFromOtherSite(ctx)) ctx.req.headers[PREFLIGHT_HEADER] = "1";
    const key = requestKey(ctx, rightsOf(ctx.req));
    const known = answers.get(key);
    const facts = factsOf(ctx.req);
    if (known) {
      facts.operation = known.operation;
      ctx.status = 200;
      ctx.set(known.headers);
      ctx.body = known.body;
      return;
    }
    const text = persisted.textOf(askedOperation(ctx));
    const tooDeep = text === undefined ? undefined : nestingFault(text);
    if (tooDeep) throw tooDeep;
    const revision = answers.revision;
    const run = () => underWay.run(requestIdOf(ctx), () => throughApollo(ctx, async () => {}));
    await (text === undefined ? run() : asking(ctx, text, run));
    const exchange = exchanges.of(ctx.req);
    facts.operation = exchange?.operation;
    if (ctx.status !== 200 || !exchange || exchange.hasErrors || typeof ctx.body !== "string") return;
    if (exchange.rights.isPersonal || !answers.isWanted(key)) return;
    const headers = { "Content-Type": ctx.response.get("Content-Type") };
    const given = { body: Buffer.from(ctx.body), headers, operation: exchange.operation };
    answers.set(key, given, { revision, dependsOnTime: exchange.graph.dependsOnTime });
  }
}

/** Runs checked documents by our executor instead of graphql-js, and settles the status as GraphQL over HTTP has it. */
function compiledExecution(executor: Executor): ApolloServerPlugin<Carried> {
  const listener: Awaited<ReturnType<NonNullable<ApolloServerPlugin<Carried>["requestDidStart"]>>> = {
    async responseForOperation({ document, queryHash, source, request, operation: named, contextValue }) {
      contextValue.exchange.operation = named?.name?.value; // there is none when the document has no such operation, whatever its type says
      const operation = executor.prepare(queryHash ?? source, document, request.operationName);
      const result = await operation.execute(request.variables ?? {}, contextValue.exchange.graph);
      return {
        http: { headers: new HeaderMap(), ...(result.data === undefined ? { status: statusOfUnrun(result) } : {}) },
        body: { kind: "single", singleResult: formatted(result) },
      };
    },
    async willSendResponse({ response, contextValue }) {
      const { body, http } = response;
      if (body.kind !== "single" || !body.singleResult.errors?.length) return;
      contextValue.exchange.hasErrors = true;
      if (contextValue.exchange.isAnonymous) {
        body.singleResult = { ...body.singleResult, errors: body.singleResult.errors.map(withoutSuggestions) };
      }
      if (
        http.status === 400 &&
        isLegacy(contextValue.exchange.accept) &&
        body.singleResult.errors?.every(isGraphqlFault)
      ) {
        http.status = 200;
      }
    },
  };
  return { requestDidStart: async () => listener };
}

/** Of what was not run: a fault of the request, unless its caller has asked for too much lately. */
function statusOfUnrun({ errors }: ExecutionResult): number {
  return codeOf(errors?.[0]) === "TOO_MANY_REQUESTS" ? 429 : 400;
}

/**
 * GraphQL over HTTP: who asks for `application/json` by name is told by the status about HTTP alone, and gets 200 for whatever
 * GraphQL has to say of the document; all others get 400 for what could not be run.
 */
function isLegacy(accept: string): boolean {
  return /application\/json/i.test(accept) && !/application\/graphql-response\+json/i.test(accept);
}

const GRAPHQL_FAULTS: ReadonlySet<unknown> = new Set<ErrorCode>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "BAD_USER_INPUT",
  "QUERY_TOO_DEEP",
  "QUERY_TOO_COMPLEX",
  "INTROSPECTION_DISABLED",
]);

function isGraphqlFault(error: GraphQLFormattedError): boolean {
  return GRAPHQL_FAULTS.has(error.extensions?.code);
}

function formatted({ data, errors }: ExecutionResult): {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
} {
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors?.length ? { errors: errors.map((error) => error.toJSON()) } : {}),
  };
}

/** Apollo gives every error of validation one code; ours keep theirs. What has no code is masked, here as everywhere. */
function shownError(
  formatted: GraphQLFormattedError,
  error: unknown,
  mask: Parameters<typeof maskError>[1],
): GraphQLFormattedError {
  const repeating = repeatsTooMuch(formatted);
  if (repeating) return repeating.toJSON();
  const code = codeOf(originOf(error)) ?? codeOf(error);
  if (code === undefined) return maskError(error, mask).toJSON();
  return { ...formatted, extensions: { ...formatted.extensions, code } };
}

function originOf(error: unknown): unknown {
  return error instanceof Error && "originalError" in error ? error.originalError : undefined;
}

/**
 * Browsers say where a request comes from; who does not say is no browser. A GET only reads, so what is kept from other sites
 * is to find out by its timing what their visitor may see. For POST Apollo's own rule holds.
 */
function isFromOtherSite(ctx: Context): boolean {
  return ["cross-site", "same-site"].includes(ctx.get("Sec-Fetch-Site"));
}

/** Requests with one key have one answer: the same words, from the same kind of caller, to be written the same way. */
function requestKey(ctx: Context, { text: rights }: RequestRights): string {
  const preflight = ctx.get(PREFLIGHT_HEADER) !== "" || ctx.get("x-apollo-operation-name") !== "";
  const asked = ctx.method === "POST" ? (ctx.request.rawBody ?? "") : ctx.search;
  return [ctx.method, ctx.get("Accept"), ctx.get("Content-Type"), preflight, rights, asked].join("\n");
}

function refuseBody(error: Error): never {
  const isTooLarge = "status" in error && error.status === 413;
  throw isTooLarge ? tooLarge() : codedError("BAD_REQUEST", "The body is not JSON.");
}

function tooLarge(): GraphQLError {
  return codedError("PAYLOAD_TOO_LARGE", `The body is larger than ${MAX_BODY_BYTES / 1024}kb.`);
}

function answerErrors(ctx: Context, errors: readonly GraphQLError[]): void {
  const code = codeOf(errors[0]) ?? "INTERNAL_SERVER_ERROR";
  ctx.status = ERROR_CODES[code].status;
  ctx.type = "application/json";
  ctx.body = JSON.stringify({ errors: errors.map((error) => error.toJSON()) });
}
