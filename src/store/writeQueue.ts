// What is to be written, in order: one message to the writing thread at a time, and what comes meanwhile goes together.
// So the more there is to write, the fewer commits it takes; each call still succeeds or fails by itself.
import type { Failed, Standing, WriteRequest, Written } from "./messages.ts";
import { StoreError } from "./storeError.ts";
import type { Thread } from "./thread.ts";

export interface Commit {
  readonly results: readonly (Written | Failed)[];
  readonly standing: Standing;
}

/** Observations that one message may hold together; a longer request goes alone. */
const TOGETHER = 2000;

interface Waiting {
  readonly request: WriteRequest;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

interface Answered {
  readonly batch: readonly Waiting[];
  /** undefined when the thread died of it. */
  readonly commit?: Commit;
  readonly error?: unknown;
}

export class WriteQueue {
  readonly #thread: Thread<readonly WriteRequest[], Commit>;
  readonly #committed: (commit: Commit) => void;
  readonly #waiting: Waiting[] = [];
  #run: Promise<void> | undefined;

  /** `committed` is called after each commit, before anybody who waits for it goes on. */
  constructor(thread: Thread<readonly WriteRequest[], Commit>, committed: (commit: Commit) => void) {
    this.#thread = thread;
    this.#committed = committed;
  }

  write(request: WriteRequest): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#run ??= this.#drain();
    });
  }

  /** Resolves when nothing is waiting. */
  async idle(): Promise<void> {
    await this.#run;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // so that all of this tick goes together
    for (let asked = this.#ask(); asked; ) {
      const answered = await asked;
      const isWhole = answered.commit?.results.every((result) => !("failed" in result)) ?? false;
      // The thread goes on with the next while this thread tells of these; unless the next must be refused.
      const next: Promise<Answered> | undefined = isWhole ? this.#ask() : undefined;
      this.#settle(answered);
      asked = next ?? this.#ask();
    }
    this.#run = undefined;
  }

  /** undefined when nothing is waiting. */
  #ask(): Promise<Answered> | undefined {
    const batch = this.#next();
    if (batch.length === 0) return undefined;
    return this.#thread.ask(batch.map(({ request }) => request)).then(
      (commit) => ({ batch, commit }),
      (error: unknown) => ({ batch, error }),
    );
  }

  #settle({ batch, commit, error }: Answered): void {
    if (commit) this.#committed(commit);
    for (const [index, waiting] of batch.entries()) {
      const result = commit?.results[index];
      if (!commit) this.#reject(waiting, error);
      else if (!result || "failed" in result) this.#reject(waiting, failure(result));
      else waiting.resolve(result);
    }
  }

  /** With observations that are not stored, those that wait behind them are refused: the statuses follow from the order. */
  #reject(failed: Waiting, error: unknown): void {
    failed.reject(error);
    if (failed.request.kind !== "append") return;
    const refused = this.#waiting.filter(({ request }) => request.kind === "append");
    for (const { reject } of refused) reject(error);
    const kept = this.#waiting.filter(({ request }) => request.kind !== "append");
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  #next(): Waiting[] {
    let observations = 0;
    const size = this.#waiting.findIndex(({ request }, index) => {
      observations += request.kind === "append" ? request.batch.ids.length : 0;
      return index > 0 && observations > TOGETHER;
    });
    return this.#waiting.splice(0, size < 0 ? this.#waiting.length : size);
  }
}

function failure(result: Failed | undefined): StoreError {
  return new StoreError(result?.code ?? "STORE_WRITE_FAILED", `nothing was stored: ${result?.failed ?? "no answer"}`);
}
