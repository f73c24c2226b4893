// Keeps the log short without making the writer wait for the file: most of it is moved by a thread beside it, and the
// writer moves the rest, which is what lets the log begin anew. Only when much is written fast; else the writer does it all.
import type { WrittenChanges } from "./messages.ts";
import type { Thread } from "./thread.ts";

/** Characters of changes after which the log is moved: some 7,000 pages of it, before SQLite would by itself. */
const MOVED_TOGETHER = 5 * 1024 * 1024;

/** What takes longer to come together is not worth a thread. */
const FAST_MILLIS = 60_000;

export class Checkpoints {
  readonly #thread: Thread<"checkpoint", "done">;
  readonly #finish: () => Promise<unknown>;
  readonly #elapsed: () => number;
  #characters = 0;
  #began = 0;
  #running: Promise<void> | undefined;

  /** `finish` has the writer move what is left; `elapsed` tells passing time in ms. */
  constructor(thread: Thread<"checkpoint", "done">, finish: () => Promise<unknown>, elapsed: () => number) {
    this.#thread = thread;
    this.#finish = finish;
    this.#elapsed = elapsed;
  }

  committed(written: readonly WrittenChanges[]): void {
    const now = this.#elapsed();
    if (this.#characters === 0 || now - this.#began > FAST_MILLIS) {
      this.#characters = 0;
      this.#began = now;
    }
    for (const { jsons } of written) for (const { length } of jsons) this.#characters += length;
    if (this.#characters < MOVED_TOGETHER || this.#running) return;
    this.#characters = 0;
    this.#running = this.#run();
  }

  /** Waits for what is under way, and ends the thread. */
  async stop(): Promise<void> {
    await this.#running;
    await this.#thread.stop();
  }

  async #run(): Promise<void> {
    try {
      await this.#thread.ask("checkpoint");
      await this.#finish();
    } catch {
      // the writer moves the log when it has grown too long
    } finally {
      this.#running = undefined;
    }
  }
}
