// The composition root: builds everything, starts it in order, stops it in the reverse order.
// The API answers from the store before the cluster does, and for as long as it is away.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { AccessCounts } from "./access/accessCounts.ts";
import { AccessError } from "./access/accessError.ts";
import { createAccess } from "./access/createAccess.ts";
import { effectiveModes, exposureFault } from "./access/exposure.ts";
import { KnownNamespaces } from "./access/knownNamespaces.ts";
import type { Clock } from "./cluster/clock.ts";
import { Connection } from "./cluster/connection.ts";
import { HookSurroundings } from "./cluster/hookDefinition.ts";
import { HookDryRuns } from "./cluster/hookDryRuns.ts";
import { HookWatch } from "./cluster/hookWatch.ts";
import { loadKubeConfig } from "./cluster/kubeconfig.ts";
import type { LoopStatus } from "./cluster/loopStatus.ts";
import type { Demo } from "./demo/demo.ts";
import type { EffectiveSetting } from "./events/diagnostics.ts";
import type { Millis } from "./events/duration.ts";
import { withDemo } from "./gateway/demoCluster.ts";
import { certificatesOf, loadMapping, openSecrets } from "./gateway/givenFiles.ts";
import { accessSettings, apiSettings } from "./gateway/partSettings.ts";
import { serveMetrics, startProbes } from "./gateway/ports.ts";
import { listeners, withinReach } from "./gateway/reach.ts";
import { messageOf, StartError } from "./gateway/startError.ts";
import { prune, storedHooks, whenSynced } from "./gateway/upkeep.ts";
import { REST_ROUTES } from "./generated/restRoutes.ts";
import type { KagentPatience } from "./health/kagentProbe.ts";
import { Operator } from "./health/operator.ts";
import { bundledDefinition } from "./hooks/bundledDefinition.ts";
import { createApi } from "./http/api.ts";
import type { HttpLog } from "./http/requestLog.ts";
import { createHttpServer } from "./http/server.ts";
import { SlowestOperations, type SlowOperation } from "./http/slowestOperations.ts";
import { createIngest } from "./ingest.ts";
import { type RecentWarning, RecentWarnings } from "./log/recentWarnings.ts";
import { Metrics } from "./metrics/metrics.ts";
import type { Config } from "./settings.ts";
import { describeEventTypes, describeSourceTypes } from "./sources/eventTypes.ts";
import { KUBERNETES, kubernetesSource } from "./sources/kubernetes.ts";
import type { SourceReport } from "./sources/source.ts";
import { SupervisedSource } from "./sources/supervisor.ts";
import { webhookSource } from "./sources/webhook/webhook.ts";
import { openStore } from "./store/sqlite.ts";
import type { EventStore } from "./store/store.ts";
import { startTracing, TracingError } from "./tracing/tracing.ts";

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
  /** `http://127.0.0.1:8082`, `https://…` with a certificate. */
  readonly url: string;
  /** Port of the probes; undefined when there are none. */
  readonly probePort: number | undefined;
  /** `http://127.0.0.1:8080/metrics`; undefined when they have no port of their own. */
  readonly metricsUrl: string | undefined;
  readonly store: EventStore;
  /** The embedded cluster, when there is one. */
  readonly demo: Demo | undefined;
  /** Resolves when the first lists of the cluster are stored. Never, while there is no cluster. */
  readonly ready: Promise<void>;
  sources(): readonly SourceReport[];
  watches(): readonly LoopStatus[];
  /** What was logged as a warning or an error, newest first. */
  recentWarnings(): readonly RecentWarning[];
  slowestOperations(): readonly SlowOperation[];
  /** Stops everything in order; resolves when nothing is left. May be called more than once. */
  stop(): Promise<void>;
}

