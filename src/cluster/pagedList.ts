// A list by pages: each page is mapped at once and dropped, so memory holds what was made of it and no whole objects.
// All pages show one moment, the resource version of the first; a list that expires halfway starts again.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import { AnswerTooLarge } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { ClusterError, isExpired } from "./clusterError.ts";
import type { Connection } from "./connection.ts";
import { asList, asObject, asWord, type JsonObject } from "./json.ts";

export const PAGE_SIZE = 500;
/** How often a list is started again at once before the expiry is the caller's trouble. */
const RESTARTS = 2;

export interface ListOptions<T> {
  readonly connection: Connection;
  readonly path: string;
  readonly map: (object: JsonObject) => T | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Listed<T> {
  /** In the server's order, which is that of the keys. */
  readonly items: T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
  /** Everything that the cluster had at this instant is in the list, or was gone by then. */
  readonly startedAt: Instant;
  /** The server's clock less ours. */
  readonly skew: Millis;
}

export async function listAll<T>(options: ListOptions<T>): Promise<Listed<T>> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await listOnce(options);
    } catch (error) {
      if (!isExpired(error) || restarts >= RESTARTS) throw error;
    }
  }
}

async function listOnce<T>({ connection, path, map, clock, signal }: ListOptions<T>): Promise<Listed<T>> {
  const startedAt = clock.now();
  const items: T[] = [];
  let limit = PAGE_SIZE;
  let token: string | undefined;
  let resourceVersion: string | undefined;
  let skew = 0;
  do {
    const query = { limit: String(limit), ...(token === undefined ? {} : { continue: token }) };
    try {
      const page = await connection.get(path, query, signal);
      const metadata = asObject(page.body.metadata);
      resourceVersion ??= asWord(metadata?.resourceVersion);
      if (resourceVersion === undefined)
        throw new ClusterError("garbled", `${path} answers with something that is no list`);
      token = asWord(metadata?.continue);
      skew = page.skew;
      for (const object of asList(page.body.items)) {
        const item = map(asObject(object) ?? {});
        if (item !== undefined) items.push(item);
      }
    } catch (error) {
      if (!(error instanceof AnswerTooLarge) || limit === 1) throw error;
      limit = Math.ceil(limit / 8); // objects of over a megabyte each: ask for fewer at a time
    }
  } while (token !== undefined || resourceVersion === undefined);
  return { items, resourceVersion, startedAt, skew };
}
