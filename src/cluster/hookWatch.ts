// The hooks of the cluster, told to a sink as they are: whole after each list, one by one in between.
// With several namespaces the sink still sees one list of all, told once each namespace has answered.
import { type Hook, hookPath } from "../events/hook.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { hookOf } from "./hookObjects.ts";
import { type Changed, ListWatch, type ListWatchHandler } from "./listWatch.ts";
import type { Log } from "./log.ts";
import type { LoopStatus } from "./loopStatus.ts";

/** Where hooks go. One call at a time; each is awaited. */
export interface HookSink {
  hooksListed(hooks: readonly Hook[]): Promise<void>;
  hookChanged(hook: Hook): Promise<void>;
  hookDeleted(hook: Hook): Promise<void>;
}

export interface HookWatchOptions {
  readonly connection: Connection;
  /** Empty: all of them. */
  readonly namespaces: readonly string[];
  readonly sink: HookSink;
  readonly clock: Clock;
  readonly log: Log;
}

interface Loop {
  readonly loop: ListWatch<Hook>;
  /** undefined until its first list. */
  hooks: Map<string, Hook> | undefined;
}

export class HookWatch {
  readonly #sink: HookSink;
  readonly #loops: readonly Loop[];
  #turn: Promise<void> = Promise.resolve();

  constructor({ connection, namespaces, sink, clock, log }: HookWatchOptions) {
    this.#sink = sink;
    const paths = namespaces.length === 0 ? [hooksPath()] : namespaces.map(hooksPath);
    this.#loops = paths.map((path) => {
      const loop: Loop = {
        loop: new ListWatch<Hook>({
          connection,
          path,
          handler: this.#handler(() => loop),
          clock,
          log,
          syncedAt: null,
        }),
        hooks: undefined,
      };
      return loop;
    });
  }

  /** Resolves when the hooks are told for the first time, or when it is certain that there are none to be had. */
  get ready(): Promise<void> {
    return Promise.all(this.#loops.map(({ loop }) => loop.settled)).then(() => undefined);
  }

  status(): readonly LoopStatus[] {
    return this.#loops.map(({ loop }) => loop.status());
  }

  /** Resolves once the signal has aborted and what was being told is told. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#loops.map(({ loop }) => loop.run(signal)));
  }

  #handler(own: () => Loop): ListWatchHandler<Hook> {
    return {
      map: hookOf,
      listed: (hooks) =>
        this.#inTurn(async () => {
          own().hooks = new Map(hooks.map((hook) => [hookPath(hook), hook]));
          const known = this.#loops.map((loop) => loop.hooks);
          // A namespace that has not answered may still have hooks; a whole list without it would end them.
          if (known.every((of) => of !== undefined))
            await this.#sink.hooksListed(known.flatMap((of) => [...of.values()]));
          else for (const hook of hooks) await this.#sink.hookChanged(hook);
        }),
      changed: (changes) =>
        this.#inTurn(async () => {
          for (const change of changes) await this.#change(own(), change);
        }),
    };
  }

  async #change({ hooks }: Loop, { type, item }: Changed<Hook>): Promise<void> {
    if (type === "DELETED") {
      hooks?.delete(hookPath(item));
      await this.#sink.hookDeleted(item);
    } else {
      hooks?.set(hookPath(item), item);
      await this.#sink.hookChanged(item);
    }
  }

  async #inTurn(tell: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(tell);
    this.#turn = turn.catch(() => undefined); // the caller learns of it
    await turn;
  }
}

function hooksPath(namespace?: string): string {
  const below = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/kagent.dev/v1alpha2${below}/hooks`;
}
