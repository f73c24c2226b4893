// The composition root: builds everything, starts it in order, stops it in the reverse order.
// The API answers from the store before the cluster does, and for as long as it is away.
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Access } from "./access/access.ts";
import { AccessCounts } from "./access/accessCounts.ts";
import { AccessError } from "./access/accessError.ts";
import { type AccessOptions, createAccess } from "./access/createAccess.ts";
import { effectiveModes, exposureFault, type Listening } from "./access/exposure.ts";
import { KnownNamespaces } from "./access/knownNamespaces.ts";
import type { Clock } from "./cluster/clock.ts";
import { Connection } from "./cluster/connection.ts";
import { HookSurroundings } from "./cluster/hookDefinition.ts";
import { HookDryRuns } from "./cluster/hookDryRuns.ts";
import { HookWatch } from "./cluster/hookWatch.ts";
import { loadKubeConfig } from "./cluster/kubeconfig.ts";
import type { LoopStatus } from "./cluster/loopStatus.ts";
import { type EventMappings, readEventMappings } from "./cluster/mappingFile.ts";
import { KHOOK_TABLE } from "./cluster/mappingTable.ts";
import { type Demo, startDemo } from "./demo/demo.ts";
import type { EffectiveSetting } from "./events/diagnostics.ts";
import type { Millis } from "./events/duration.ts";
import type { Hook } from "./events/hook.ts";
import { REST_ROUTES } from "./generated/restRoutes.ts";
import type { KagentPatience } from "./health/kagentProbe.ts";
import { Operator } from "./health/operator.ts";
import { bundledDefinition } from "./hooks/bundledDefinition.ts";
import { createApi } from "./http/api.ts";
import { CertificateError, type Certificates, openCertificates } from "./http/certificates.ts";
import { hostRule } from "./http/hosts.ts";
import { ratesOf } from "./http/limits/rates.ts";
import { type MetricsServer, startMetricsServer } from "./http/metricsServer.ts";
import { createProbes } from "./http/probes.ts";
import type { HttpLog } from "./http/requestLog.ts";
import { createHttpServer } from "./http/server.ts";
import { SlowestOperations, type SlowOperation } from "./http/slowestOperations.ts";
import { createIngest } from "./ingest.ts";
import { type RecentWarning, RecentWarnings } from "./log/recentWarnings.ts";
import { Metrics } from "./metrics/metrics.ts";
import type { BindAddress, Config } from "./settings.ts";
import { describeEventTypes, describeSourceTypes } from "./sources/eventTypes.ts";
import { KUBERNETES, kubernetesSource } from "./sources/kubernetes.ts";
import type { SourceReport } from "./sources/source.ts";
import { SupervisedSource } from "./sources/supervisor.ts";
import { WebhookSecrets } from "./sources/webhook/secrets.ts";
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

/** A start that cannot be: its message is meant for the one who started it. */
export class StartError extends Error {
  override readonly name = "StartError";
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
    tokenInQuery: config.streamQueryToken,
    webhook,
    graphqlPolicy: {
      mode: config.graphqlMode,
      introspection: config.graphqlIntrospection,
      playground: config.graphqlPlayground,
    },
    guard: {
      rates: ratesOf(
        {
          requests: config.rateLimitRequests,
          cost: config.rateLimitCost,
          streams: config.rateLimitStreams,
          failures: config.rateLimitFailures,
        },
        access.isGuarded,
      ),
      maxInFlight: config.maxRequestsInFlight,
      allowedOrigins: config.corsAllowedOrigins,
      hosts: hostRule({
        listening: config.host,
        allowed: config.allowedHosts,
        areCallersProven: access.isGuarded,
      }),
    },
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

  metrics.measure({
    watches,
    sources: () => sources.map((each) => each.status()),
    streams: () => api.streams.counts,
    caches: () => api.cacheCounts(),
    access: accessCounts,
    health: () => operator.health(),
  });
  const metricsServer = await serveMetrics(metrics, access, config, certificates, log);
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

/** A demo keeps nothing: its store lies in a directory that goes with it. It is reached from this machine alone. */
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
  return {
    demo,
    config: {
      ...config,
      dataDir,
      kubeconfig: demo.kubeconfigPath,
      context: undefined,
      metricsBindAddress: onLoopback(config.metricsBindAddress),
      healthProbeBindAddress: onLoopback(config.healthProbeBindAddress),
    },
  };
}

