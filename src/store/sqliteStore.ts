// The store over one SQLite file: the main thread reads what is quick, one thread writes, one reads what is slow, and when
// much is written one keeps the log short.
// After a failed write it goes on reading, and the next write starts afresh.
import type { Change, EventChange } from "../events/change.ts";
import type { Cursors } from "../events/cursor.ts";
import type { Dispatch } from "../events/dispatch.ts";
import type { EventId, MatchedObservation } from "../events/event.ts";
import type { EventRecord } from "../events/eventRecord.ts";
import type { EventFilter } from "../events/filter.ts";
import type { Gap } from "../events/gap.ts";
import type { Hook, HookKey } from "../events/hook.ts";
import { SealedNumbers } from "../events/sealed.ts";
import type { HookCounts, NamespaceCounts, TimeRange, TrendBucket, TypeCounts } from "../events/statistics.ts";
import type { Instant } from "../events/time.ts";
import { ChangeFeed, changesOf } from "./changeFeed.ts";
import { Checkpoints } from "./checkpoints.ts";
import { batchOf } from "./eventBatch.ts";
import { hookActivity } from "./hookActivity.ts";
import { HookFeed } from "./hookFeed.ts";
import { HookReading } from "./hookReading.ts";
import type { EventRow, Failed, ReadRequest, RowPage, WriteRequest, WriterSettings, Written } from "./messages.ts";
import { Reading } from "./reading.ts";
import { Records } from "./records.ts";
import { bytesInUse } from "./retention.ts";
import type { RingLimits } from "./ring.ts";
import { bucketsOf } from "./statistics.ts";
import type {
  ChangeListener,
  EventPage,
  EventQuery,
  EventStore,
  EventTextPage,
  HookActivity,
  HookPage,
  HookQuery,
  PlaceInTime,
  Pruned,
  ReadChanges,
  RecordedGap,
  StoreDescription,
  StoreFailures,
} from "./store.ts";
import { messageOf, StoreError } from "./storeError.ts";
import type { StoreLock } from "./storeLock.ts";
import { StoreState } from "./storeState.ts";
import { hashOf, uidOf } from "./textKey.ts";
import { Thread } from "./thread.ts";
import { type Commit, WriteQueue } from "./writeQueue.ts";

export interface ThreadFiles {
  readonly writer: URL;
  readonly reader: URL;
  readonly checkpointer: URL;
}

export class SqliteStore implements EventStore {
  readonly epoch: string;
  readonly cursors: Cursors;
  readonly revisions: SealedNumbers;
  readonly #path: string;
  readonly #lock: StoreLock;
  readonly #reading: Reading;
  readonly #hookReading: HookReading;
  readonly #writer: Thread<readonly WriteRequest[], Commit>;
  readonly #reader: Thread<ReadRequest, { readonly answer: unknown } | Failed>;
  readonly #queue: WriteQueue;
  readonly #records: Records;
  readonly #feed: ChangeFeed;
  readonly #dedupWindow: number;
  readonly hookChanges = new HookFeed();
  readonly #checkpoints: Checkpoints;
  readonly #failures = { reads: 0, writes: 0 };
  #tooOld = 0;
  #writeFailure: string | null = null;
  #closing: Promise<void> | undefined;

