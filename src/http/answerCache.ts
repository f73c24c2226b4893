// Answers already given, served again while nothing has changed: bounded in bytes, least recently used first to go.
// An answer holds for one revision of the store; one that read the clock also grows old by itself within a second.
// What is asked for once is not kept: most requests differ, and keeping their answers would cost more than making them.
import { LRUCache } from "lru-cache";
import { fnv1a } from "./fnv1a.ts";

export interface CachedAnswer {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface Kept<Answer> {
  readonly answer: Answer;
  readonly revision: number;
  /** By the cache's clock; Infinity when it does not depend on time. */
  readonly goodUntil: number;
}

export interface AnswerCacheOptions {
  readonly maxBytes: number;
  /** What answers are made from: they hold while its revision stands. */
  readonly store: { readonly revision: number };
  readonly clock: () => number;
}

/** For how long an answer such as "the last 24 hours" may be repeated. */
const TIME_DEPENDENT_MS = 1_000;
/** An answer larger than this part of the cache would only push others out. */
const LARGEST_PART = 8;

/** So many places there are for keys asked for lately, each for the latest of those that fall on it. */
const REMEMBERED = 16_384;

/** How often an answer was asked for, and there or not. */
export interface CacheCounts {
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
}

export class AnswerCache<Answer extends CachedAnswer = CachedAnswer> {
  readonly #kept: LRUCache<string, Kept<Answer>>;
  /** Hashes: the keys themselves would grow old here. Of four thousand million one is taken for another, and kept for nothing. */
  readonly #asked = new Uint32Array(REMEMBERED);
  readonly #store: AnswerCacheOptions["store"];
  readonly #clock: () => number;
  #hits = 0;
  #misses = 0;

  constructor({ maxBytes, store, clock }: AnswerCacheOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes / LARGEST_PART),
      sizeCalculation: ({ answer }, key) => answer.body.length + key.length * 2 + 500,
    });
  }

  /** To be read before an answer is made: what changes while it is made then counts as a change. */
  get revision(): number {
    return this.#store.revision;
  }

  get counts(): CacheCounts {
    return { entries: this.#kept.size, hits: this.#hits, misses: this.#misses };
  }

  get(key: string): Answer | undefined {
    const answer = this.#current(key);
    if (answer) this.#hits++;
    else this.#misses++;
    return answer;
  }

  /** Whether the answer is worth keeping: it was asked for before. Asking remembers that it was. */
  isWanted(key: string): boolean {
    const hash = fnv1a(key) || 1; // 0 is nobody's
    const place = hash % REMEMBERED;
    if (this.#asked[place] === hash) return true;
    this.#asked[place] = hash;
    return false;
  }

  /** `revision` is that of before the answer was made. */
  set(key: string, answer: Answer, made: { readonly revision: number; readonly dependsOnTime: boolean }): void {
    if (made.revision !== this.#store.revision) return;
    const goodUntil = made.dependsOnTime ? this.#clock() + TIME_DEPENDENT_MS : Number.POSITIVE_INFINITY;
    this.#kept.set(key, { answer, revision: made.revision, goodUntil });
  }

  #current(key: string): Answer | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    if (kept.revision === this.#store.revision && this.#clock() < kept.goodUntil) return kept.answer;
    this.#kept.delete(key);
    return undefined;
  }
}
