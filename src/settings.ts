// The table of settings: every name, its default, its meaning and how its text is read. Help, README and config.ts follow it.
// A reader gets the text of a flag, a variable or the file and returns the value, or throws a BadSetting that says what would be right.
import { AUTH_MODES } from "./access/authenticator.ts";
import {
  addressRanges,
  authModes,
  bindAddress,
  boolean,
  delay,
  duration,
  graphqlMode,
  headerName,
  hosts,
  integer,
  issuer,
  list,
  logLevel,
  messageSize,
  origins,
  providerUrl,
  rate,
  size,
  text,
  url,
} from "./settingReaders.ts";

export type { BindAddress, LogLevel } from "./settingReaders.ts";

export interface Setting<T> {
  readonly flag: string;
  /** Environment variables, the first one set wins: khook's own name where khook has one. */
  readonly env: readonly string[];
  /** Default, spelled as a user would; undefined when there is none. */
  readonly fallback: string | undefined;
  /** What a value looks like, for help. A switch takes no value on the command line. */
  readonly value: string;
  readonly description: string;
  readonly read: (text: string) => T;
}

function setting<T>(
  flag: string,
  value: string,
  fallback: string | undefined,
  description: string,
  read: (text: string) => T,
  env: readonly string[] = [`KHOOK_GATEWAY_${flag.toUpperCase().replaceAll("-", "_")}`],
): Setting<T> {
  return { flag, env, fallback, value, description, read };
}

