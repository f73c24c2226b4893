// The one writer: takes the requests of a tick and commits them as one transaction.
// A request that fails changes nothing, and the others of its tick are then stored each by itself.
import type { Dispatch } from "../events/dispatch.ts";
import type { Hook } from "../events/hook.ts";
import { Connection } from "./connection.ts";
import { EventWriter } from "./eventWriter.ts";
import { HookWriter } from "./hookWriter.ts";
import type { Failed, Standing, WriteRequest, WriterSettings, Written, WrittenChanges } from "./messages.ts";
import { isMaybeOdd, storable } from "./observationText.ts";
import { Retention } from "./retention.ts";
import { messageOf } from "./storeError.ts";
import { StoreState } from "./storeState.ts";

export class Writing {
  readonly #connection: Connection;
  readonly #state: StoreState;
  readonly #events: EventWriter;
  readonly #hooks: HookWriter;
  readonly #retention: Retention;

  constructor(settings: WriterSettings) {
    this.#connection = Connection.forWriting(settings.path);
    this.#state = StoreState.read(this.#connection);
    this.#events = new EventWriter(this.#connection, this.#state, settings.dedupWindow);
    this.#hooks = new HookWriter(this.#connection, this.#events);
    this.#retention = new Retention(this.#connection, this.#state, this.#events, settings);
  }

  get standing(): Standing {
    return { head: this.#state.head, revision: this.#state.revision, floor: this.#state.floor };
  }

  /** One answer for each request, in order, after the commit. */
  commit(requests: readonly WriteRequest[]): (Written | Failed)[] {
    const answers = this.#commitAll(requests);
    if (requests.some(({ kind }) => kind === "checkpoint")) this.#checkpoint();
    return answers;
  }

  close(): void {
    this.#connection.close();
  }

  #commitAll(requests: readonly WriteRequest[]): (Written | Failed)[] {
    try {
      return this.#commitTogether(requests);
    } catch (error) {
      if (requests.length === 1) return [failure(messageOf(error))];
    }
    // One by one, and no observations before those that they came after: the statuses of events follow from their order.
    const answers: (Written | Failed)[] = [];
    let refused: Failed | undefined;
    for (const request of requests) {
      const [answer = failure("no answer")] =
        refused && request.kind === "append" ? [refused] : this.#commitAll([request]);
      if (request.kind === "append" && "failed" in answer) refused = answer;
      answers.push(answer);
    }
    return answers;
  }

  #checkpoint(): void {
    try {
      this.#connection.checkpoint();
    } catch {
      // what could not be moved is still in the log, and everything was committed
    }
  }

  #commitTogether(requests: readonly WriteRequest[]): Written[] {
    const revision = this.#state.revision;
    try {
      return this.#connection.write(() => {
        const written = requests.map((request) => this.#apply(request));
        this.#events.settle();
        if (this.#state.revision !== revision) this.#state.save(this.#connection);
        return written;
      });
    } catch (error) {
      this.#state.load(this.#connection);
      this.#events.forget();
      throw error;
    }
  }

  #apply(request: WriteRequest): Written {
    switch (request.kind) {
      case "append": {
        const changes = noChanges();
        const tooOld = this.#events.append(request.batch, request.now, changes);
        return this.#changed(changes.seqs.length, { changes, tooOld });
      }
      case "resolve": {
        const changes = noChanges();
        const more = this.#events.resolve(request.now, changes);
        return this.#changed(changes.seqs.length, { changes, more });
      }
      case "dispatches": {
        const parsed = JSON.parse(request.dispatches) as Dispatch[]; // made by JSON.stringify of just that
        const stored = this.#hooks.addDispatches(isMaybeOdd(request.dispatches) ? storable(parsed) : parsed);
        return this.#changed(stored, { stored });
      }
      case "putHooks": {
        const parsed = JSON.parse(request.hooks) as Hook[]; // made by JSON.stringify of just that
        const hooks = this.#hooks.put(isMaybeOdd(request.hooks) ? storable(parsed) : parsed);
        return this.#changed(hooks.length, { hooks, hooksChanged: hooks.length > 0 });
      }
      case "deleteHooks": {
        const hooks = this.#hooks.markDeleted(request.keys, request.at);
        return this.#changed(hooks.length, { hooks, hooksChanged: hooks.length > 0 });
      }
      case "gap": {
        const gap = { ...request.gap, seq: ++this.#state.head };
        this.#hooks.addGap(gap);
        return this.#changed(1, { gap });
      }
      case "synced":
        this.#hooks.markSynced(request.source, request.at);
        return {};
      case "prune": {
        const { pruned, isChanged } = this.#retention.prune(request.now);
        return this.#changed(Number(isChanged), { pruned, hooksChanged: isChanged });
      }
      case "checkpoint":
        return {};
    }
  }

  #changed(howMany: number, written: Written): Written {
    if (howMany > 0) this.#state.revision++;
    return written;
  }
}

function failure(failed: string): Failed {
  return { failed, code: "STORE_WRITE_FAILED" };
}

function noChanges(): WrittenChanges {
  return { seqs: [], jsons: [], ignored: [], before: [] };
}
