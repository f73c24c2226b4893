// What resolvers know of their request: the store, the time, the loaders of this request, and under which id it is logged.
// One context serves one request: what it has loaded is not loaded again, and its clock stands still.
import type { NamedActor } from "../events/actor.ts";
import type { Diagnostics } from "../events/diagnostics.ts";
import type { Health } from "../events/health.ts";
import type { HookDefinition } from "../events/hookDefinition.ts";
import type { DryRunAnswer, HookDraft } from "../events/hookDryRun.ts";
import type { Instant } from "../events/time.ts";
import { bundledDefinition } from "../hooks/bundledDefinition.ts";
import type { EventStore } from "../store/store.ts";
import type { Budget } from "./budget.ts";
import type { ErrorLog } from "./errors.ts";
import type { EventTypeInfo } from "./eventType.ts";
import type { HookNode } from "./hook.ts";
import { Loaders } from "./loaders.ts";
import { ALL_RIGHTS, type Rights } from "./rights.ts";
import { type VisibleStore, visibleStore } from "./visibleStore.ts";

/** What stays the same from request to request. */
export interface GraphResources {
  readonly store: EventStore;
  readonly clock: () => Instant;
  /** The event types that the configured sources can produce, in the order they are to be shown. */
  readonly eventTypes: () => readonly EventTypeInfo[];
  readonly operator: Operator;
  /** What manifests are judged by; without it there is no cluster. */
  readonly surroundings?: HookSurroundings;
  /** Who puts hooks to the API server; without it there is none. */
  readonly dryRuns?: HookDryRuns;
}

/** What of the cluster a manifest is judged by. Neither rejects. */
export interface HookSurroundings {
  definition(): Promise<HookDefinition>;
  /** Of all namespaces; undefined when they cannot be listed. */
  namespaces(): Promise<readonly string[] | undefined>;
}

/** Who asks the API server whether it would take hooks. Never rejects. */
export interface HookDryRuns {
  /** In the order of the drafts. */
  ask(drafts: readonly HookDraft[], actor: NamedActor): Promise<readonly DryRunAnswer[]>;
}

const NO_API_SERVER: HookDryRuns = {
  ask: async (drafts) => drafts.map(() => ({ outcome: "unavailable", reason: "there is no cluster" })),
};

const NO_CLUSTER: HookSurroundings = {
  definition: async () => bundledDefinition("there is no cluster"),
  namespaces: async () => undefined,
};

/** Who watches over the gateway. Neither rejects: what cannot be told is said so. */
export interface Operator {
  health(): Promise<Health>;
  diagnostics(): Promise<Diagnostics>;
}

export interface ContextOptions extends GraphResources {
  readonly requestId: string;
  /** Of the caller; nobody counts when left out. */
  readonly budget?: Budget | undefined;
  /** Where errors go that are masked. */
  readonly log: ErrorLog;
  /** Everything may be seen when left out. */
  readonly rights?: Rights;
}

/** What changes are read from. It holds what its reader may not see: who tells of a change asks the rights first. */
export type ChangeSource = Pick<
  EventStore,
  "cursors" | "head" | "floor" | "changesSince" | "subscribe" | "hookChanges" | "describe"
>;

export class GraphContext {
  /** As the caller sees it. */
  readonly store: VisibleStore;
  readonly changes: ChangeSource;
  readonly rights: Rights;
  readonly eventTypes: () => readonly EventTypeInfo[];
  readonly operator: Operator;
  readonly surroundings: HookSurroundings;
  readonly dryRuns: HookDryRuns;
  readonly requestId: string;
  readonly log: ErrorLog;
  readonly budget: Budget | undefined;
  readonly loaders: Loaders;
  /** The hooks met in this request, by path. Filled by hookNode() alone. */
  readonly hookNodes = new Map<string, HookNode>();
  /** Set for an operation that takes events as the records they are (compileReady), so that nothing of them is read. */
  takesRecords = false;
  /** The time as it goes on, for what outlives a request. */
  readonly clock: () => Instant;
  #now: Instant | undefined;

  constructor({
    store,
    clock,
    eventTypes,
    operator,
    surroundings,
    dryRuns,
    requestId,
    log,
    budget,
    rights = ALL_RIGHTS,
  }: ContextOptions) {
    this.rights = rights;
    this.store = visibleStore(store, rights);
    this.changes = store;
    this.eventTypes = eventTypes;
    this.operator = operator;
    this.surroundings = surroundings ?? NO_CLUSTER;
    this.dryRuns = dryRuns ?? NO_API_SERVER;
    this.requestId = requestId;
    this.log = log;
    this.budget = budget;
    this.loaders = new Loaders(this.store);
    this.clock = clock;
  }

  /** The moment this request is answered for. An answer that has read it is no longer a function of the store alone. */
  now(): Instant {
    this.#now ??= this.clock();
    return this.#now;
  }

  /** Whether now() has been read: then the answer goes stale by itself, even while the store stands still. */
  get dependsOnTime(): boolean {
    return this.#now !== undefined;
  }
}

export function createContext(options: ContextOptions): GraphContext {
  return new GraphContext(options);
}
