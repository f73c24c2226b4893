// The composition root: builds everything, starts it in order, stops it in the reverse order.
// The API answers from the store before the cluster does, and for as long as it is away.
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "./cluster/clock.ts";
import { Connection } from "./cluster/connection.ts";
import { HookWatch } from "./cluster/hookWatch.ts";
import { loadKubeConfig } from "./cluster/kubeconfig.ts";
import type { LoopStatus } from "./cluster/loopStatus.ts";
import { readEventMappings } from "./cluster/mappingFile.ts";
import { KHOOK_TABLE, type MappingTable } from "./cluster/mappingTable.ts";
import { type Demo, startDemo } from "./demo/demo.ts";
import type { EffectiveSetting } from "./events/diagnostics.ts";
import type { Millis } from "./events/duration.ts";
import type { Hook } from "./events/hook.ts";
import type { KagentPatience } from "./health/kagentProbe.ts";
import { Operator } from "./health/operator.ts";
import { createApi } from "./http/api.ts";
import { createProbes } from "./http/probes.ts";
import type { HttpLog } from "./http/requestLog.ts";
import { createHttpServer } from "./http/server.ts";
import { createIngest } from "./ingest.ts";
import type { Config } from "./settings.ts";
import { describeEventTypes } from "./sources/eventTypes.ts";
import { KUBERNETES, kubernetesSource } from "./sources/kubernetes.ts";
import type { SourceStatus } from "./sources/source.ts";
import { openStore } from "./store/sqlite.ts";
import type { EventStore } from "./store/store.ts";

export interface GatewayOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: HttpLog;
  readonly clock: Clock;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => number;
  /** The settings as they were given, for diagnostics. */
  readonly settings?: readonly EffectiveSetting[];
  /** Bytes that the process may have, null for no bound; what the system says when left out. */
  readonly memoryLimit?: () => number | null;
  readonly kagentPatience?: KagentPatience;
  /** The environment, in which a pod finds the address of its API server. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Aborting it ends a start: what was started is stopped, and startGateway rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Gateway {
  /** `http://127.0.0.1:8082` */
  readonly url: string;
  /** Port of the probes; undefined when there are none. */
  readonly probePort: number | undefined;
  readonly store: EventStore;
  /** The embedded cluster, when there is one. */
  readonly demo: Demo | undefined;
  /** Resolves when the first lists of the cluster are stored. Never, while there is no cluster. */
  readonly ready: Promise<void>;
  sources(): readonly SourceStatus[];
  watches(): readonly LoopStatus[];
  /** Stops everything in order; resolves when nothing is left. May be called more than once. */
  stop(): Promise<void>;
}

/** A start that cannot be: its message is meant for the one who started it. */
export class StartError extends Error {
  override readonly name = "StartError";
}

const RESOLVE_EVERY: Millis = 1_000;
const PRUNE_EVERY: Millis = 30_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await using started = new AsyncDisposableStack();
  const gateway = await start(options, started);
  const parts = started.move();
  let stopping: Promise<void> | undefined;
  return Object.assign(gateway, {
    stop() {
      stopping ??= parts.disposeAsync();
      return stopping;
    },
  });
}

