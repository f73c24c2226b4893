// Batches: what arrives within a short while is delivered together, in order, one delivery at a time.
// The first failed delivery ends it: nothing more is delivered, and whoever waits is told.
import type { Millis } from "../events/duration.ts";
import type { Clock } from "./clock.ts";

export interface BatchOptions<T> {
  readonly clock: Clock;
  /** Most items of one delivery. */
  readonly size: number;
  /** How long the first item of a batch waits for others, unless the batch is full before. */
  readonly delay: Millis;
  readonly deliver: (items: readonly T[]) => Promise<void>;
  /** Called once when a delivery has failed. */
  readonly failed: (error: unknown) => void;
}

export class Batches<T> {
  readonly #options: BatchOptions<T>;
  #pending: T[] = [];
  #delivering: Promise<void> | undefined;
  #hurry = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: BatchOptions<T>) {
    this.#options = options;
  }

  /** Whether everything taken is delivered. */
  get idle(): boolean {
    return this.#delivering === undefined;
  }

  /** Takes an item; resolves at once while there is room, and else when what came before is delivered. */
  async add(item: T): Promise<void> {
    this.#pending.push(item);
    this.#delivering ??= this.#deliverAll();
    if (this.#pending.length >= this.#options.size) await this.flush();
  }

  /** Resolves when everything taken is delivered; rejects with the error of a delivery that failed. */
  async flush(): Promise<void> {
    this.#hurry.abort();
    await this.#delivering;
    if (this.#failure) throw this.#failure.error;
  }

  async #deliverAll(): Promise<void> {
    const { clock, size, delay, deliver, failed } = this.#options;
    this.#hurry = new AbortController();
    await clock.sleep(delay, this.#hurry.signal);
    try {
      while (this.#pending.length > 0 && !this.#failure) await deliver(this.#pending.splice(0, size));
    } catch (error) {
      this.#failure = { error };
      failed(error);
    } finally {
      this.#delivering = undefined;
      if (this.#failure) this.#pending = [];
    }
  }
}
