// What the gateway can be asked, each way once or more: by what it names, and how.
// `covers` is the route as the OpenAPI document has it, or the field of the GraphQL schema.
import { newHook } from "./accessData.ts";

export const WEBHOOK_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

export interface RestAsk {
  readonly covers?: string;
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the answer has how many there are; `*` adds up a list. */
  readonly total?: string;
  /** Whether it is asked of the metrics' own port. */
  readonly onMetricsPort?: boolean;
}

export interface GraphqlAsk {
  readonly covers: `${"Query" | "Subscription"}.${string}`;
  readonly query: string;
  readonly total?: string;
}

const JSON_BODY = { "Content-Type": "application/json" };
const CLOUD_EVENT = { "Content-Type": "application/cloudevents+json" };
const DELIVERY = JSON.stringify({ specversion: "1.0", source: "/d", type: "deploy.failed", id: "1" });
const RANGE = "timeRange=1d";
const EVENTS = { covers: "GET /api/v1/events application/json", total: "pagination.total" };
const NAMESPACE_EVENTS = { covers: "GET /api/v1/events/{namespace} application/json", total: "pagination.total" };
const HOOKS = { covers: "GET /api/v1/hooks application/json", total: "pagination.total" };
const MANIFESTS = { covers: "GET /api/v1/hooks application/yaml" };
const HOOK = { covers: "GET /api/v1/hooks/{namespace}/{name} application/json" };
const MANIFEST = { covers: "GET /api/v1/hooks/{namespace}/{name} application/yaml" };
const HOOK_EVENTS = {
  covers: "GET /api/v1/hooks/{namespace}/{name}/events application/json",
  total: "pagination.total",
};
const SUMMARY = { covers: "GET /api/v1/stats/events/summary application/json", total: "summary.totalEvents" };
const BY_TYPE = { covers: "GET /api/v1/stats/events/by-type application/json", total: "byType.pod-restart.count" };
const HOOK_METRICS = {
  covers: "GET /api/v1/stats/hooks/{namespace}/{name}/metrics application/json",
  total: "dispatches.fired",
};
const TRENDS = { covers: "GET /api/v1/stats/trends application/json", total: "buckets.*.total" };
const VALIDATE = { covers: "POST /api/v1/hooks/validate application/json", method: "POST", headers: JSON_BODY };
const PREVIEW = {
  covers: "POST /api/v1/hooks/preview application/json",
  method: "POST",
  headers: JSON_BODY,
  total: "matched",
};
const STREAM = { covers: "GET /api/v1/events/stream text/event-stream" };
const WEBHOOK = { covers: "POST /api/v1/sources/webhook/{name} application/json", method: "POST", body: DELIVERY };

