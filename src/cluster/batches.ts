// Batches: what arrives within a short while is delivered together. Deliveries begin in order, a few are under way at once.
// The first failed delivery ends it: no other is begun, none behind it counts as delivered, and whoever waits is told.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { Clock } from "./clock.ts";

export interface BatchOptions<T> {
  readonly clock: Clock;
  /** Most items of one delivery. */
  readonly size: number;
  /** Most deliveries under way at once. Only a full one is begun beside others; what is less waits for all of them. */
  readonly abreast: number;
  /** How long the first item of a batch waits for others, unless the batch is full before. */
  readonly delay: Millis;
  readonly deliver: (items: readonly T[]) => Promise<void>;
  /** Called in order, when all that was taken by then is delivered; awaited like the delivery itself. */
  readonly delivered: (takenBy: Instant) => Promise<void>;
  /** Called once when a delivery has failed. */
  readonly failed: (error: unknown) => void;
}

export class Batches<T> {
  readonly #options: BatchOptions<T>;
  #pending: T[] = [];
  /** The first batch after a silence, while it waits for others. */
  #gathering: Promise<void> | undefined;
  #hurry = new AbortController();
  /** Each ends after those before it, and none rejects. */
  readonly #underWay: Promise<void>[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(options: BatchOptions<T>) {
    this.#options = options;
  }

  /** Whether everything taken is delivered. */
  get idle(): boolean {
    return this.#gathering === undefined && this.#underWay.length === 0;
  }

  /** Takes an item; resolves at once while there is room, and else when something that came before is delivered. */
  async add(item: T): Promise<void> {
    this.#pending.push(item);
    if (this.idle) this.#gathering = this.#gather();
    if (this.#pending.length < this.#options.size) return;
    if (this.#gathering) await this.#gatherNoMore();
    this.#begin();
    while (this.#pending.length >= this.#options.size) await this.#underWay[0];
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when everything taken is delivered; rejects with the error of a delivery that failed. */
  async flush(): Promise<void> {
    await this.#gatherNoMore();
    while (!this.idle) await this.#underWay.at(-1);
    if (this.#failure) throw this.#failure.error;
  }

  async #gather(): Promise<void> {
    const { clock, delay } = this.#options;
    this.#hurry = new AbortController();
    await clock.sleep(delay, this.#hurry.signal);
    this.#gathering = undefined;
    this.#begin();
  }

  async #gatherNoMore(): Promise<void> {
    this.#hurry.abort();
    await this.#gathering;
  }

  #begin(): void {
    const { size, abreast } = this.#options;
    if (this.#failure) this.#pending = [];
    while (this.#pending.length > 0 && this.#underWay.length < abreast && !this.#gathering) {
      if (this.#pending.length < size && this.#underWay.length > 0) return;
      this.#underWay.push(this.#deliver(this.#pending.splice(0, size), this.#underWay.at(-1)));
    }
  }

  async #deliver(items: readonly T[], before: Promise<void> | undefined): Promise<void> {
    const { clock, deliver, delivered, failed } = this.#options;
    const takenBy = clock.now();
    const outcome = await Promise.allSettled([deliver(items), before]).then(([own]) => own);
    try {
      if (outcome.status === "rejected") throw outcome.reason;
      if (!this.#failure) await delivered(takenBy);
    } catch (error) {
      if (!this.#failure) failed(error);
      this.#failure ??= { error };
    } finally {
      this.#underWay.shift();
      this.#begin();
    }
  }
}
