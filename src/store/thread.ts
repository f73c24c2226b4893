// A worker thread that is asked and answers, one ticket a question. It is started when first needed, and again after it died.
// When it dies, every question that was open fails; none is asked twice.
import { Worker } from "node:worker_threads";
import type { Envelope } from "./messages.ts";
import { messageOf, StoreError, type StoreErrorCode } from "./storeError.ts";

export interface ThreadOptions<Answer> {
  /** What the thread is called in errors. */
  readonly name: string;
  /** What it runs. */
  readonly file: URL;
  readonly data: unknown;
  /** What a question fails with when the thread dies. */
  readonly failure: StoreErrorCode;
  /** Called with what the thread says when it has started, before any answer. */
  readonly onStart?: (greeting: Answer) => void;
}

interface Open<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: StoreError) => void;
}

interface Running<Answer> {
  readonly worker: Worker;
  readonly started: Promise<void>;
  readonly open: Map<number, Open<Answer>>;
}

/** What a thread makes is short-lived; a small nursery costs it no time and saves some 25 MB. */
const LIMITS = { maxYoungGenerationSizeMb: 12 };

/** The ticket of what a thread says when it has started. */
const GREETING = 0;

export class Thread<Question, Answer> {
  readonly #options: ThreadOptions<Answer>;
  #running: Running<Answer> | undefined;
  #ticket = GREETING;

  constructor(options: ThreadOptions<Answer>) {
    this.#options = options;
  }

  /** Resolves when the thread is ready; rejects when it cannot start. */
  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#running.started;
  }

  async ask(question: Question): Promise<Answer> {
    await this.start();
    const running = this.#running;
    if (!running) throw this.#failed("it ended");
    const ticket = ++this.#ticket;
    return new Promise((resolve, reject) => {
      running.open.set(ticket, { resolve, reject });
      running.worker.postMessage({ ticket, body: question } satisfies Envelope<Question>);
    });
  }

  /** Asks the thread to end after what it was asked before, and waits until it has. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    const exited = new Promise((resolve) => running.worker.once("exit", resolve));
    running.worker.postMessage({ ticket: GREETING, body: "close" } satisfies Envelope<"close">);
    await exited;
  }

  #run(): Running<Answer> {
    const worker = new Worker(this.#options.file, { workerData: this.#options.data, resourceLimits: LIMITS });
    const open = new Map<number, Open<Answer>>();
    const started = new Promise<void>((resolve, reject) => {
      open.set(GREETING, {
        resolve: (greeting) => {
          this.#options.onStart?.(greeting);
          resolve();
        },
        reject,
      });
    });
    worker.on("message", ({ ticket, body }: Envelope<Answer>) => {
      const asked = open.get(ticket);
      open.delete(ticket);
      asked?.resolve(body);
    });
    let reason = "it ended";
    worker.on("error", (error) => {
      reason = messageOf(error);
    });
    worker.on("exit", () => {
      if (this.#running?.worker === worker) this.#running = undefined;
      for (const { reject } of open.values()) reject(this.#failed(reason));
      open.clear();
    });
    return { worker, started, open };
  }

  #failed(reason: string): StoreError {
    return new StoreError(this.#options.failure, `the store's ${this.#options.name} failed: ${reason}`);
  }
}
