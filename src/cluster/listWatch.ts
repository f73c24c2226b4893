// The list+watch loop: lists a resource, watches it from there, and begins again whatever happens, until its signal aborts.
// Nothing the cluster still has is lost, nothing is swallowed, and no server can make it spin.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import { Backoff } from "./backoff.ts";
import { Batches } from "./batches.ts";
import type { Clock } from "./clock.ts";
import { isForbidden, isMissing } from "./clusterError.ts";
import { type MissedSpan, missedBetween, missedByReset } from "./completeness.ts";
import type { Connection } from "./connection.ts";
import { asObject, asWord, type JsonObject } from "./json.ts";
import type { Log } from "./log.ts";
import { LoopJournal, SHORT_LIFE } from "./loopJournal.ts";
import type { LoopStatus } from "./loopStatus.ts";
import { listAll } from "./pagedList.ts";
import { HandlerError, type Remedy, remedyFor, remedyForEnd } from "./trouble.ts";
import { type ChangeType, type WatchLine, watchOnce } from "./watchStream.ts";

export interface Changed<T> {
  readonly type: ChangeType;
  readonly item: T;
}

/** What a loop is for. Promises are awaited before more than a few thousand are read; a rejection makes the loop list again. */
export interface ListWatchHandler<T> {
  /** Pure. What is kept of an object, undefined for nothing; the object itself is dropped at once. */
  map(object: JsonObject): T | undefined;
  /** All that exist, in order of their keys; told after every list. The handler may do with the array what it likes. */
  listed(items: T[]): Promise<void>;
  /** In the order in which they happened, 1 to 500. Begun before earlier ones have ended, when many come. */
  changed(changes: readonly Changed<T>[]): Promise<void>;
  /** Everything that the cluster knew at `at` has been delivered. Told at most every 30 s. */
  synced?(at: Instant): Promise<void>;
  /** What makes a gap provable; a loop without it claims none. */
  readonly gaps?: {
    /** By the cluster's clocks, when the object was last written; undefined when it does not say. */
    writtenAt(object: JsonObject): Instant | undefined;
    /** How long the cluster keeps an object after its last write. */
    readonly ttl: Millis;
    /** Told before the list that shows it. */
    missed(span: MissedSpan): Promise<void>;
  };
}

export interface ListWatchOptions<T> {
  readonly connection: Connection;
  /** `/apis/events.k8s.io/v1/events`, or the same below a namespace. */
  readonly path: string;
  readonly handler: ListWatchHandler<T>;
  readonly clock: Clock;
  readonly log: Log;
  /** Until when an earlier run had seen everything; null when there was none. */
  readonly syncedAt: Instant | null;
}

/** After a watch this long all is well again, and waits begin small. */
const HEALTHY_LIFE: Millis = 60_000;
/** The server is asked to end each watch after 5 to 10 min. */
const WATCH_SECONDS = { least: 300, spread: 300 } as const;
const SILENCE_GRACE: Millis = 30_000;
/** 15 to 30 s between tries at what only a person can change. */
const CALM_WAIT: Millis = 15_000;
/**
 * What comes within 20 ms is told together: each telling is a commit, and a commit costs as much as ten events. When more
 * comes than is kept at the time, several are told abreast, so that the next are read while the last are being written.
 */
const BATCH = { size: 500, abreast: 8, delay: 20 } as const;
const SYNCED_EVERY: Millis = 30_000;

export class ListWatch<T> {
  readonly #options: ListWatchOptions<T>;
  readonly #journal: LoopJournal;
  readonly #backoff: Backoff;
  readonly #settled = Promise.withResolvers<void>();
  #version: string | undefined;
  /** What must happen before the next watch. */
  #from: Remedy["from"] = "list";
  #wasReset = false;
  #gapToldFrom: Instant | undefined;
  #syncedTold = Number.NEGATIVE_INFINITY;
  #missing = 0;

  constructor(options: ListWatchOptions<T>) {
    const { path, syncedAt, clock, log } = options;
    this.#options = options;
    this.#journal = new LoopJournal(path, syncedAt, clock, log);
    this.#backoff = new Backoff(clock.random);
  }

