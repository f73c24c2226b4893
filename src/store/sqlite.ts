// The store in one SQLite file: the main thread reads what is quick, one thread writes, one reads what is slow.
// A change is committed before anybody is told of it, and `head` and `revision` are never ahead of what a query sees.
import { randomBytes } from "node:crypto";
import { extname, resolve } from "node:path";
import type { Dispatch } from "../events/dispatch.ts";
import type { EventId, IgnoredReason, MatchedObservation } from "../events/event.ts";
import { EventRecord } from "../events/eventRecord.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import type {
  HookCounts,
  NamespaceCounts,
  StatusCounts,
  TimeRange,
  TrendBucket,
  TypeCounts,
} from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import { hookActivity } from "./hookActivity.ts";
import { HookReading } from "./hookReading.ts";
import type {
  EventRow,
  Failed,
  ReadRequest,
  RowPage,
  Standing,
  WriteRequest,
  WriterSettings,
  Written,
  WrittenChanges,
} from "./messages.ts";
import { Reading } from "./reading.ts";
import { bytesInUse } from "./retention.ts";
import { ChangeRing, DEFAULT_RING, type RingLimits } from "./ring.ts";
import type {
  Change,
  ChangeListener,
  EventPage,
  EventQuery,
  EventStore,
  Gap,
  HookActivity,
  HookPage,
  HookQuery,
  Pruned,
  RecordedGap,
  StoreDescription,
} from "./store.ts";
import { StoreError } from "./storeError.ts";
import { prepareDirectory, prepareFile } from "./storeFile.ts";
import { StoreLock } from "./storeLock.ts";
import { StoreState } from "./storeState.ts";
import { hashOf, uidOf } from "./textKey.ts";
import { Thread } from "./thread.ts";
import { WriteQueue } from "./writeQueue.ts";

export interface RetentionOptions {
  /** Greatest age of an event in ms, by its timestamp. */
  readonly maxAge: number;
  /** Most bytes in use. The file can be larger by what is free in it and by its write-ahead log. */
  readonly maxBytes: number;
}

export interface StoreOptions {
  /** The file; its directory is made when missing. Beside it lie its `-wal`, `-shm` and `.lock`. */
  readonly path: string;
  readonly now: () => Instant;
  /** Length of an incident's window in ms. */
  readonly dedupWindow: number;
  readonly retention: RetentionOptions;
  /** Closes the store when it aborts. */
  readonly signal?: AbortSignal;
  /** Epoch of a store that is made now: 1 to 32 of [0-9a-z]. */
  readonly newEpoch?: () => string;
  readonly ring?: RingLimits;
  /** What the writing thread runs; writer.ts unless a test wants one that dies. */
  readonly writer?: URL;
}

/** A file of this directory: it ends in .ts here and in .js when built. */
const WRITER = new URL(`./writer${extname(import.meta.url)}`, import.meta.url);
const READER = new URL(`./reader${extname(import.meta.url)}`, import.meta.url);

/** Opens the store or rejects with a StoreError that says in one line what is wrong with it. */
export async function openStore(options: StoreOptions): Promise<EventStore> {
  const path = resolve(options.path);
  prepareDirectory(path);
  const lock = StoreLock.take(path, options.now());
  try {
    prepareFile(path, options.newEpoch ?? (() => randomBytes(8).toString("hex")));
    const { dedupWindow, retention } = options;
    const { writer = WRITER, ring = DEFAULT_RING } = options;
    const store = new SqliteStore({ path, dedupWindow, ...retention }, lock, writer, ring);
    await store.start();
    options.signal?.addEventListener("abort", () => void store.close(), { once: true });
    if (options.signal?.aborted) await store.close();
    return store;
  } catch (error) {
    lock.release();
    throw error;
  }
}

class SqliteStore implements EventStore {
  readonly epoch: string;
  readonly #path: string;
  readonly #lock: StoreLock;
  readonly #ringLimits: RingLimits;
  readonly #reading: Reading;
  readonly #hookReading: HookReading;
  readonly #writer: Thread<readonly WriteRequest[], { results: readonly (Written | Failed)[]; standing: Standing }>;
  readonly #reader: Thread<ReadRequest, { readonly answer: unknown } | Failed>;
  readonly #queue: WriteQueue;
  readonly #listeners = new Set<ChangeListener>();
  #ring: ChangeRing;
  #standing: Standing;
  #tooOld = 0;
  #closing: Promise<void> | undefined;

