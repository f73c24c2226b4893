// The table of settings: every name, its default, its meaning and how its text is read. Help, README and config.ts follow it.
// A reader gets the text of a flag, a variable or the file and returns the value, or throws a BadSetting that says what would be right.

import { type AddressRange, readAddressRange } from "./access/addressRange.ts";
import { AUTH_MODES, type AuthMode } from "./access/authenticator.ts";
import { isIssuer, readProviderUrl } from "./access/providerUrl.ts";
import { parseDuration } from "./events/duration.ts";
import { parseRate, type Rate } from "./events/rate.ts";

export class BadSetting extends Error {}

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

function text(value: string): string {
  if (value.trim() === "") throw new BadSetting("must not be empty");
  return value;
}

function list(value: string): readonly string[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** null: by where it listens. */
function authModes(value: string): readonly AuthMode[] | null {
  if (value === "auto") return null;
  const modes = list(value).map((name) => AUTH_MODES.find((mode) => mode === name));
  const known = modes.filter((mode) => mode !== undefined);
  if (known.length < modes.length || known.length === 0 || new Set(known).size < known.length) {
    throw new BadSetting(`must be auto, or some of ${AUTH_MODES.join(", ")}, each once`);
  }
  if (known.includes("none") && known.length > 1) {
    throw new BadSetting("must not have none beside others: then whoever says nothing would see everything");
  }
  return known;
}

function integer(lowest: number, highest: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= lowest && number <= highest)) {
      throw new BadSetting(`must be a whole number from ${lowest} to ${highest}`);
    }
    return number;
  };
}

/** Without a limit, with this one, or left to be found out. */
function rate(value: string): Rate | "auto" | null {
  if (value === "auto") return value;
  if (value === "off" || value === "0") return null;
  const parsed = parseRate(value);
  if (!parsed)
    throw new BadSetting("must be a rate such as 200/s, 600/m or 200/s:1000 (with a burst), or off, or auto");
  return parsed;
}

function origins(value: string): readonly string[] {
  return list(value).map((entry) => {
    if (entry === "*") {
      throw new BadSetting(
        "must name each origin: * would let every page that a user visits read what that user may see",
      );
    }
    const parsed = URL.parse(entry);
    if (parsed?.host && `${parsed.protocol}//${parsed.host}` === entry.toLowerCase()) return entry.toLowerCase();
    throw new BadSetting("must be origins such as https://ui.example.com or http://localhost:3000, without a path");
  });
}

function hosts(value: string): readonly string[] {
  return list(value).map((entry) => {
    const parsed = URL.parse(`http://${entry}`);
    if (parsed?.hostname === entry.toLowerCase()) return entry.toLowerCase();
    throw new BadSetting("must be host names or addresses such as gateway.example.com, without a scheme or a port");
  });
}

export interface BindAddress {
  /** undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** As controller-runtime has it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` is null. */
function bindAddress(value: string): BindAddress | null {
  if (value === "0") return null;
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535)) throw new BadSetting("must be HOST:PORT or :PORT, such as 127.0.0.1:8080, or 0 for nowhere");
  return { host: (bracketed ?? plain) || undefined, port };
}

function boolean(value: string): boolean {
  if (value !== "true" && value !== "false") throw new BadSetting("must be true or false");
  return value === "true";
}

function url(value: string): string {
  const parsed = URL.parse(value);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new BadSetting("must be a URL such as http://kagent:8083");
  return value;
}

const LOOPBACK_ONLY = "http is for a provider on this machine's loopback alone";

function providerUrl(value: string): string {
  if (!readProviderUrl(value)) throw new BadSetting(`must be an https URL; ${LOOPBACK_ONLY}`);
  return value;
}

function issuer(value: string): string {
  if (!isIssuer(value)) throw new BadSetting(`must be an https URL without a query; ${LOOPBACK_ONLY}`);
  return value;
}

function addressRanges(value: string): readonly AddressRange[] {
  return list(value).map((entry) => {
    const range = readAddressRange(entry);
    if (!range)
      throw new BadSetting(`must be addresses such as 10.0.0.7, 10.0.0.0/8 or fd00::/8, which ${entry} is not`);
    return range;
  });
}

function headerName(value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(value)) throw new BadSetting("must be the name of a header, such as Remote-User");
  return value;
}

function duration(value: string): number {
  const millis = parseDuration(value);
  if (millis === undefined) {
    throw new BadSetting("must be a duration above zero and of at most 100 years, such as 30s, 15m, 24h or 7d");
  }
  return millis;
}

function delay(value: string): number {
  return /^0(?:ms|[smhd])?$/.test(value) ? 0 : duration(value);
}

const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["B", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
]);

function size(value: string): number {
  const bytes = bytesOf(value);
  if (!(bytes >= 2 ** 20)) throw new BadSetting("must be a size of at least 1MiB, such as 512MiB or 1GiB");
  return bytes;
}

function messageSize(value: string): number {
  const bytes = bytesOf(value);
  if (!(bytes >= 2 ** 10 && bytes <= 2 ** 24)) throw new BadSetting("must be a size from 1KiB to 16MiB, such as 64KiB");
  return bytes;
}

/** NaN of what is no size. */
function bytesOf(value: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  const unit = SIZE_UNITS.get(parts?.[2] ?? "");
  return unit === undefined ? Number.NaN : Math.floor(Number(parts?.[1]) * unit);
}

const GRAPHQL_MODES = ["open", "persisted"] as const;

function graphqlMode(value: string): (typeof GRAPHQL_MODES)[number] {
  const mode = GRAPHQL_MODES.find((name) => name === value);
  if (!mode) throw new BadSetting(`must be one of ${GRAPHQL_MODES.join(", ")}`);
  return mode;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

function logLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  if (!level) throw new BadSetting(`must be one of ${LOG_LEVELS.join(", ")}`);
  return level;
}