  /** Resolves when the first list is delivered, or when it is certain that there is none to be had: 404 or 403. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  status(): LoopStatus {
    return this.#journal.status();
  }

  /** Resolves once the signal has aborted and what was being delivered is delivered. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const remedy = await this.#cycle(signal);
      if (remedy && !signal.aborted) await this.#rest(remedy, signal);
    }
    this.#journal.enter("STOPPED");
  }

  async #cycle(signal: AbortSignal): Promise<Remedy | undefined> {
    try {
      const known = this.#from === "list" ? undefined : this.#version;
      const version = known ?? (await this.#list(signal));
      if (this.#from === "confirm") await this.#confirm(version, signal);
      this.#from = "resume";
      return await this.#watch(version, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      const remedy = remedyFor(error, this.#backoff.attempts);
      this.#journal.trouble(error, remedy.reason);
      if (remedy.reason === "reset") this.#wasReset = true;
      if (isMissing(error)) await this.#absent();
      if (isMissing(error) || isForbidden(error)) this.#settled.resolve();
      return remedy;
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { connection, path, handler, clock } = this.#options;
    this.#journal.enter("LISTING");
    let oldestWrite: Instant | undefined;
    const map = (object: JsonObject): T | undefined => {
      const writtenAt = handler.gaps?.writtenAt(object);
      if (writtenAt !== undefined) oldestWrite = Math.min(writtenAt, oldestWrite ?? writtenAt);
      return this.#map(object);
    };
    const { items, resourceVersion, startedAt, skew } = await listAll({ connection, path, map, clock, signal });
    this.#journal.heard();
    await this.#tellMissed(startedAt, oldestWrite, skew);
    const count = items.length;
    await this.#handle(() => handler.listed(items));
    signal.throwIfAborted(); // a handler that stops halfway has not delivered the list
    this.#wasReset = false;
    this.#missing = 0;
    this.#know(resourceVersion);
    this.#journal.listed(count);
    this.#settled.resolve();
    await this.#inSync(startedAt);
    this.#from = "resume";
    return resourceVersion;
  }

  async #tellMissed(listedAt: Instant, oldestWrite: Instant | undefined, skew: Millis): Promise<void> {
    const { gaps } = this.#options.handler;
    const syncedAt = this.#journal.syncedAt ?? undefined;
    if (!gaps || syncedAt === undefined || syncedAt === this.#gapToldFrom) return;
    const span = this.#wasReset
      ? missedByReset(syncedAt, listedAt)
      : missedBetween({ syncedAt, listedAt, oldestWrite, skew, ttl: gaps.ttl });
    if (!span) return;
    await this.#handle(() => gaps.missed(span));
    this.#gapToldFrom = syncedAt; // should the list fail to be delivered, it is told again, but the gap is not
  }

  /** Fails as ahead of the server when the server has never known our version: then its history is not ours. */
  async #confirm(version: string, signal: AbortSignal): Promise<void> {
    const query = { limit: "1", resourceVersion: version, resourceVersionMatch: "NotOlderThan" };
    await this.#options.connection.get(this.#options.path, query, signal);
  }

  async #watch(version: string, signal: AbortSignal): Promise<Remedy> {
    const { connection, path, handler, clock } = this.#options;
    const stop = new AbortController();
    const batches = new Batches<Changed<T>>({
      clock,
      ...BATCH,
      deliver: (changes) => this.#handle(() => handler.changed(changes)),
      delivered: (takenBy) => this.#inSync(takenBy),
      failed: (error) => stop.abort(error),
    });
    let openedAt: Instant | undefined;
    let lines = 0;
    const life = (): Millis => (openedAt === undefined ? 0 : clock.now() - openedAt);
    try {
      await watchOnce(
        {
          connection,
          path,
          resourceVersion: version,
          timeoutSeconds: WATCH_SECONDS.least + Math.round(WATCH_SECONDS.spread * clock.random()),
          grace: SILENCE_GRACE,
          clock,
          signal: AbortSignal.any([signal, stop.signal]),
        },
        {
          opened: () => {
            openedAt = clock.now();
            this.#journal.opened();
          },
          heard: () => this.#journal.heard(),
          line: async (line) => {
            lines++;
            this.#journal.told();
            const change = this.#take(line);
            if (change) await batches.add(change);
            else if (batches.idle) await this.#inSync(clock.now());
          },
        },
      );
    } finally {
      await batches.flush(); // what came before the end is good, whatever the end was
      if (life() >= HEALTHY_LIFE) this.#backoff.reset();
    }
    if (life() < SHORT_LIFE) return remedyForEnd("short", lines);
    await this.#inSync(clock.now());
    return remedyForEnd("long", lines);
  }

  #take(line: WatchLine): Changed<T> | undefined {
    if (line.resourceVersion !== undefined) this.#know(line.resourceVersion);
    if (line.type === "BOOKMARK") return undefined;
    const item = this.#map(line.object);
    return item === undefined ? undefined : { type: line.type, item };
  }

  /** An object that cannot be mapped is told of and left out: it would fail again however often it came. */
  #map(object: JsonObject): T | undefined {
    try {
      return this.#options.handler.map(object);
    } catch (error) {
      const metadata = asObject(object.metadata);
      const name = `${asWord(metadata?.namespace) ?? ""}/${asWord(metadata?.name) ?? ""}`;
      this.#options.log.error({ err: error, path: this.#options.path, name }, "an object could not be read");
      return undefined;
    }
  }

  #know(version: string): void {
    this.#version = version;
    this.#journal.knows(version);
  }

  async #inSync(at: Instant): Promise<void> {
    this.#journal.inSync(at);
    if (at - this.#syncedTold < SYNCED_EVERY) return;
    this.#syncedTold = at;
    await this.#handle(async () => this.#options.handler.synced?.(at));
  }

  /** One 404 may be a server that is still starting; a second in a row means that there is nothing, as if listed. */
  async #absent(): Promise<void> {
    this.#missing++;
    if (this.#missing < 2 || (this.#journal.synced && this.#version === undefined)) return;
    try {
      await this.#handle(() => this.#options.handler.listed([]));
      this.#version = undefined;
      this.#journal.emptied();
    } catch {
      // logged; tried again at the next 404
    }
  }

  async #handle(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#options.log.error({ err: error, path: this.#options.path }, "what the cluster said could not be kept");
      throw new HandlerError(error);
    }
  }

  async #rest(remedy: Remedy, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#journal.restarting(remedy.reason);
    if (this.#from !== "list" && remedy.from !== "resume") this.#from = remedy.from;
    const wait = this.#waitFor(remedy);
    if (wait > 0) await this.#journal.waiting(remedy.phase, clock.now() + wait, () => clock.sleep(wait, signal));
  }

  #waitFor({ reason, wait, atLeast }: Remedy): Millis {
    if (reason === "ended") return 0; // it lived for two seconds at least, so this is no circle to run in
    if (wait === "calm") return Math.max(atLeast, CALM_WAIT * (1 + this.#options.clock.random()));
    if (wait === "backoff" || this.#backoff.attempts > 0) return this.#backoff.next(atLeast);
    this.#backoff.count();
    return 0;
  }
}
