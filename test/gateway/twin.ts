// An API before a store whose callers may see some namespaces alone, over real HTTP; what they may see is a table here.
// Twins have the same of one namespace, and one of them has more: whoever sees that one alone can not tell them apart.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { guardedAccess } from "../../src/access/access.ts";
import { AccessCounts } from "../../src/access/accessCounts.ts";
import { Authentication } from "../../src/access/authentication.ts";
import type { Authenticator } from "../../src/access/authenticator.ts";
import { type Attempt, Authorization } from "../../src/access/authorization.ts";
import { KnownNamespaces } from "../../src/access/knownNamespaces.ts";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import type { Hook } from "../../src/events/hook.ts";
import { bundledDefinition } from "../../src/hooks/bundledDefinition.ts";
import { type ApiOptions, createApi } from "../../src/http/api.ts";
import { createHttpServer } from "../../src/http/server.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { EventStore } from "../../src/store/store.ts";
import { EVENT_TYPES } from "../graph/harness.ts";
import { QUIET_OPERATOR, quietHealth } from "../graph/quietOperator.ts";
import { NOW } from "../graph/seededStore.ts";
import { keptLog, type LogLine } from "../http/listening.ts";

export const MINE = "mine" as const;
/** In every name and text of what others have, and in nothing else. */
export const SECRET = /secret/i;

/** By their tokens; whoever has none of these is nobody. */
export const CALLERS = ["mine", "mine-events", "mine-hooks", "mine-listing", "all"] as const;
export type TwinCaller = (typeof CALLERS)[number];

export function as(caller: TwinCaller): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${caller}` };
}

function may(caller: string, attempt: Attempt): boolean {
  if (caller === "all") return true;
  if ("path" in attempt || attempt.namespace !== MINE) return false;
  if (caller === "mine-events") return attempt.resource === "events";
  if (caller === "mine-hooks") return attempt.resource === "hooks";
  return caller === "mine" || attempt.verb !== "get";
}

const BY_NAME: Authenticator = {
  mode: "kubernetes",
  async authenticate({ token }) {
    if (token === undefined) return { outcome: "absent" };
    const known = CALLERS.find((caller) => caller === token);
    if (!known) return { outcome: "refused", reason: "Nobody knows the token." };
    return { outcome: "known", identity: { username: known, groups: [] } };
  },
};

/** What a store is filled with, in this order. */
export interface World {
  readonly hooks: readonly Hook[];
  readonly batches: readonly (readonly MatchedObservation[])[];
  readonly dispatches: readonly Dispatch[];
}

/** All that this caller may hear of; what is not theirs to know is another thing there, where it can not be left out. */
export function seenBy(caller: TwinCaller, world: World): World {
  if (caller === "all") return world;
  const batches = world.batches.map((batch) => batch.filter(({ namespace }) => namespace === MINE));
  if (caller === "mine-events") {
    return {
      hooks: [],
      batches: batches.map((batch) => batch.map((event) => ({ ...event, hooks: [] }))),
      dispatches: [],
    };
  }
  const hooks = world.hooks.filter(({ namespace }) => namespace === MINE);
  const dispatches = world.dispatches.filter(({ hook }) => hook.namespace === MINE);
  if (caller === "mine-hooks") return { hooks, batches: [], dispatches };
  return { hooks: caller === "mine" ? hooks : hooks.map(otherwisePrompted), batches, dispatches };
}

function otherwisePrompted(hook: Hook): Hook {
  const eventConfigurations = hook.eventConfigurations.map((entry) => ({ ...entry, prompt: "another prompt" }));
  return { ...hook, eventConfigurations, manifest: { ...hook.manifest, spec: { eventConfigurations } } };
}

export class Twin {
  readonly url: string;
  readonly store: EventStore;
  readonly lines: readonly LogLine[];
  readonly #namespaces: KnownNamespaces;
  readonly #close: () => Promise<void>;

  private constructor(
    parts: Pick<Twin, "url" | "store" | "lines">,
    namespaces: KnownNamespaces,
    close: () => Promise<void>,
  ) {
    this.url = parts.url;
    this.store = parts.store;
    this.lines = parts.lines;
    this.#namespaces = namespaces;
    this.#close = close;
  }

  static async start(world: World): Promise<Twin> {
    const directory = mkdtempSync(join(tmpdir(), "khook-twin-"));
    const store = await openStore({
      path: join(directory, "events.sqlite"),
      now: () => NOW,
      dedupWindow: 600_000,
      retention: { maxAge: 365 * 86_400_000, maxBytes: 1 << 30 },
      newEpoch: () => "twin",
    });
    await fill(store, world);
    const namespaces = new KnownNamespaces(await store.namespaces());
    const counts = new AccessCounts();
    const elapsed = () => performance.now();
    const access = guardedAccess({
      authentication: new Authentication([BY_NAME], counts),
      authorization: new Authorization({
        review: async ({ username }, attempt) => may(username, attempt),
        elapsed,
        counts,
      }),
      namespaces,
      clock: () => NOW,
      elapsed,
      recheck: 60_000,
    });
    const lines: LogLine[] = [];
    let named = 0;
    const shared = {
      log: keptLog(lines) as ApiOptions["log"], // pino's methods have more overloads than are called
      elapsed,
      newRequestId: () => `made-${++named}`,
    };
    const api = await createApi({ store, access, ...surroundingsOf(world), ...shared });
    const http = createHttpServer({
      middleware: api.middleware,
      upgrade: api.upgrade,
      host: "127.0.0.1",
      port: 0,
      ...shared,
    });
    const { url } = await http.listen();
    return new Twin({ url, store, lines }, namespaces, async () => {
      await Promise.all([http.close(200), api.streams.close(200)]);
      await api.stop();
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    });
  }

  /** Of the whole world, and of what one caller may hear of it. They are gone when the test is over. */
  static async both(world: World, caller: TwinCaller = "mine"): Promise<readonly [whole: Twin, alone: Twin]> {
    return [await Twin.forTest(world), await Twin.forTest(seenBy(caller, world))];
  }

  /** Gone when the test is over. */
  static async forTest(world: World): Promise<Twin> {
    const twin = await Twin.start(world);
    onTestFinished(() => twin.close());
    return twin;
  }

  /** What comes while it runs. */
  async happen(world: World): Promise<void> {
    for (const kept of world.batches) this.#namespaces.observed({ kept });
    for (const hook of world.hooks) this.#namespaces.hookSeen(hook);
    await fill(this.store, world);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

async function fill(store: EventStore, { hooks, batches, dispatches }: World): Promise<void> {
  if (hooks.length > 0) await store.putHooks(hooks);
  for (const batch of batches) if (batch.length > 0) await store.append(batch, NOW);
  await store.appendDispatches(dispatches);
  await store.resolveDue(NOW);
}

/** What is around a store tells of its namespaces too, as far as it is let. */
function surroundingsOf({ hooks, batches }: World) {
  const names = [
    ...new Set([MINE, ...hooks.map(({ namespace }) => namespace), ...batches.flat().map(({ namespace }) => namespace)]),
  ];
  const words = names.join(" and ");
  const health = quietHealth("DEGRADED");
  return {
    clock: () => NOW,
    eventTypes: () => EVENT_TYPES,
    operator: {
      ...QUIET_OPERATOR,
      health: async () => {
        return {
          ...health,
          message: words,
          controller: { ...health.controller, stalledNamespaces: names, message: words },
        };
      },
    },
    surroundings: {
      definition: async () => bundledDefinition("there is no cluster"),
      namespaces: async () => names,
    },
    scrape: async () => ({ text: words, contentType: "text/plain" }),
  };
}
