// What is wrong with a delivery: every fault with its place, so that a sender is told of all of them at once.
// Only the first hundred are kept, however large a delivery is.

export interface Fault {
  /** `alerts[2].labels`, `[0].id`, `ce-time`; empty for the body as a whole. */
  readonly path: string;
  /** Begins with the path; what is wrong, and what would be right. */
  readonly message: string;
}

const MOST_KEPT = 100;

export class Faults {
  readonly #kept: Fault[] = [];
  #count = 0;

  get any(): boolean {
    return this.#count > 0;
  }

  get list(): readonly Fault[] {
    const more = this.#count - this.#kept.length;
    return more === 0 ? this.#kept : [...this.#kept, { path: "", message: `and ${more} more faults` }];
  }

  note(path: string, what: string): void {
    this.#count++;
    if (this.#kept.length < MOST_KEPT) this.#kept.push({ path, message: path === "" ? what : `${path}: ${what}` });
  }
}
