// A map that keeps what was lately set or read: two generations, of which the elder is dropped as a whole.
// Holds at least the last `size` keys touched and at most twice as many; nothing is moved one by one.

export class RecentMap<Value> {
  readonly #size: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Looks at every value. */
  deleteWhere(isGone: (value: Value) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [key, value] of generation) if (isGone(value)) generation.delete(key);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