/** What serves nobody but this machine, and asks nobody who it is, tells nobody else of itself by its metrics either. */
function withinReach(config: Config): Config {
  const isOpen = effectiveModes(config.authModes, config.host).includes("none") && !config.allowUnauthenticated;
  return isOpen ? { ...config, metricsBindAddress: onLoopback(config.metricsBindAddress) } : config;
}

function accessSettings(config: Config): Pick<AccessOptions, "audiences" | "recheck" | "oidc" | "proxy"> {
  return {
    audiences: config.authAudiences,
    recheck: config.streamRecheck,
    oidc: {
      issuerUrl: config.oidcIssuerUrl,
      clientId: config.oidcClientId,
      jwksUrl: config.oidcJwksUrl,
      caFile: config.oidcCaFile,
      usernameClaim: config.oidcUsernameClaim,
      usernamePrefix: config.oidcUsernamePrefix,
      groupsClaim: config.oidcGroupsClaim,
      groupsPrefix: config.oidcGroupsPrefix,
    },
    proxy: {
      trustedAddresses: config.proxyTrustedAddresses,
      secretFile: config.proxySecretFile,
      hasClientCa: config.tlsClientCaFile !== undefined,
      userHeader: config.proxyUserHeader,
      groupsHeader: config.proxyGroupsHeader,
    },
  };
}

/** Where something is told that is not everybody's to know. */
function listeners({ host, metricsBindAddress: metrics }: Config): readonly Listening[] {
  const api = { setting: `--host ${host}`, host };
  if (metrics?.host === undefined) return [api];
  return [api, { setting: `--metrics-bind-address ${spelled(metrics)}`, host: metrics.host }];
}

/** Nobody but the one who tries it is to reach a demo, unless an address says so. */
function onLoopback(address: BindAddress | null): BindAddress | null {
  return address && { ...address, host: address.host ?? "127.0.0.1" };
}

/** A demo can do without a port for metrics, which may be another demo's; what watches a real cluster is to be scraped. */
async function serveMetrics(
  { scrape }: Metrics,
  access: Access,
  config: Config,
  certificates: Certificates | undefined,
  log: HttpLog,
): Promise<MetricsServer | undefined> {
  const address = config.metricsBindAddress;
  if (address === null) return undefined;
  try {
    const server = await startMetricsServer({ ...address, access, scrape, certificates });
    log.info({ url: server.url }, "serving metrics");
    return server;
  } catch (error) {
    const reason = `cannot listen for metrics on ${spelled(address)}: ${messageOf(error)}`;
    if (!config.demo) throw new StartError(`${reason} (--metrics-bind-address chooses another, 0 none)`);
    log.warn({ reason }, "metrics are served by the API alone");
    return undefined;
  }
}

function spelled({ host = "", port }: BindAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function loadMapping(path: string | undefined): Promise<EventMappings> {
  if (path === undefined) return { kubernetes: KHOOK_TABLE, others: [] };
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new StartError(`event mappings: ${messageOf(error)}`);
  });
  try {
    return readEventMappings(text, path);
  } catch (error) {
    throw new StartError(messageOf(error));
  }
}

async function certificatesOf(config: Config, log: HttpLog): Promise<Certificates | undefined> {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFile: clientCaFile, http2 } = config;
  const certificates = await openCertificates({ certFile, keyFile, clientCaFile }, log).catch((error: unknown) => {
    throw error instanceof CertificateError ? new StartError(error.message) : error;
  });
  if (http2 && !certificates) throw new StartError("--http2 needs --tls-cert-file and --tls-key-file");
  return certificates;
}

async function openSecrets(path: string | undefined): Promise<WebhookSecrets | undefined> {
  if (path === undefined) return undefined;
  return WebhookSecrets.open(path).catch((error: unknown) => {
    throw new StartError(`webhook secret file: ${messageOf(error)}`);
  });
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
