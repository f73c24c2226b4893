// Turns for work that takes long: so much of it at a time, and of those who wait one of each caller after the other.
// A caller with a thousand pieces of work waits for them itself; the one of somebody else is next but one.

interface Waiting {
  readonly begin: () => void;
}

export class FairTurns {
  readonly #atOnce: number;
  readonly #perCaller: number;
  /** Who waits, in the order in which it is their turn. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;

  /** `perCaller`: how much of one caller's may wait. */
  constructor({ atOnce, perCaller }: { readonly atOnce: number; readonly perCaller: number }) {
    this.#atOnce = atOnce;
    this.#perCaller = perCaller;
  }

  /** undefined when too much of the caller's waits already. */
  run<Result>(caller: string, task: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running < this.#atOnce) {
      this.#running++;
      return this.#finish(task());
    }
    const waiting = this.#waiting.get(caller) ?? [];
    if (waiting.length >= this.#perCaller) return undefined;
    this.#waiting.set(caller, waiting);
    return new Promise((resolve, reject) => {
      waiting.push({ begin: () => void this.#finish(task()).then(resolve, reject) });
    });
  }

  #finish<Result>(task: Promise<Result>): Promise<Result> {
    // By way of the event loop: work that never waits would else begin the next, and that the next, before anybody is heard.
    return task.finally(() => setImmediate(() => this.#next()));
  }

  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#running--;
      return;
    }
    const [caller, waiting] = first;
    this.#waiting.delete(caller);
    const next = waiting.shift();
    if (waiting.length > 0) this.#waiting.set(caller, waiting); // behind the others
    next?.begin();
  }
}
