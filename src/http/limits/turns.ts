// Tasks of which so many run at a time; the others wait for their turn, in order.

export class Turns {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get isBusy(): boolean {
    return this.#running >= this.#max;
  }

  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.isBusy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift(); // who waited takes the turn over
      if (next) next();
      else this.#running--;
    }
  }
}