export const REST_ASKS: Readonly<Record<string, RestAsk>> = {
  events: { ...EVENTS, path: "/api/v1/events" },
  "events of alder": { ...EVENTS, path: "/api/v1/events?namespace=alder" },
  "events of alder and cedar": { ...EVENTS, path: "/api/v1/events?namespace=alder,cedar" },
  "events of nowhere": { ...EVENTS, path: "/api/v1/events?namespace=nowhere" },
  "events in a page": { ...EVENTS, path: "/api/v1/events?limit=1&sort=timestamp" },
  "path of alder": { ...NAMESPACE_EVENTS, path: "/api/v1/events/alder" },
  "path of cedar": { ...NAMESPACE_EVENTS, path: "/api/v1/events/cedar" },
  "path of nowhere": { ...NAMESPACE_EVENTS, path: "/api/v1/events/nowhere" },
  "events of a type": {
    covers: "GET /api/v1/events/types/{eventType} application/json",
    path: "/api/v1/events/types/pod-restart",
    total: "pagination.total",
  },
  hooks: { ...HOOKS, path: "/api/v1/hooks" },
  "hooks of alder": { ...HOOKS, path: "/api/v1/hooks?namespace=alder" },
  "hooks of cedar": { ...HOOKS, path: "/api/v1/hooks?namespace=cedar" },
  "hooks of nowhere": { ...HOOKS, path: "/api/v1/hooks?namespace=nowhere" },
  manifests: { ...MANIFESTS, path: "/api/v1/hooks?format=yaml" },
  "manifests of alder": { ...MANIFESTS, path: "/api/v1/hooks?format=yaml&namespace=alder" },
  "manifests of cedar": { ...MANIFESTS, path: "/api/v1/hooks?format=yaml&namespace=cedar" },
  "hook of alder": { ...HOOK, path: "/api/v1/hooks/alder/alder-hook-1" },
  "hook of cedar": { ...HOOK, path: "/api/v1/hooks/cedar/cedar-hook-1" },
  "no hook of alder": { ...HOOK, path: "/api/v1/hooks/alder/none" },
  "no hook of cedar": { ...HOOK, path: "/api/v1/hooks/cedar/none" },
  "manifest of alder": { ...MANIFEST, path: "/api/v1/hooks/alder/alder-hook-1?format=yaml" },
  "manifest of cedar": { ...MANIFEST, path: "/api/v1/hooks/cedar/cedar-hook-1?format=yaml" },
  "hook's events in alder": { ...HOOK_EVENTS, path: "/api/v1/hooks/alder/alder-hook-1/events" },
  "hook's events in cedar": { ...HOOK_EVENTS, path: "/api/v1/hooks/cedar/cedar-hook-1/events" },
  summary: { ...SUMMARY, path: `/api/v1/stats/events/summary?${RANGE}` },
  "summary of cedar": { ...SUMMARY, path: `/api/v1/stats/events/summary?${RANGE}&namespace=cedar` },
  "by type": { ...BY_TYPE, path: `/api/v1/stats/events/by-type?${RANGE}` },
  "by type in cedar": { ...BY_TYPE, path: `/api/v1/stats/events/by-type?${RANGE}&namespace=cedar` },
  "hook's metrics in alder": { ...HOOK_METRICS, path: `/api/v1/stats/hooks/alder/alder-hook-1/metrics?${RANGE}` },
  "hook's metrics in cedar": { ...HOOK_METRICS, path: `/api/v1/stats/hooks/cedar/cedar-hook-1/metrics?${RANGE}` },
  trends: { ...TRENDS, path: "/api/v1/stats/trends?timeRange=90d&interval=365d" },
  "trends of cedar": { ...TRENDS, path: "/api/v1/stats/trends?timeRange=90d&interval=365d&namespace=cedar" },
  "validate for alder": { ...VALIDATE, path: "/api/v1/hooks/validate", body: newHook("alder") },
  "validate for cedar": { ...VALIDATE, path: "/api/v1/hooks/validate", body: newHook("cedar") },
  "validate for nowhere": { ...VALIDATE, path: "/api/v1/hooks/validate", body: newHook("nowhere") },
  "preview for alder": { ...PREVIEW, path: "/api/v1/hooks/preview", body: newHook("alder") },
  "preview for cedar": { ...PREVIEW, path: "/api/v1/hooks/preview", body: newHook("cedar") },
  health: { covers: "GET /api/v1/health application/json", path: "/api/v1/health" },
  diagnostics: { covers: "GET /api/v1/diagnostics application/json", path: "/api/v1/diagnostics" },
  metrics: { covers: "GET /api/v1/metrics text/plain", path: "/api/v1/metrics" },
  openmetrics: {
    covers: "GET /api/v1/metrics application/openmetrics-text",
    path: "/api/v1/metrics",
    headers: { Accept: "application/openmetrics-text" },
  },
  "own port": { path: "/metrics", onMetricsPort: true },
  "own port's other paths": { path: "/", onMetricsPort: true },
  "openapi.json": { covers: "GET /api/v1/openapi.json application/json", path: "/api/v1/openapi.json" },
  "HEAD openapi.json": { method: "HEAD", path: "/api/v1/openapi.json" },
  playground: { path: "/graphql", headers: { Accept: "text/html" } },
  "webhook without its secret": { ...WEBHOOK, path: "/api/v1/sources/webhook/deployer", headers: CLOUD_EVENT },
  "webhook with its secret": {
    ...WEBHOOK,
    path: "/api/v1/sources/webhook/deployer",
    headers: { ...CLOUD_EVENT, Authorization: `Bearer ${WEBHOOK_SECRET}` },
  },
  "HEAD events of cedar": { method: "HEAD", path: "/api/v1/events?namespace=cedar" },
  "HEAD hook of cedar": { method: "HEAD", path: "/api/v1/hooks/cedar/cedar-hook-1" },
  "HEAD stream": { ...STREAM, method: "HEAD", path: "/api/v1/events/stream" },
  "HEAD stream of cedar": { ...STREAM, method: "HEAD", path: "/api/v1/events/stream?namespace=cedar" },
  "OPTIONS events": { method: "OPTIONS", path: "/api/v1/events" },
  "OPTIONS stream": { method: "OPTIONS", path: "/api/v1/events/stream" },
  "OPTIONS openapi.json": { method: "OPTIONS", path: "/api/v1/openapi.json" },
  "OPTIONS graphql": { method: "OPTIONS", path: "/graphql" },
  "DELETE hook of cedar": { method: "DELETE", path: "/api/v1/hooks/cedar/cedar-hook-1" },
  "no route": { path: "/api/v1/nothing" },
  "bad filter of cedar": { ...EVENTS, path: "/api/v1/events?namespace=cedar&colour=red" },
};

