// How fast a WebSocket is heard: each, and all of one caller together, so that no flood of messages takes the event loop.
// Nothing is refused for it: who says too much at once is heard on a little later.
import { TokenBucket } from "limiter";
import { LRUCache } from "lru-cache";
import type { Rate } from "../../events/rate.ts";

const MIB = 1024 * 1024;
/** Bytes that a message, a ping or a pong counts for beside its own: it is work, however short. */
const MESSAGE = 1024;
/** Of one socket: 10,000 subscriptions at once, and 2,000 messages in a second from then on. */
const OWN: Rate = { perSecond: 2 * MIB, burst: 16 * MIB };
/** Of all sockets of a caller: 40,000 messages at once, as when a backend with thousands of them comes back. */
const SHARED: Rate = { perSecond: 8 * MIB, burst: 64 * MIB };
const MAX_CALLERS = 20_000;

export class Pace {
  readonly #buckets: readonly TokenBucket[];

  constructor(...buckets: readonly TokenBucket[]) {
    this.#buckets = buckets;
  }

  /** For how long nothing more is to be heard, in ms; 0 for not at all. */
  heard(bytes: number): number {
    let wait = 0;
    for (const bucket of this.#buckets) {
      bucket.drip();
      bucket.content -= bytes; // it is heard already: what is too much is owed
      wait = Math.max(wait, (-bucket.content / bucket.tokensPerInterval) * bucket.interval);
    }
    return Math.ceil(wait);
  }

  heardMessage(): number {
    return this.heard(MESSAGE);
  }
}

export class Paces {
  readonly #shared = new LRUCache<string, TokenBucket>({ max: MAX_CALLERS });

  /** For one more socket of the caller. */
  of(caller: string): Pace {
    const shared = this.#shared.get(caller) ?? full(SHARED);
    this.#shared.set(caller, shared);
    return new Pace(full(OWN), shared);
  }
}

function full({ perSecond, burst }: Rate): TokenBucket {
  const bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval: perSecond, interval: "second" });
  bucket.content = burst;
  return bucket;
}
