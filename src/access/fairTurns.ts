// Turns for work that takes long: so much of it at a time, and of those who wait one of each caller after the other.
// A caller with a thousand pieces of work waits for them itself; the one of somebody else is next but one.

interface Waiting {
  readonly begin: () => void;
}

const SLICE_MS = 5;

export class FairTurns {
  readonly #atOnce: number;
  readonly #perCaller: number;
  /** Who waits, in the order in which it is their turn. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  /** Until when work goes on before the event loop turns; undefined when it has just turned. */
  #sliceEnd: number | undefined;

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

  /** Work that never waits would begin the next, and that the next: after a while whoever waits for the event loop comes first. */
  #finish<Result>(task: Promise<Result>): Promise<Result> {
    return task.finally(() => {
      this.#sliceEnd ??= this.#beginSlice();
      if (this.#waiting.size > 0 && performance.now() > this.#sliceEnd) setImmediate(() => this.#next());
      else this.#next();
    });
  }

  #beginSlice(): number {
    setImmediate(() => {
      this.#sliceEnd = undefined;
    });
    return performance.now() + SLICE_MS;
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
