// The channels there are, by what they tell and to whom it may be told. A channel lives while it has members.
import type { GraphContext } from "../../graph/context.ts";
import type { Opened } from "../../graph/liveOperation.ts";
import { Channel } from "./channel.ts";
import type { Encoder } from "./message.ts";
import type { Caller } from "./streamAccess.ts";
import { createEncoded, Telling } from "./telling.ts";

/** What is kept encoded for those who are behind, in characters. */
const ENCODED_BYTES = 16 * 1024 * 1024;

export interface ChannelsOptions {
  /** A context for one step of telling: under the id of whoever opened the channel. */
  readonly contextOf: (requestId: string, seeing: Caller["seeing"]) => GraphContext;
}

export class Channels {
  readonly #contextOf: ChannelsOptions["contextOf"];
  readonly #channels = new Map<string, Channel>();
  readonly #tellings = new Map<string, { readonly telling: Telling; channels: number }>();
  readonly #encoded = createEncoded(ENCODED_BYTES);
  #made = 0;

  constructor({ contextOf }: ChannelsOptions) {
    this.#contextOf = contextOf;
  }

  get size(): number {
    return this.#channels.size;
  }

  /** Nothing is shared by callers of other rights. */
  of(
    opened: Opened,
    encoder: Encoder,
    { rights, seeing }: Pick<Caller, "rights" | "seeing">,
    requestId: string,
  ): Channel {
    const contextOf = () => this.#contextOf(requestId, seeing);
    const key = `${encoder.key}\n${rights}\n${opened.key}`;
    const known = this.#channels.get(key);
    if (known) return known;
    const tellingKey = `${encoder.key}\n${rights}\n${opened.tellingKey}`;
    const channel = new Channel({
      id: ++this.#made,
      opened,
      telling: this.#telling(tellingKey, opened, encoder, contextOf),
      encoded: this.#encoded,
      ended: () => {
        if (this.#channels.get(key) !== channel) return;
        this.#channels.delete(key);
        this.#untell(tellingKey);
      },
    });
    this.#channels.set(key, channel);
    return channel;
  }

  #telling(key: string, { tell }: Opened, encoder: Encoder, contextOf: () => GraphContext): Telling {
    const made = () => new Telling({ id: ++this.#made, tell, encoder, contextOf, encoded: this.#encoded });
    const shared = this.#tellings.get(key) ?? { telling: made(), channels: 0 };
    shared.channels++;
    this.#tellings.set(key, shared);
    return shared.telling;
  }

  #untell(key: string): void {
    const shared = this.#tellings.get(key);
    if (shared && --shared.channels === 0) this.#tellings.delete(key);
  }
}