const EVENT_FIELDS =
  "id message namespace hooks { namespace name eventConfigurations { prompt } } dispatches { message }";
const HOOK_FIELDS = "namespace name annotations { value } eventConfigurations { prompt }";
const text = (manifest: string) => JSON.stringify(manifest);

export const GRAPHQL_ASKS: Readonly<Record<string, GraphqlAsk>> = {
  "events()": {
    covers: "Query.events",
    query: `{ events { totalCount nodes { ${EVENT_FIELDS} } edges { cursor node { id } } } }`,
    total: "events.totalCount",
  },
  "events(alder)": {
    covers: "Query.events",
    query: `{ events(filter: { namespaces: ["alder"] }) { totalCount nodes { id } } }`,
    total: "events.totalCount",
  },
  "events(cedar)": {
    covers: "Query.events",
    query: `{ events(filter: { namespaces: ["cedar"] }) { totalCount nodes { id } } }`,
    total: "events.totalCount",
  },
  "events(hook of alder)": {
    covers: "Query.events",
    query: `{ events(filter: { hook: { namespace: "alder", name: "alder-hook-1" } }) { totalCount nodes { message } } }`,
    total: "events.totalCount",
  },
  "events(hook of cedar)": {
    covers: "Query.events",
    query: `{ events(filter: { hook: { namespace: "cedar", name: "cedar-hook-1" } }) { totalCount nodes { message } } }`,
    total: "events.totalCount",
  },
  "event(of alder)": { covers: "Query.event", query: `{ event(id: "alder-pod-1-uid.1") { ${EVENT_FIELDS} } }` },
  "event(of cedar)": { covers: "Query.event", query: `{ event(id: "cedar-pod-1-uid.1") { ${EVENT_FIELDS} } }` },
  "hooks()": {
    covers: "Query.hooks",
    query: `{ hooks { totalCount nodes { ${HOOK_FIELDS} } } }`,
    total: "hooks.totalCount",
  },
  "hooks(), with their manifests": { covers: "Query.hooks", query: "{ hooks { nodes { yaml } } }" },
  "hooks(cedar)": { covers: "Query.hooks", query: `{ hooks(namespace: "cedar") { totalCount nodes { name } } }` },
  "hook(of alder)": {
    covers: "Query.hook",
    query: `{ hook(namespace: "alder", name: "alder-hook-1") { ${HOOK_FIELDS} events { totalCount } } }`,
  },
  "hook(of alder), its manifest": {
    covers: "Query.hook",
    query: `{ hook(namespace: "alder", name: "alder-hook-1") { yaml } }`,
  },
  "hook(of cedar)": { covers: "Query.hook", query: `{ hook(namespace: "cedar", name: "cedar-hook-1") { name } }` },
  "stats()": {
    covers: "Query.stats",
    query: `{ stats(timeRange: "1d") { summary { totalEvents } byNamespace { namespace count }
      byHook { hook { name eventConfigurations { prompt } } } trends { previous { total } } } }`,
    total: "stats.summary.totalEvents",
  },
  "stats(cedar)": {
    covers: "Query.stats",
    query: `{ stats(timeRange: "1d", filter: { namespaces: ["cedar"] }) { summary { totalEvents } } }`,
  },
  "validateHook(for alder)": {
    covers: "Query.validateHook",
    query: `{ validateHook(manifest: ${text(newHook("alder"))}) { valid warnings { message } } }`,
  },
  "validateHook(for cedar)": {
    covers: "Query.validateHook",
    query: `{ validateHook(manifest: ${text(newHook("cedar"))}) { valid warnings { message } } }`,
  },
  "previewHook(for alder)": {
    covers: "Query.previewHook",
    query: `{ previewHook(manifest: ${text(newHook("alder"))}) { matched newest { ${EVENT_FIELDS} } } }`,
    total: "previewHook.matched",
  },
  "previewHook(for cedar)": {
    covers: "Query.previewHook",
    query: `{ previewHook(manifest: ${text(newHook("cedar"))}) { matched newest { message } } }`,
    total: "previewHook.matched",
  },
  "health, its status": { covers: "Query.health", query: "{ health { status } }" },
  "health, its parts": {
    covers: "Query.health",
    query: "{ health { store { records } } }",
    total: "health.store.records",
  },
  diagnostics: {
    covers: "Query.diagnostics",
    query: "{ diagnostics { store { records } } }",
    total: "diagnostics.store.records",
  },
  eventTypes: { covers: "Query.eventTypes", query: "{ eventTypes { name } }" },
};