export const SETTINGS = {
  port: setting("port", "NUMBER", "8082", "Port of the API; 0 takes a free one and says which", integer(0, 65_535)),
  host: setting("host", "ADDRESS", "127.0.0.1", "Address that the API listens on; 0.0.0.0 for all", text),
  metricsBindAddress: setting(
    "metrics-bind-address",
    "ADDRESS",
    ":8080",
    "Where /metrics is served as well, as HOST:PORT or :PORT; port 0 takes a free one and says which; 0 alone is nowhere",
    bindAddress,
    ["METRICS_BIND_ADDRESS"],
  ),
  khookMetricNames: setting(
    "khook-metric-names",
    "BOOLEAN",
    "false",
    "Whether metrics are served by the names of khook's README as well: khook_events_total, khook_active_events",
    boolean,
  ),
  authModes: setting(
    "auth-modes",
    "A,B",
    "auto",
    `How callers prove who they are, asked in this order: ${AUTH_MODES.join(", ")}. auto is none while the API listens on loopback, else kubernetes`,
    authModes,
  ),
  allowUnauthenticated: setting(
    "allow-unauthenticated",
    "BOOLEAN",
    "false",
    "Whether to serve everything to everybody although others than this machine can reach it; of --auth-modes none alone",
    boolean,
  ),
  authAudiences: setting(
    "auth-audiences",
    "A,B",
    "",
    "Whom a token has to be for, any of these, in --auth-modes kubernetes; the API server itself when empty",
    list,
  ),
  streamRecheck: setting(
    "stream-recheck",
    "DURATION",
    "30s",
    "How often it is asked again whether the caller of an open stream may still see it",
    duration,
  ),
  streamQueryToken: setting(
    "stream-query-token",
    "BOOLEAN",
    "false",
    "Whether a stream takes its token from ?access_token= too, for browsers; proxies may log it",
    boolean,
  ),
  kubeconfig: setting("kubeconfig", "FILE", undefined, "Kubeconfig file; without one the in-cluster account", text, [
    "KHOOK_GATEWAY_KUBECONFIG",
    "KUBECONFIG",
  ]),
  context: setting("context", "NAME", undefined, "Context of the kubeconfig; without it the current one", text),
  clusterName: setting(
    "cluster-name",
    "NAME",
    undefined,
    "Name of the cluster in events; without it the context's",
    text,
  ),
  watchNamespaces: setting("watch-namespaces", "A,B", "", "Namespaces to watch; all of them when empty", list),
  dataDir: setting("data-dir", "DIRECTORY", "data", "Where the event store lies; made when it is missing", text),
  eventMappings: setting("event-mappings", "FILE", undefined, "YAML that extends or replaces the event mapping", text),
  webhookSecretFile: setting(
    "webhook-secret-file",
    "FILE",
    undefined,
    "Secret that opens webhooks to who sends it; of a directory, the file of a webhook's name. None without it",
    text,
  ),
  dedupWindow: setting("dedup-window", "DURATION", "10m", "How long repeats of an event count as duplicates", duration),
  keepUnmatched: setting("keep-unmatched", "BOOLEAN", "true", "Whether to keep events that no hook matches", boolean),
  eventTtl: setting(
    "event-ttl",
    "DURATION",
    "1h",
    "How long the cluster keeps Events; being away longer is a gap",
    duration,
  ),
  retentionAge: setting("retention-age", "DURATION", "30d", "Events older than this are removed", duration),
  retentionSize: setting("retention-size", "SIZE", "1GiB", "The oldest events go when the store is larger", size),
  shutdownDelay: setting(
    "shutdown-delay",
    "DURATION",
    "0s",
    "How long to go on serving at a stop, not ready any more; in a cluster 5s, until it is out of its Service",
    delay,
  ),
  shutdownGrace: setting(
    "shutdown-grace",
    "DURATION",
    "20s",
    "How long requests under way may take at a stop",
    duration,
  ),
  kagentApiUrl: setting("kagent-api-url", "URL", undefined, "Where kagent is, to see whether it answers", url, [
    "KAGENT_API_URL",
    "KAGENT_BASE_URL",
  ]),
  controllerStallTimeout: setting(
    "controller-stall-timeout",
    "DURATION",
    "15m",
    "khook counts as stalled when it says nothing for so long about events that match its hooks",
    duration,
  ),
  healthProbeBindAddress: setting(
    "health-probe-bind-address",
    "ADDRESS",
    ":8081",
    "Where /livez, /readyz and /healthz are; 0 switches them off",
    bindAddress,
    ["HEALTH_PROBE_BIND_ADDRESS"],
  ),
  maxStreams: setting(
    "max-streams",
    "NUMBER",
    "20000",
    "How many streams and subscriptions there may be at a time",
    integer(1, 1_000_000),
  ),
  maxStreamsPerClient: setting(
    "max-streams-per-client",
    "NUMBER",
    "10000",
    "How many of them one client may have, told by its address",
    integer(1, 1_000_000),
  ),
  streamStallTimeout: setting(
    "stream-stall-timeout",
    "DURATION",
    "1m",
    "A stream whose reader takes nothing for so long is closed; it can resume",
    duration,
  ),
  streamFilterChanges: setting(
    "stream-filter-changes",
    "NUMBER",
    "60",
    "How often one WebSocket may change its filter in a minute",
    integer(0, 1_000_000),
  ),
  streamMessageSize: setting(
    "stream-message-size",
    "SIZE",
    "64KiB",
    "The longest message that a WebSocket may send",
    messageSize,
  ),
  streamInitTimeout: setting(
    "stream-init-timeout",
    "DURATION",
    "10s",
    "How long a GraphQL WebSocket may take to say connection_init",
    duration,
  ),
  graphqlMode: setting(
    "graphql-mode",
    "MODE",
    "open",
    "open, or persisted: only operations of schema/persisted-queries.json are run, without introspection and playground",
    graphqlMode,
  ),
  graphqlIntrospection: setting(
    "graphql-introspection",
    "BOOLEAN",
    "true",
    "Whether GraphQL callers may ask for the schema",
    boolean,
  ),
  graphqlPlayground: setting(
    "graphql-playground",
    "BOOLEAN",
    "true",
    "Whether browsers get a playground at /graphql",
    boolean,
  ),
  oidcIssuerUrl: setting(
    "oidc-issuer-url",
    "URL",
    undefined,
    "The OpenID Connect provider whose tokens are taken, as it calls itself in them",
    issuer,
  ),
  oidcClientId: setting("oidc-client-id", "NAME", undefined, "The audience that its tokens have to be made for", text),
  oidcJwksUrl: setting(
    "oidc-jwks-url",
    "URL",
    undefined,
    "Where its keys are; without it the provider is asked (/.well-known/openid-configuration)",
    providerUrl,
  ),
  oidcCaFile: setting(
    "oidc-ca-file",
    "FILE",
    undefined,
    "Authorities (PEM) for its certificate; without it those that Node knows",
    text,
  ),
  oidcUsernameClaim: setting("oidc-username-claim", "CLAIM", "sub", "The claim that names the user", text),
  oidcUsernamePrefix: setting(
    "oidc-username-prefix",
    "TEXT",
    undefined,
    "Put before it; - for nothing. Without it the issuer and #, but nothing before email",
    text,
  ),
  oidcGroupsClaim: setting(
    "oidc-groups-claim",
    "CLAIM",
    "groups",
    "The claim that names the user's groups, as a list or a text",
    text,
  ),
  oidcGroupsPrefix: setting("oidc-groups-prefix", "TEXT", undefined, "Put before each of them", text),
  proxyTrustedAddresses: setting(
    "proxy-trusted-addresses",
    "A,B",
    "",
    "Where a proxy connects from that says who its callers are: addresses, and ranges such as 10.0.0.0/8",
    addressRanges,
  ),
  proxySecretFile: setting(
    "proxy-secret-file",
    "FILE",
    undefined,
    "Secret that such a proxy sends as X-Forwarded-Secret; two lines are two that are good",
    text,
  ),
  proxyUserHeader: setting(
    "proxy-user-header",
    "HEADER",
    "X-Forwarded-User",
    "The header in which it names the user",
    headerName,
  ),
  proxyGroupsHeader: setting(
    "proxy-groups-header",
    "HEADER",
    "X-Forwarded-Groups",
    "The header in which it names the user's groups, between commas",
    headerName,
  ),
  tlsCertFile: setting(
    "tls-cert-file",
    "FILE",
    undefined,
    "Certificate (PEM) to serve the API and /metrics over TLS with; read again when it changes",
    text,
  ),
  tlsKeyFile: setting("tls-key-file", "FILE", undefined, "Its private key (PEM)", text),
  tlsClientCaFile: setting(
    "tls-client-ca-file",
    "FILE",
    undefined,
    "Authorities (PEM) for certificates that callers may show, as a proxy does",
    text,
  ),
  http2: setting(
    "http2",
    "BOOLEAN",
    "false",
    "Whether HTTP/2 is spoken as well, over TLS; WebSockets go over HTTP/1.1",
    boolean,
  ),
  maxConnections: setting(
    "max-connections",
    "NUMBER",
    "25000",
    "How many connections there may be at a time, streams among them; more are closed at once",
    integer(1, 1_000_000),
  ),
  maxRequestsInFlight: setting(
    "max-requests-in-flight",
    "NUMBER",
    "1000",
    "How many requests may be under way, streams not counted; more are refused with 503. 0 is without a limit",
    integer(0, 1_000_000),
  ),
  rateLimitRequests: setting(
    "rate-limit-requests",
    "RATE",
    "auto",
    "Requests of one caller, such as 200/s, 600/m, or 200/s:1000 with a burst; off; auto: 200/s:1000 once callers prove who they are",
    rate,
  ),
  rateLimitCost: setting(
    "rate-limit-cost",
    "RATE",
    "auto",
    "Cost of what one caller has executed, counted as for a GraphQL query; auto: 200000/s:2000000, likewise",
    rate,
  ),
  rateLimitStreams: setting(
    "rate-limit-streams",
    "RATE",
    "auto",
    "Streams and subscriptions that one caller opens; auto: 6000/m:10000, likewise",
    rate,
  ),
  rateLimitFailures: setting(
    "rate-limit-failures",
    "RATE",
    "auto",
    "Failed attempts of one address to prove who it is; auto: 60/m:60, likewise",
    rate,
  ),
  corsAllowedOrigins: setting(
    "cors-allowed-origins",
    "A,B",
    "",
    "Origins whose pages may read answers and open WebSockets, such as https://ui.example.com; none but our own when empty",
    origins,
  ),
  allowedHosts: setting(
    "allowed-hosts",
    "A,B",
    "",
    "Host names that requests may ask for beside loopback; when empty any, or loopback alone on a loopback address without authentication",
    hosts,
  ),
  logLevel: setting("log-level", "LEVEL", "info", "trace, debug, info, warn, error or silent", logLevel, ["LOG_LEVEL"]),
  demo: setting("demo", "BOOLEAN", "false", "Run against an embedded cluster on which things fail", boolean),
  demoSeed: setting(
    "demo-seed",
    "NUMBER",
    "1",
    "Seed of the demo: equal seeds make equal failures",
    integer(0, 2 ** 31),
  ),
  config: setting("config", "FILE", undefined, "YAML file of settings, keys as the flags in camelCase", text),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Settings that have no default may be undefined. */
export type Config = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T>
    ? Name extends
        | "kubeconfig"
        | "context"
        | "clusterName"
        | "eventMappings"
        | "webhookSecretFile"
        | "kagentApiUrl"
        | "oidcIssuerUrl"
        | "oidcClientId"
        | "oidcJwksUrl"
        | "oidcCaFile"
        | "oidcUsernamePrefix"
        | "oidcGroupsPrefix"
        | "proxySecretFile"
        | "tlsCertFile"
        | "tlsKeyFile"
        | "tlsClientCaFile"
        | "config"
      ? T | undefined
      : T
    : never;
};
