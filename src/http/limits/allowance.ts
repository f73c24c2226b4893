// What each caller has left of something that comes in at a rate: a token bucket for each, full when the caller first comes.
// The callers remembered are bounded in number: who has not come for the longest time is forgotten, and then begins anew.
import { TokenBucket } from "limiter";
import { LRUCache } from "lru-cache";
import type { Rate } from "../../events/rate.ts";

/** The state of a caller's bucket. Seconds are whole. */
export interface Remaining {
  readonly limit: number;
  readonly remaining: number;
  /** Until the bucket is full again, or, when it was too empty, until it is worth trying again. */
  readonly reset: number;
}

export interface Taken extends Remaining {
  readonly isRefused: boolean;
}

/** A bucket takes some 200 bytes. */
const MAX_CALLERS = 20_000;

export class Allowance {
  readonly rate: Rate;
  readonly #buckets: LRUCache<string, TokenBucket>;

  constructor(rate: Rate, maxCallers = MAX_CALLERS) {
    this.rate = rate;
    this.#buckets = new LRUCache({ max: maxCallers });
  }

  /** What is more than a bucket holds takes all of a full one: it is never out of reach. */
  take(caller: string, amount: number): Taken {
    const bucket = this.#bucketOf(caller);
    const tokens = Math.min(amount, this.rate.burst);
    const isRefused = !bucket.tryRemoveTokens(tokens);
    return this.#stateOf(bucket, isRefused, isRefused ? tokens : this.rate.burst);
  }

  /** What was taken and not used after all. */
  giveBack(caller: string, amount: number): void {
    const bucket = this.#bucketOf(caller);
    bucket.content = Math.min(this.rate.burst, bucket.content + amount);
  }

  #stateOf({ content }: TokenBucket, isRefused: boolean, until: number): Taken {
    const { burst, perSecond } = this.rate;
    const reset = Math.max(isRefused ? 1 : 0, Math.ceil((until - content) / perSecond));
    return { isRefused, limit: burst, remaining: Math.floor(content), reset };
  }

  #bucketOf(caller: string): TokenBucket {
    const known = this.#buckets.get(caller);
    if (known) return known;
    const { burst, perSecond } = this.rate;
    const bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval: perSecond, interval: "second" });
    bucket.content = burst;
    this.#buckets.set(caller, bucket);
    return bucket;
  }
}