/** What they tell of at once. */
export const SUBSCRIPTION_ASKS: Readonly<Record<string, GraphqlAsk>> = {
  "eventChanges()": {
    covers: "Subscription.eventChanges",
    query: `subscription { eventChanges(since: "1d") { event { ${EVENT_FIELDS} } } }`,
  },
  "eventChanges(alder)": {
    covers: "Subscription.eventChanges",
    query: `subscription { eventChanges(since: "1d", filter: { namespaces: ["alder"] }) { event { message } } }`,
  },
  "eventChanges(cedar)": {
    covers: "Subscription.eventChanges",
    query: `subscription { eventChanges(since: "1d", filter: { namespaces: ["cedar"] }) { event { message } } }`,
  },
  "eventChanges(hook of cedar)": {
    covers: "Subscription.eventChanges",
    query: `subscription { eventChanges(since: "1d", filter: { hook: { namespace: "cedar", name: "cedar-hook-1" } }) { event { message } } }`,
  },
  "hookChanges()": {
    covers: "Subscription.hookChanges",
    query: `subscription { hookChanges(initial: true) { hook { ${HOOK_FIELDS} } } }`,
  },
  "hookChanges(), with manifests": {
    covers: "Subscription.hookChanges",
    query: "subscription { hookChanges(initial: true) { hook { yaml } } }",
  },
  "hookChanges(alder)": {
    covers: "Subscription.hookChanges",
    query: `subscription { hookChanges(initial: true, namespace: "alder") { hook { ${HOOK_FIELDS} } } }`,
  },
  "hookChanges(cedar)": {
    covers: "Subscription.hookChanges",
    query: `subscription { hookChanges(initial: true, namespace: "cedar") { hook { name } } }`,
  },
  "stats()": {
    covers: "Subscription.stats",
    query: `subscription { stats(timeRange: "1d", every: "1h") { summary { totalEvents } byNamespace { namespace } byHook { hook { name } } } }`,
    total: "stats.summary.totalEvents",
  },
  "stats(cedar)": {
    covers: "Subscription.stats",
    query: `subscription { stats(timeRange: "1d", every: "1h", filter: { namespaces: ["cedar"] }) { summary { totalEvents } } }`,
    total: "stats.summary.totalEvents",
  },
};

/** Of the stream of events over SSE and over a WebSocket: queries of one path. */
export const STREAM_ASKS: Readonly<Record<string, string>> = {
  "all of them": "since=1d",
  "those of alder": "since=1d&namespace=alder",
  "those of cedar": "since=1d&namespace=cedar",
  "those of nowhere": "since=1d&namespace=nowhere",
};
