// REST under /api/v1: a thin layer over persisted operations. A request is matched, read, executed, shaped and sent.
// What is unchanged is not made again: 304 and kept answers come from the store's revision, before anything is executed.
import type { Context, Middleware } from "koa";
import type { GraphContext } from "../graph/context.ts";
import type { Executor } from "../graph/execute.ts";
import type { EventStore } from "../store/store.ts";
import type { AnswerCache } from "./answerCache.ts";
import type { RequestRights, RightsOf } from "./callerRights.ts";
import { contentTag, namesTag, quickTag, revisionTag } from "./etag.ts";
import { answerProblem } from "./problem.ts";
import { splitUrl } from "./queryText.ts";
import { factsOf } from "./requestFacts.ts";
import { RestAnswer, sendNotModified } from "./restAnswer.ts";
import { readRestBody } from "./restBody.ts";
import type { Refusal } from "./restErrors.ts";
import { chooseMedia, createMediaChoice, type MediaChoice } from "./restMedia.ts";
import { isToBeServed } from "./restMethod.ts";
import { nextLink, RestOperation } from "./restOperation.ts";
import type { RestMethod, RestRoute } from "./restRoute.ts";
import { RestTable, type ServedPath } from "./restTable.ts";
import { isStreamRoute } from "./streamOperation.ts";

export interface RestOptions {
  readonly routes: readonly RestRoute[];
  readonly executor: Executor;
  readonly store: Pick<EventStore, "revisions">;
  readonly rightsOf: RightsOf;
  /** The context of one request, which nothing else uses. */
  readonly contextOf: (request: Context, rights: RequestRights) => GraphContext;
  readonly cache: AnswerCache<RestAnswer>;
}

interface RestPath extends ServedPath {
  readonly method: RestMethod;
  readonly choice: MediaChoice<RestOperation>;
}

/** A request whose answer is not known yet. */
interface Asked {
  readonly path: string;
  readonly query: string;
  /** Of the path's placeholders. */
  readonly values: readonly string[];
  readonly operation: RestOperation;
  readonly rights: RequestRights;
  /** That of before the answer is made, and the tag that names it. */
  readonly revision: number;
  readonly tag: string | undefined;
  /** Under which the answer may be kept. */
  readonly key: string;
}

const NO_BODY = { ok: true, variables: {} } as const;

/** Paths that are no route are left to whoever comes next. */
export function createRest(options: RestOptions): Middleware {
  const { store, rightsOf, contextOf, cache } = options;
  const table = new RestTable(readPaths(options));

  return (request, next) => {
    const url = request.req.url ?? "/";
    const { path, query } = splitUrl(url);
    const match = table.match(path);
    if (!match) return next();
    const facts = factsOf(request.req);
    facts.route = match.served.path;
    if (!isToBeServed(request, match.served.method)) return undefined;
    const operation = chooseMedia(match.served.choice, query, request.req.headers.accept);
    if (!operation) return refuse(request, notAcceptable(match.served.choice));
    facts.operation = operation.route.name;

    const { revision } = cache;
    const rights = rightsOf(request.req);
    const key = `${operation.route.id} ${rights.text} ${url}`;
    const tag = rights.isWhole ? revisionTag(store.revisions.seal(revision), key) : undefined;
    if (!operation.route.isFresh) {
      if (tag !== undefined && namesTag(request.req.headers["if-none-match"], tag))
        return sendNotModified(request, tag);
      const kept = cache.get(key);
      if (kept) return kept.send(request);
    }
    return make(request, { path, query, values: match.values, operation, rights, revision, key, tag });
  };

  /** What is not known yet. */
  async function make(request: Context, asked: Asked): Promise<void> {
    const { path, query, values, operation, rights, revision, key, tag } = asked;
    const { isFresh, takes } = operation.route;
    const read = operation.read(values, query);
    const context = contextOf(request, rights);
    if (!read.ok) return refuse(request, await operation.refuse(read, context));
    const body = takes ? await readRestBody(request, takes) : NO_BODY;
    if (!body.ok) return refuse(request, body.refusal);
    const outcome = await operation.run({ ...read.variables, ...body.variables }, context);
    if (!outcome.ok) return refuse(request, outcome.refusal);
    const { dependsOnTime } = context;
    const { text, status, nextCursor } = outcome;
    const isWanted = !isFresh && !rights.isPersonal && cache.isWanted(key);
    const { next: nextPage, produces } = operation.route;
    const answer = new RestAnswer({
      body: isWanted ? Buffer.from(text) : text,
      contentType: `${produces}; charset=utf-8`,
      // That something has changed where the caller may not look, is not told by a tag either.
      tag: isFresh ? undefined : dependsOnTime ? contentTag(text) : (tag ?? quickTag(text)),
      status,
      link: nextPage && nextCursor ? nextLink(path, query, nextPage, nextCursor) : undefined,
    });
    if (isWanted) cache.set(key, answer, { revision, dependsOnTime });
    return answer.send(request);
  }
}

function readPaths({ routes, executor }: RestOptions): readonly RestPath[] {
  const answered = routes.filter((route) => !isStreamRoute(route));
  return [...Map.groupBy(answered, ({ path }) => path)].map(([path, variants]) => {
    const { formats } = createMediaChoice(variants);
    const operations = variants.map((route) => new RestOperation(route, executor, formats));
    const except = new Map(variants.flatMap(({ parameters }) => parameters.map(({ name, except }) => [name, except])));
    return { path, method: variants[0]?.method ?? "GET", except, choice: createMediaChoice(operations) };
  });
}

function notAcceptable({ media, formats }: MediaChoice<RestOperation>): Refusal {
  const detail = `This route produces ${media.join(" or ")}, and the Accept header does not take it`;
  return { status: 406, detail: formats.length > 1 ? `${detail}; ?format= chooses as well.` : `${detail}.` };
}

function refuse(request: Context, refusal: Refusal): void {
  request.vary("Accept");
  answerProblem(request, refusal);
}