  constructor(
    settings: WriterSettings,
    lock: StoreLock,
    files: ThreadFiles,
    { ringLimits, firstSalt }: { readonly ringLimits: RingLimits; readonly firstSalt: number },
  ) {
    this.#path = settings.path;
    this.#dedupWindow = settings.dedupWindow;
    this.#lock = lock;
    this.#reading = new Reading(settings.path, "by seeks");
    this.#hookReading = new HookReading(this.#reading.connection);
    const state = StoreState.read(this.#reading.connection);
    const { epoch, cursorKey: key, head, revision, floor } = state;
    this.epoch = epoch;
    this.cursors = state.cursors(firstSalt);
    this.revisions = new SealedNumbers({ name: `revisions of ${epoch}`, key });
    this.#records = new Records(this.cursors);
    this.#feed = new ChangeFeed(this.#reading.connection, this.#records, { head, revision, floor }, ringLimits);
    this.#writer = new Thread({
      name: "writer",
      file: files.writer,
      data: settings,
      failure: "STORE_WRITE_FAILED",
      onStart: ({ standing }) => {
        const wasBehind = this.#feed.catchUp(standing);
        this.#hookReading.changed();
        if (wasBehind) this.hookChanges.mayHaveMissed(this.#hookReading.all());
      },
    });
    this.#reader = new Thread({
      name: "reader",
      file: files.reader,
      data: settings.path,
      failure: "STORE_READ_FAILED",
    });
    this.#queue = new WriteQueue(this.#writer, (commit) => this.#committed(commit));
    this.#checkpoints = new Checkpoints(
      new Thread({
        name: "checkpointer",
        file: files.checkpointer,
        data: settings.path,
        failure: "STORE_WRITE_FAILED",
      }),
      () => this.#queue.write({ kind: "checkpoint" }),
      () => performance.now(),
    );
  }

  async start(): Promise<void> {
    await this.#writer.start();
  }

  get head(): number {
    return this.#feed.standing.head;
  }

  get revision(): number {
    return this.#feed.standing.revision;
  }

  get floor(): number {
    return this.#feed.standing.floor;
  }

  async append(observations: readonly MatchedObservation[], now: Instant): Promise<readonly EventChange[]> {
    if (observations.length === 0) return [];
    const { changes } = await this.#write({ kind: "append", batch: batchOf(observations), now });
    return changes ? changesOf(changes) : [];
  }

  async resolveDue(now: Instant): Promise<readonly EventChange[]> {
    const resolved: EventChange[] = [];
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
    const { rows, hasMore } = await this.#page(query);
    return { records: rows.map((row) => this.#records.of(row)), hasMore };
  }

  async eventsText(query: EventQuery): Promise<EventTextPage> {
    const { rows, hasMore } = await this.#page(query);
    const [first, last] = [rows[0], rows.at(-1)];
    let text = "";
    for (const row of rows) text += text === "" ? this.#records.textOf(row) : `,${this.#records.textOf(row)}`;
    return { text, hasMore, first: first && this.#records.of(first), last: last && this.#records.of(last) };
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
        return row && this.#records.of(row);
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

  async namespaces(): Promise<readonly string[]> {
    const { connection } = this.#reading;
    return this.#quickly(() =>
      connection
        .all<[name: string]>("SELECT name FROM namespaces UNION SELECT namespace FROM hooks")
        .map(([name]) => name),
    );
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
    bucketsOf(range, interval); // throws for what no store answers
    return (await this.#read({ kind: "trends", filter, range, interval })) as TrendBucket[]; // as above
  }

  async hookActivity(keys: readonly HookKey[], range: TimeRange): Promise<readonly HookActivity[]> {
    const { connection } = this.#reading;
    return this.#quickly(() => connection.snapshot(() => hookActivity(connection, keys, range)));
  }

  async changesSince(seq: number, limit: number): Promise<ReadChanges<Change>> {
    return this.#quickly(() => this.#feed.since(seq, limit));
  }

  async placeSince(at: Instant): Promise<PlaceInTime> {
    const { prunedTo } = StoreState.read(this.#reading.connection);
    // What was resolved since then had happened a window before it.
    const lowest = (await this.#read({ kind: "lowestSince", at: at - this.#dedupWindow })) as number | null; // as above
    return { seq: lowest === null ? this.head : lowest - 1, isComplete: prunedTo === null || prunedTo.timestamp < at };
  }

  subscribe(listener: ChangeListener): () => void {
    return this.#feed.subscribe(listener);
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
          writeFailure: this.#writeFailure,
          tooOld: this.#tooOld,
        };
      }),
    );
  }

  get failures(): StoreFailures {
    return { ...this.#failures };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue.idle();
    await this.#checkpoints.stop();
    await this.#reader.stop();
    this.#reading.close();
    await this.#writer.stop(); // the last to leave: it moves the log into the file
    this.#lock.release();
  }

  async #page(query: EventQuery): Promise<RowPage> {
    const page =
      this.#quickly(() => this.#reading.pages.glance(query)) ?? (await this.#slowly({ kind: "events", query }));
    return page as RowPage; // what the request's kind is answered with
  }

  async #write(request: WriteRequest): Promise<Written> {
    this.#refuseClosed();
    const { revision } = this;
    try {
      const written = await this.#queue.write(request);
      if (request.kind === "synced" || this.revision !== revision) this.#writeFailure = null; // it reached the disk
      return written;
    } catch (error) {
      this.#writeFailure = messageOf(error);
      this.#failures.writes++;
      throw error;
    }
  }

  async #read(request: ReadRequest): Promise<unknown> {
    if (!this.#reading.isQuick(request)) return this.#slowly(request);
    return this.#quickly(() => this.#reading.answer(request));
  }

  #quickly<T>(read: () => T): T {
    this.#refuseClosed();
    try {
      return read();
    } catch (error) {
      this.#failures.reads++;
      throw new StoreError("STORE_READ_FAILED", `${this.#path} could not be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async #slowly(request: ReadRequest): Promise<unknown> {
    this.#refuseClosed();
    const answer = await this.#reader.ask(request).catch((error: unknown) => {
      this.#failures.reads++;
      throw error;
    });
    if (!("failed" in answer)) return answer.answer;
    this.#failures.reads++;
    throw new StoreError(answer.code, `${this.#path} could not be read: ${answer.failed}`);
  }

  #refuseClosed(): void {
    if (this.#closing) throw new StoreError("STORE_CLOSED", `the store ${this.#path} is closed`);
  }

  #committed({ results, standing }: Commit): void {
    const written = results.filter((result): result is Written => !("failed" in result));
    for (const { tooOld = 0, hooksChanged = false } of written) {
      this.#tooOld += tooOld;
      if (hooksChanged) this.#hookReading.changed();
    }
    this.#feed.committed(written, standing);
    this.hookChanges.committed(written.flatMap(({ hooks = [] }) => hooks));
    this.#checkpoints.committed(written.flatMap(({ changes }) => changes ?? []));
  }
}