const RESOLVE_EVERY: Millis = 1_000;
const PRUNE_EVERY: Millis = 30_000;
const RELOAD_EVERY: Millis = 5_000;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await using started = new AsyncDisposableStack();
  const warnings = new RecentWarnings(options.clock.now);
  const gateway = await start({ ...options, log: warnings.heardFrom(options.log) }, started, warnings);
  const parts = started.move();
  let stopping: Promise<void> | undefined;
  return Object.assign(gateway, {
    recentWarnings: () => warnings.list(),
    stop() {
      stopping ??= parts.disposeAsync();
      return stopping;
    },
  });
}

/** Everything that must be undone is pushed on `parts` as soon as it is done. */
async function start(
  options: GatewayOptions,
  parts: AsyncDisposableStack,
  warnings: RecentWarnings,
): Promise<Omit<Gateway, "stop" | "recentWarnings">> {
  const { version, log, clock, elapsed, env = {}, signal: starting = new AbortController().signal } = options;
  await goOn(starting);
  const { config, demo } = options.config.demo
    ? await withDemo(options, parts, starting)
    : { config: withinReach(options.config), demo: undefined };
  await goOn(starting);
  const modes = effectiveModes(config.authModes, config.host);
  const exposed = exposureFault(modes, listeners(config), config.allowUnauthenticated);
  if (exposed !== undefined) throw new StartError(exposed);

  const tracing = await startTracing({ env, version, log, elapsed }).catch((error: unknown) => {
    throw error instanceof TracingError ? new StartError(error.message) : error;
  });
  let stoppingAt = elapsed();
  parts.defer(() => tracing?.close(Math.max(0, stoppingAt + config.shutdownGrace - elapsed())));

  const mapping = await loadMapping(config.eventMappings);
  // The probes are the first to be there and the last to go: whoever asks is always answered.
  let operator: Operator | undefined;
  const probePort = await startProbes(options, parts, config, () => (operator ? operator.notReady() : "starting"));
  await goOn(starting);
  const secrets = await openSecrets(config.webhookSecretFile);
  const certificates = await certificatesOf(config, log);
  const storePath = join(config.dataDir, "events.sqlite");
  const retention = { maxAge: config.retentionAge, maxBytes: config.retentionSize };
  const store = await openStore({ path: storePath, now: clock.now, dedupWindow: config.dedupWindow, retention });
  parts.defer(() => store.close());
  await goOn(starting);

  const eventTypes = [
    ...describeEventTypes(mapping.kubernetes, KUBERNETES),
    ...(secrets ? describeSourceTypes(mapping.others) : []),
  ];
  const metrics = new Metrics(store, {
    version,
    nodeVersion: process.versions.node,
    clock: clock.now,
    elapsed,
    eventTypes: eventTypes.map(({ name }) => name),
    khookNames: config.khookMetricNames,
  });

  const { kubeconfig, context } = config;
  const requesting = tracing?.requesting(metrics.requesting) ?? metrics.requesting;
  const connection = new Connection({ load: () => loadKubeConfig({ kubeconfig, context, env }), clock, requesting });
  parts.defer(() => connection.close());
  const { target } = connection;
  const cluster = config.clusterName ?? (target.configured ? target.context : "kubernetes");
  if (!target.configured) log.warn({ reason: target.reason }, "no cluster yet: answering from the store");

  const namespaces = new KnownNamespaces(await store.namespaces());
  const accessCounts = new AccessCounts();
  const known = { connection, namespaces, clock: clock.now, elapsed, counts: accessCounts, log };
  const access = await createAccess({ ...accessSettings(config), ...known, modes }).catch((error: unknown) => {
    throw error instanceof AccessError ? new StartError(`--auth-modes ${error.message}`) : error;
  });
  const ingest = createIngest({
    store,
    now: clock.now,
    keepUnmatched: config.keepUnmatched,
    hooks: await storedHooks(store),
    elapsed,
    observers: [
      metrics.ingest,
      namespaces,
      {
        observed: (batch) => operator?.observed(batch),
        dispatched: (batch) => operator?.dispatched(batch),
        hookSeen: (hook) => operator?.hookSeen(hook),
        hookGone: (hook) => operator?.hookGone(hook),
      },
    ],
  });
  const watched = config.watchNamespaces;
  const hookWatch = new HookWatch({ connection, namespaces: watched, sink: ingest, clock, log });
  const source = kubernetesSource({
    connection,
    cluster,
    namespaces: watched,
    mapping: mapping.kubernetes,
    clock,
    log,
    lastSyncedAt: await store.syncedAt(KUBERNETES),
    eventTtl: config.eventTtl,
    hooksReady: hookWatch.ready,
  });
  const hooksReady = hookWatch.ready;
  const webhook = secrets && webhookSource({ cluster, mappings: mapping.others, secrets, hooksReady, clock, log });
  const sources = [source, ...(webhook ? [webhook] : [])].map((each) => new SupervisedSource(each, { clock, log }));

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
    sources,
    kagentUrl: config.kagentApiUrl,
    stalledAfter: config.controllerStallTimeout,
    kagentPatience: options.kagentPatience,
    memoryLimit: options.memoryLimit,
    settings: options.settings ?? [],
    edges: () => ({
      ...api.diagnostics(),
      slowestOperations: slowest.list().map(({ ms, ...run }) => ({ ...run, seconds: ms / 1_000 })),
      recentWarnings: warnings.list(),
    }),
  });

  // The API is up before the watches, and the first to go: who asks is refused before there is less to answer from.
  const { answered } = metrics;
  const routes = new Map(REST_ROUTES.map(({ name, path }) => [name, path]));
  const slowest = new SlowestOperations({ now: clock.now, elapsed, routes });
  const api = await createApi({
    store: tracing?.store(store) ?? store,
    clock: clock.now,
    eventTypes: () => eventTypes,
    operator,
    surroundings: new HookSurroundings({ connection, clock, fallback: bundledDefinition }),
    dryRuns: new HookDryRuns({ connection, clock }),
    log,
    elapsed,
    answered,
    around: [metrics.around, slowest.around, ...(tracing ? [tracing.around] : [])],
    scrape: metrics.scrape,
    newRequestId: randomUUID,
    access,
    webhook,
    ...apiSettings(config, access.isGuarded),
  });
  parts.defer(() => api.stop());
  await goOn(starting);

  metrics.measure({
    watches,
    sources: () => sources.map((each) => each.status()),
    streams: () => api.streams.counts,
    caches: () => api.cacheCounts(),
    access: accessCounts,
    health: () => operator.health(),
  });
  const metricsServer = await serveMetrics(metrics, api.prover, config, certificates, log);
  parts.defer(async () => metricsServer?.close());

  const http = createHttpServer({
    middleware: api.middleware,
    upgrade: api.upgrade,
    host: config.host,
    port: config.port,
    certificates,
    http2: config.http2,
    maxConnections: config.maxConnections,
    log,
    newRequestId: randomUUID,
    elapsed,
    answered,
    aroundRequest: tracing?.aroundRequest,
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
    ...sources.map((each) => each.run(ingest, signal)),
    every(RESOLVE_EVERY, "resolving what is over", () => store.resolveDue(clock.now())),
    every(PRUNE_EVERY, "pruning", () => prune(store, clock, signal)),
    ...(certificates ? [every(RELOAD_EVERY, "reading certificates", () => certificates.reload())] : []),
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
    stoppingAt = elapsed();
    await Promise.all([http.close(shutdownGrace), api.streams.close(shutdownGrace)]);
  });

  let ready: Promise<void> | undefined;
  return {
    url,
    probePort,
    metricsUrl: metricsServer?.url,
    store,
    demo,
    get ready() {
      ready ??= whenSynced(watches, clock, signal);
      return ready;
    },
    sources: () => sources.map((each) => each.status()),
    watches,
    slowestOperations: () => slowest.list(),
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
