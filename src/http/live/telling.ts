// How things are told to all who are told them alike, whatever else lets them through: one execution and one encoding for each.
// What was made lately is kept for those who are behind.
import { LRUCache } from "lru-cache";
import type { GraphContext } from "../../graph/context.ts";
import { keyOf, type Told } from "../../graph/live.ts";
import type { Opened } from "../../graph/liveOperation.ts";
import type { Chunk } from "./framing.ts";
import type { Encoder, Message } from "./message.ts";

/** Messages and chunks made lately: least recently used first to go. */
export type Encoded = LRUCache<string, Message | Chunk>;

export function createEncoded(maxBytes: number): Encoded {
  return new LRUCache({
    maxSize: maxBytes,
    sizeCalculation: (made, key) => key.length + 100 + ("text" in made ? made.text.length : made.length),
  });
}

export interface TellingOptions {
  readonly id: number;
  readonly tell: Opened["tell"];
  readonly encoder: Encoder;
  /** A context for one step of telling. */
  readonly contextOf: () => GraphContext;
  readonly encoded: Encoded;
}

export interface Keeping {
  /** Whether it may have been told before, so lately that it is still there. */
  readonly isLately: boolean;
  /** Whether what is made is kept for others. */
  readonly areKept: boolean;
}

export class Telling {
  readonly #options: TellingOptions;
  /** Under way: several channels come to the same change in one turn of the loop. */
  readonly #making = new Map<string, Promise<Message>>();

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** The messages of what is to be told. Of what was told lately, those that were kept are not made again. */
  messages(told: readonly Told[], { isLately, areKept }: Keeping): Promise<readonly Message[]> {
    const { encoded, id, contextOf } = this.#options;
    let context: GraphContext | undefined;
    const make = (each: Told, key?: string) => {
      context ??= contextOf();
      return this.#make(each, context, key);
    };
    return Promise.all(
      told.map((each) => {
        const own = isLately ? keyOf(each) : undefined; // who has much to catch up with is spared a text for each
        if (own === undefined) return make(each);
        const key = `${id} ${own}`;
        const known = (encoded.get(key) as Message | undefined) ?? this.#making.get(key); // under such a key there are only messages
        return known ?? make(each, areKept ? key : undefined);
      }),
    );
  }

  async #make({ tell, place }: Told, context: GraphContext, key?: string): Promise<Message> {
    const { tell: execute, encoder } = this.#options;
    const making = execute(tell, context).then((result): Message => ({ ...encoder.encode(result), place }));
    if (key === undefined) return making;
    this.#making.set(key, making);
    try {
      const message = await making;
      this.#options.encoded.set(key, message);
      return message;
    } finally {
      this.#making.delete(key);
    }
  }
}