  constructor(settings: WriterSettings, lock: StoreLock, writer: URL, ringLimits: RingLimits) {
    this.#path = settings.path;
    this.#lock = lock;
    this.#ringLimits = ringLimits;
    this.#reading = new Reading(settings.path, "by seeks");
    this.#hookReading = new HookReading(this.#reading.connection);
    const { epoch, head, revision, floor } = StoreState.read(this.#reading.connection);
    this.epoch = epoch;
    this.#standing = { head, revision, floor };
    this.#ring = new ChangeRing(head, ringLimits);
    this.#writer = new Thread({
      name: "writer",
      file: writer,
      data: settings,
      failure: "STORE_WRITE_FAILED",
      onStart: ({ standing }) => this.#catchUp(standing),
    });
    this.#reader = new Thread({ name: "reader", file: READER, data: settings.path, failure: "STORE_READ_FAILED" });
    this.#queue = new WriteQueue(this.#writer, ({ results, standing }) => this.#committed(results, standing));
  }

  async start(): Promise<void> {
    await this.#writer.start();
  }

  get head(): number {
    return this.#standing.head;
  }

  get revision(): number {
    return this.#standing.revision;
  }

  get floor(): number {
    return this.#standing.floor;
  }

  async append(observations: readonly MatchedObservation[], now: Instant): Promise<readonly Change[]> {
    if (observations.length === 0) return [];
    const { changes } = await this.#write({ kind: "append", observations: JSON.stringify(observations), now });
    return changes ? changesOf(changes) : [];
  }

  async resolveDue(now: Instant): Promise<readonly Change[]> {
    const resolved: Change[] = [];
    for (let more = true; more; ) {
      const written = await this.#write({ kind: "resolve", now });
      if (written.changes) resolved.push(...changesOf(written.changes));
      more = written.more ?? false;
    }
    return resolved;
  }

  async appendDispatches(dispatches: readonly Dispatch[]): Promise<number> {
    if (dispatches.length === 0) return 0;
    const { stored = 0 } = await this.#write({ kind: "dispatches", dispatches: JSON.stringify(dispatches) });
    return stored;
  }

  async putHooks(hooks: readonly Hook[]): Promise<void> {
    if (hooks.length > 0) await this.#write({ kind: "putHooks", hooks: JSON.stringify(hooks) });
  }

  async deleteHooks(keys: readonly HookKey[], at: Instant): Promise<void> {
    const plain = keys.map(({ namespace, name }) => ({ namespace, name }));
    if (keys.length > 0) await this.#write({ kind: "deleteHooks", keys: plain, at });
  }

  async recordGap(gap: Gap): Promise<void> {
    await this.#write({ kind: "gap", gap });
  }

  async markSynced(source: string, at: Instant): Promise<void> {
    await this.#write({ kind: "synced", source, at });
  }

  async syncedAt(source: string): Promise<Instant | null> {
    const { connection } = this.#reading;
    return this.#quickly(
      () => connection.get<[at: number]>("SELECT at FROM synced WHERE source = ?", source)?.[0] ?? null,
    );
  }

  async prune(now: Instant): Promise<Pruned> {
    const { pruned } = await this.#write({ kind: "prune", now });
    return pruned ?? { byAge: 0, bySize: 0, more: false };
  }

  async events(query: EventQuery): Promise<EventPage> {
    const page =
      this.#quickly(() => this.#reading.pages.glance(query)) ?? (await this.#slowly({ kind: "events", query }));
    const { rows, hasMore } = page as RowPage; // what the request's kind is answered with
    return { records: rows.map(recordOf), hasMore };
  }

  async count(filter: EventFilter): Promise<number> {
    return (await this.#read({ kind: "count", filter })) as number; // what the request's kind is answered with
  }

  async eventsById(ids: readonly EventId[]): Promise<readonly (EventRecord | undefined)[]> {
    return this.#quickly(() =>
      ids.map((id) => {
        const row = this.#reading.connection.get<EventRow>(
          "SELECT e.seq, e.json, e.ignored FROM uids u CROSS JOIN events e ON e.n = u.n WHERE u.hash = ? AND e.id = ?",
          hashOf(uidOf(id)),
          id,
        );
        return row && recordOf(row);
      }),
    );
  }

  async dispatchesOf(ids: readonly EventId[]): Promise<ReadonlyMap<EventId, readonly Dispatch[]>> {
    return (await this.#read({ kind: "dispatchesOf", ids })) as ReadonlyMap<EventId, readonly Dispatch[]>; // as above
  }

  async hooks(query: HookQuery): Promise<HookPage> {
    return this.#quickly(() => this.#hookReading.page(query));
  }

  async hooksByKey(keys: readonly HookKey[]): Promise<readonly (Hook | undefined)[]> {
    return this.#quickly(() => this.#hookReading.byKey(keys));
  }

  async summary(filter: EventFilter): Promise<StatusCounts> {
    return (await this.#read({ kind: "summary", filter })) as StatusCounts; // as above
  }

  async byType(filter: EventFilter): Promise<readonly TypeCounts[]> {
    return (await this.#read({ kind: "byType", filter })) as TypeCounts[]; // as above
  }

  async byNamespace(filter: EventFilter): Promise<readonly NamespaceCounts[]> {
    return (await this.#read({ kind: "byNamespace", filter })) as NamespaceCounts[]; // as above
  }

  async byHook(filter: EventFilter): Promise<readonly HookCounts[]> {
    return (await this.#read({ kind: "byHook", filter })) as HookCounts[]; // as above
  }

  async trends(filter: EventFilter, range: TimeRange, interval: number): Promise<readonly TrendBucket[]> {
    return (await this.#read({ kind: "trends", filter, range, interval })) as TrendBucket[]; // as above
  }

  async hookActivity(keys: readonly HookKey[], range: TimeRange): Promise<readonly HookActivity[]> {
    const { connection } = this.#reading;
    return this.#quickly(() => connection.snapshot(() => hookActivity(connection, keys, range)));
  }

  async changesSince(seq: number, limit: number): Promise<readonly EventRecord[]> {
    return this.#quickly(
      () => this.#ring.since(seq, limit) ?? this.#storedSince(seq, limit).map(({ record }) => record),
    );
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async gaps(limit: number): Promise<readonly RecordedGap[]> {
    return this.#quickly(() => this.#hookReading.gaps(limit));
  }

  async describe(): Promise<StoreDescription> {
    const { connection } = this.#reading;
    return this.#quickly(() =>
      connection.snapshot(() => {
        const state = StoreState.read(connection);
        const [records = null] =
          connection.get<[number | null]>("SELECT sum(events) FROM daily WHERE namespace = 0") ?? [];
        const [oldest = null] = connection.get<[number | null]>("SELECT min(timestamp) FROM events") ?? [];
        const [newest = null] = connection.get<[number | null]>("SELECT max(timestamp) FROM events") ?? [];
        return {
          epoch: state.epoch,
          head: state.head,
          records: records ?? 0,
          bytes: bytesInUse(connection),
          oldest,
          newest,
          prunedByAge: state.prunedByAge,
          prunedBySize: state.prunedBySize,
          lastPrunedAt: state.lastPrunedAt,
          tooOld: this.#tooOld,
        };
      }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.idle();
    await this.#reader.stop();
    this.#reading.close();
    await this.#writer.stop(); // the last to leave: it moves the log into the file
    this.#lock.release();
  }

  async #write(request: WriteRequest): Promise<Written> {
    this.#refuseClosed();
    return this.#queue.write(request);
  }

  async #read(request: ReadRequest): Promise<unknown> {
    if (!this.#reading.isQuick(request)) return this.#slowly(request);
    return this.#quickly(() => this.#reading.answer(request));
  }

  #quickly<T>(read: () => T): T {
    this.#refuseClosed();
    return read();
  }

  async #slowly(request: ReadRequest): Promise<unknown> {
    this.#refuseClosed();
    const answer = await this.#reader.ask(request);
    if ("failed" in answer) throw new StoreError(answer.code, `${this.#path} could not be read: ${answer.failed}`);
    return answer.answer;
  }

  #refuseClosed(): void {
    if (this.#closing) throw new StoreError("STORE_CLOSED", `the store ${this.#path} is closed`);
  }

  #committed(results: readonly (Written | Failed)[], standing: Standing): void {
    const told: Change[][] = [];
    for (const result of results) {
      if ("failed" in result) continue;
      this.#tooOld += result.tooOld ?? 0;
      if (result.hooksChanged) this.#hookReading.changed();
      if (!result.changes || result.changes.seqs.length === 0) continue;
      const changes = changesOf(result.changes);
      for (const [index, { record }] of changes.entries()) {
        this.#ring.push({ record, before: result.changes.before[index] ?? 0 });
      }
      told.push(changes);
    }
    this.#standing = standing;
    this.#ring.forgetThrough(standing.floor);
    for (const changes of told) this.#tell(changes);
  }

  /** A writer that was started again may have committed what its predecessor died before telling. */
  #catchUp(standing: Standing): void {
    const missed = this.#storedSince(this.#standing.head, Number.MAX_SAFE_INTEGER);
    this.#standing = standing;
    if (missed.length === 0) return;
    this.#ring = new ChangeRing(standing.head, this.#ringLimits);
    this.#hookReading.changed();
    this.#tell(missed);
  }

  #tell(changes: readonly Change[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        queueMicrotask(() => {
          throw error; // a fault of the listener, not of the store: loud, and nobody else misses a change
        });
      }
    }
  }

  #storedSince(seq: number, limit: number): Change[] {
    const { connection } = this.#reading;
    return connection.snapshot(() => {
      const added = connection.all<EventRow>(
        "SELECT seq, json, ignored FROM events WHERE n > ? AND seq = n ORDER BY n LIMIT ?",
        seq,
        limit,
      );
      const modified = connection.all<EventRow>(
        "SELECT seq, json, ignored FROM events WHERE seq > ? AND seq <> n ORDER BY seq LIMIT ?",
        seq,
        limit,
      );
      const changes = [
        ...added.map((row): Change => ({ kind: "added", record: recordOf(row) })),
        ...modified.map((row): Change => ({ kind: "modified", record: recordOf(row) })),
      ];
      return changes.sort((a, b) => a.record.seq - b.record.seq).slice(0, limit);
    });
  }
}

function recordOf([seq, json, ignored]: EventRow): EventRecord {
  return new EventRecord(seq, json, ignored satisfies IgnoredReason | null);
}

function changesOf({ seqs, jsons, ignored, before }: WrittenChanges): Change[] {
  return seqs.map((seq, index) => ({
    kind: before[index] === 0 ? "added" : "modified",
    record: new EventRecord(seq, jsons[index] ?? "", ignored[index] ?? null),
  }));
}
