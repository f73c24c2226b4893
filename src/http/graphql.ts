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
import { codedError, codeOf, ERROR_CODES, type ErrorCode, maskError } from "../graph/errors.ts";
import type { Executor } from "../graph/execute.ts";
import { limitRules, MAX_TOKENS, nestingFault } from "../graph/limits.ts";
import { AnswerCache, type CacheCounts, type CachedAnswer } from "./answerCache.ts";
import { isGraphqlRequest } from "./graphqlMethod.ts";
import { GRAPHQL_PATH } from "./refusal.ts";
import { factsOf } from "./requestFacts.ts";
import { requestIdOf } from "./requestId.ts";
import type { HttpLog } from "./requestLog.ts";

export interface GraphqlOptions extends GraphResources {
  readonly executor: Executor;
  readonly log: HttpLog;
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
  readonly accept: string;
  hasErrors: boolean;
  /** Name of the operation that was run. */
  operation: string | undefined;
}

interface KeptAnswer extends CachedAnswer {
  readonly operation: string | undefined;
}

export async function createGraphql(options: GraphqlOptions): Promise<GraphqlEndpoint> {
  const { executor, log, store, clock, cacheBytes = CACHE_BYTES } = options;
  const answers = new AnswerCache<KeptAnswer>({ maxBytes: cacheBytes, store, clock });
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  /** Apollo formats errors without saying of which request. */
  const underWay = new AsyncLocalStorage<string>();

  const apollo = new ApolloServer<Carried>({
    schema: executor.schema,
    introspection: true,
    validationRules: [...limitRules],
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
      const graph = createContext({
        ...options,
        requestId: requestIdOf(ctx),
        budget: options.budgetOf?.(ctx.req, ctx.res),
      });
      const exchange = { graph, accept: ctx.get("Accept"), hasErrors: false, operation: undefined };
      exchanges.set(ctx.req, exchange);
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
    const key = requestKey(ctx);
    const known = answers.get(key);
    const facts = factsOf(ctx.req);
    if (known) {
      facts.operation = known.operation;
      ctx.status = 200;
      ctx.set(known.headers);
      ctx.body = known.body;
      return;
    }
    const tooDeep = nestingFault(documentOf(ctx));
    if (tooDeep) throw tooDeep;
    const revision = answers.revision;
    await underWay.run(requestIdOf(ctx), () => throughApollo(ctx, async () => {}));
    const exchange = exchanges.get(ctx.req);
    facts.operation = exchange?.operation;
    if (ctx.status !== 200 || !exchange || exchange.hasErrors || typeof ctx.body !== "string") return;
    if (!answers.isWanted(key)) return;
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
      if (
        http.status === 400 &&
        isLegacy(contextValue.exchange.accept) &&
        body.singleResult.errors.every(isGraphqlFault)
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

/** The text of the query, as far as the request has one. */
function documentOf(ctx: Context): string {
  const { body } = ctx.request;
  const sent = ctx.method === "GET" ? ctx.query.query : (body as { readonly query?: unknown } | undefined)?.query; // any JSON
  return typeof sent === "string" ? sent : "";
}

/** Requests with one key have one answer: the same words, from the same kind of caller, to be written the same way. */
function requestKey(ctx: Context): string {
  const preflight = ctx.get(PREFLIGHT_HEADER) !== "" || ctx.get("x-apollo-operation-name") !== "";
  const rights = ""; // everybody may see everything, so far
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