/** Everything that must be undone is pushed on `parts` as soon as it is done. */
async function start(options: GatewayOptions, parts: AsyncDisposableStack): Promise<Omit<Gateway, "stop">> {
  const { version, log, clock, elapsed, env = {}, signal: starting = new AbortController().signal } = options;
  await goOn(starting);
  const { config, demo } = options.config.demo
    ? await withDemo(options, parts, starting)
    : { config: options.config, demo: undefined };
  await goOn(starting);

  const mapping = await loadMapping(config.eventMappings);
  // The probes are the first to be there and the last to go: whoever asks is always answered.
  let operator: Operator | undefined;
  const probePort = await startProbes(options, parts, config, () => (operator ? operator.notReady() : "starting"));
  await goOn(starting);
  const storePath = join(config.dataDir, "events.sqlite");
  const retention = { maxAge: config.retentionAge, maxBytes: config.retentionSize };
  const store = await openStore({ path: storePath, now: clock.now, dedupWindow: config.dedupWindow, retention });
  parts.defer(() => store.close());
  await goOn(starting);

  const { kubeconfig, context } = config;
  const connection = new Connection({ load: () => loadKubeConfig({ kubeconfig, context, env }), clock });
  parts.defer(() => connection.close());
  const { target } = connection;
  const cluster = config.clusterName ?? (target.configured ? target.context : "kubernetes");
  if (!target.configured) log.warn({ reason: target.reason }, "no cluster yet: answering from the store");

  const ingest = createIngest({
    store,
    now: clock.now,
    keepUnmatched: config.keepUnmatched,
    hooks: await storedHooks(store),
    witness: {
      stored: (observations, isNew) => operator?.stored(observations, isNew),
      dispatched: (dispatches) => operator?.dispatched(dispatches),
      hookSeen: (hook) => operator?.hookSeen(hook),
      hookGone: (hook) => operator?.hookGone(hook),
    },
  });
  const namespaces = config.watchNamespaces;
  const hookWatch = new HookWatch({ connection, namespaces, sink: ingest, clock, log });
  const source = kubernetesSource({
    connection,
    cluster,
    namespaces,
    mapping,
    clock,
    log,
    lastSyncedAt: await store.syncedAt(KUBERNETES),
    eventTtl: config.eventTtl,
    hooksReady: hookWatch.ready,
  });

  const watches = () => [...hookWatch.status(), ...source.loops()];
  operator = new Operator({
    version,
    clock,
    elapsed,
    connection,
    store,
    storePath,
    retention,
    watches,
    sources: [source],
    kagentUrl: config.kagentApiUrl,
    stalledAfter: config.controllerStallTimeout,
    kagentPatience: options.kagentPatience,
    memoryLimit: options.memoryLimit,
    settings: options.settings ?? [],
    edges: () => api.diagnostics(),
  });

  // The API is up before the watches, and the first to go: who asks is refused before there is less to answer from.
  const eventTypes = describeEventTypes(mapping, KUBERNETES);
  const api = await createApi({
    store,
    clock: clock.now,
    eventTypes: () => eventTypes,
    operator,
    log,
    elapsed,
    newRequestId: randomUUID,
    streamLimits: {
      streams: config.maxStreams,
      perCaller: config.maxStreamsPerClient,
      stall: config.streamStallTimeout,
      filterChanges: config.streamFilterChanges,
      messageBytes: config.streamMessageSize,
      initTimeout: config.streamInitTimeout,
    },
  });
  parts.defer(() => api.stop());
  await goOn(starting);
  const http = createHttpServer({
    middleware: api.middleware,
    upgrade: api.upgrade,
    host: config.host,
    port: config.port,
    log,
    newRequestId: randomUUID,
    elapsed,
  });
  const { url } = await http.listen().catch((error: unknown) => {
    throw new StartError(`cannot listen on ${config.host}:${config.port}: ${messageOf(error)}`);
  });
  log.info({ url, version }, "listening");
  if (probePort !== undefined) log.info({ port: probePort }, "probes");

  const life = new AbortController();
  const { signal } = life;
  const running = [
    operator.run(signal),
    hookWatch.run(signal),
    source.run(ingest, signal),
    every(RESOLVE_EVERY, "resolving what is over", () => store.resolveDue(clock.now())),
    every(PRUNE_EVERY, "pruning", () => prune(store, clock, signal)),
  ];
  parts.defer(async () => {
    life.abort();
    await Promise.all(running);
  });
  parts.defer(async () => {
    const { shutdownDelay, shutdownGrace } = config;
    operator.stopping();
    http.leave();
    await clock.sleep(shutdownDelay, new AbortController().signal);
    await Promise.all([http.close(shutdownGrace), api.streams.close(shutdownGrace)]);
  });

  let ready: Promise<void> | undefined;
  return {
    url,
    probePort,
    store,
    demo,
    get ready() {
      ready ??= whenSynced(watches, clock, signal);
      return ready;
    },
    sources: () => [source.status()],
    watches,
  };

  /** Runs a task again and again until the end of life; a task that fails is logged and tried again next time. */
  async function every(pause: Millis, name: string, task: () => Promise<unknown>): Promise<void> {
    for (;;) {
      await clock.sleep(pause, signal);
      if (signal.aborted) return;
      await task().catch((error: unknown) => log.error({ err: error }, `${name} failed`));
    }
  }
}

/** A process hears of a signal only when its event loop turns, so it turns between the steps of a start. */
async function goOn(starting: AbortSignal): Promise<void> {
  await turn();
  starting.throwIfAborted();
}

/** Beside somebody else's a demo does without. */
async function startProbes(
  { log }: GatewayOptions,
  parts: AsyncDisposableStack,
  { healthProbeBindAddress: address, demo }: Config,
  notReady: () => string | undefined,
): Promise<number | undefined> {
  if (!address) return undefined;
  const probes = createProbes({ ...address, notReady });
  try {
    const { port } = await probes.listen();
    parts.defer(() => probes.close());
    return port;
  } catch (error) {
    const where = `${address.host ?? ""}:${address.port}`;
    if (!demo) throw new StartError(`cannot listen on ${where} for probes: ${messageOf(error)}`);
    log.warn({ address: where }, "no probes: the address is taken");
    return undefined;
  }
}

/** A demo keeps nothing: its store lies in a directory that goes with it. */
async function withDemo(
  { config, log, clock }: GatewayOptions,
  parts: AsyncDisposableStack,
  starting: AbortSignal,
): Promise<{ readonly config: Config; readonly demo: Demo }> {
  const dataDir = await mkdtemp(join(tmpdir(), "khook-gateway-demo-"));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  // Once it has started it is stopped in its turn, behind those who watch it.
  const ending = new AbortController();
  const end = () => ending.abort(starting.reason);
  starting.addEventListener("abort", end, { once: true });
  const demo = await startDemo({
    seed: String(config.demoSeed),
    now: () => new Date(clock.now()),
    signal: ending.signal,
    log: (line) => log.info({}, line),
  }).finally(() => starting.removeEventListener("abort", end));
  parts.defer(() => demo.stop());
  return { demo, config: { ...config, dataDir, kubeconfig: demo.kubeconfigPath, context: undefined } };
}

async function loadMapping(path: string | undefined): Promise<MappingTable> {
  if (path === undefined) return KHOOK_TABLE;
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new StartError(`event mappings: ${messageOf(error)}`);
  });
  try {
    return readEventMappings(text, path);
  } catch (error) {
    throw new StartError(messageOf(error));
  }
}

async function storedHooks(store: EventStore): Promise<readonly Hook[]> {
  const hooks: Hook[] = [];
  for (;;) {
    const last = hooks.at(-1);
    const page = await store.hooks({ first: 1000, ...(last === undefined ? {} : { after: last }) });
    hooks.push(...page.hooks);
    if (!page.hasMore) return hooks;
  }
}

async function prune(store: EventStore, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { more } = await store.prune(clock.now());
    if (!more) return;
    await clock.sleep(10, signal);
  }
}

/** Polls, as what it waits for is a state of several loops and nobody's event. */
async function whenSynced(watches: () => readonly LoopStatus[], clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const statuses = watches();
    if (statuses.length > 1 && statuses.every(({ synced }) => synced)) return;
    if (signal.aborted) return new Promise(() => undefined);
    await clock.sleep(20, signal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
