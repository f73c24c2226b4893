// Virtual time: what happens when, in order of time and, at the same instant, in order of asking.
// Promises: the same asks give the same order however coarsely `runUntil` is stepped; nothing here reads a clock.

/** Something that goes on over time: each yielded number is a wait in milliseconds. */
export type Script = Generator<number, void, undefined>;

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export class Timeline {
  /** A binary heap, the soonest entry first. */
  private readonly heap: Entry[] = [];
  private order = 0;
  private present: number;

  constructor(start: number) {
    this.present = start;
  }

  /** While an action runs: the instant it was asked for. Between runs: where the last run ended. */
  get now(): number {
    return this.present;
  }

  /** When the next thing happens, if anything is still to come. */
  get next(): number | undefined {
    return this.heap[0]?.at;
  }

  get pending(): number {
    return this.heap.length;
  }

  /** Asks for an action at an instant; what lies in the past happens as soon as possible. */
  schedule(at: number, action: () => void): void {
    const entry: Entry = { at: Math.max(at, this.present), order: this.order, action };
    this.order += 1;
    let index = this.heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.heap[above];
      if (parent === undefined || !before(entry, parent)) break;
      this.heap[index] = parent;
      index = above;
    }
    this.heap[index] = entry;
  }

  /** Plays a script from this instant on, and calls `ended` when it is over. */
  play(script: Script, ended?: () => void): void {
    const { done, value } = script.next();
    if (done === true) ended?.();
    else this.schedule(this.present + value, () => this.play(script, ended));
  }

  /** Lets everything happen that is due by `until`, and moves there. Time never goes back. Answers how much happened. */
  runUntil(until: number): number {
    let ran = 0;
    for (let entry = this.heap[0]; entry !== undefined && entry.at <= until; entry = this.heap[0]) {
      this.removeFirst();
      this.present = entry.at;
      entry.action();
      ran += 1;
    }
    this.present = Math.max(this.present, until);
    return ran;
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const first = this.heap[left];
      if (first === undefined) break;
      const second = this.heap[right];
      const [smaller, at] = second !== undefined && before(second, first) ? [second, right] : [first, left];
      if (!before(smaller, last)) break;
      this.heap[index] = smaller;
      index = at;
    }
    this.heap[index] = last;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
