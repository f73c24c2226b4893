// Where a stream goes on when its connection is made anew: right behind what was told last, or where it has begun.
// Whoever was told nothing yet has begun all the same, and misses nothing either.
import type { Operation } from "./query.ts";

/** A subscription that can be resumed, and the variables that say from where. */
export interface StreamOperation extends Operation {
  /** The one field that it asks for. */
  readonly field: string;
  /** The variable that takes a cursor, to resume behind it. */
  readonly resumes: string;
  /** The variable that takes a duration, to begin so long ago. */
  readonly begins: string;
}

type Variables = Readonly<Record<string, unknown>>;

export class Place {
  readonly #operation: StreamOperation;
  readonly #asked: Variables;
  readonly #now: () => number;
  #cursor: string | undefined;
  #beganAt: number | undefined;

  constructor(operation: StreamOperation, asked: Variables, now: () => number) {
    this.#operation = operation;
    this.#asked = asked;
    this.#now = now;
    const given = asked[operation.resumes];
    this.#cursor = typeof given === "string" ? given : undefined;
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** What to subscribe with now. */
  variables(): Variables {
    const { resumes, begins } = this.#operation;
    const { [begins]: since, ...rest } = this.#asked;
    if (this.#cursor !== undefined) return { ...rest, [resumes]: this.#cursor };
    if (this.#beganAt === undefined) return this.#asked;
    const elapsed = Math.max(1, Math.ceil(this.#now() - this.#beganAt));
    return { ...rest, [begins]: `${since ?? ""}${elapsed}ms` }; // durations may have several parts
  }

  /** Subscribes now. `head` is where the gateway says its changes have come to, when it does. */
  begin(head: string | undefined): void {
    if (this.#beganAt !== undefined) return;
    this.#beganAt = this.#now();
    if (this.#cursor === undefined && this.#asked[this.#operation.begins] == null) this.#cursor = head;
  }

  told(cursor: string): void {
    this.#cursor = cursor;
  }
}
