// Requests of every kind that one may send who sees one namespace: arbitraries for fast-check. They name what is theirs, what
// is others' and what is nowhere; `cursors` and `tags` were made for somebody who sees everything.
import fc from "fast-check";
import { EVENT_STATUSES } from "../../src/events/event.ts";
import { EVENT_SORTS } from "../../src/events/page.ts";
import { NOW } from "../graph/seededStore.ts";
import type { AskedFilter } from "../http/live/edge.ts";
import { MINE } from "./twin.ts";
import { HOOK_NAMES, hookOf, OTHERS, PODS, TYPES } from "./twinWorlds.ts";

export interface TwinRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Found {
  readonly cursors: readonly string[];
  readonly ids: readonly string[];
  readonly tags: readonly string[];
}

const namespace = fc.oneof({ weight: 3, arbitrary: fc.constant(MINE) }, fc.constantFrom(...OTHERS, "nowhere", "*", ""));
const hookName = fc.constantFrom(...HOOK_NAMES, "odd", "secret-hook", "none");
const eventType = fc.constantFrom(...TYPES, "secret-type", "pod-restrat");
const texts = fc.constantFrom("secret", "web", "Back-off", "SecretReason", "e", "");
const patterns = fc.constantFrom("*", "secret*", "*web*", "*-pod", ...PODS, "secret-web-0");
const moments = fc.integer({ min: 0, max: 9_000 }).map((minutes) => new Date(NOW - minutes * 60_000).toISOString());
const ranges = fc.constantFrom("1h", "1d", "2d", "7d", "90d");

const manifests = fc
  .record({ where: namespace, name: hookName, types: fc.subarray([...TYPES, "secret-type"], { minLength: 1 }) })
  .map(({ where, name, types }) => JSON.stringify(hookOf(where, name, types).manifest));

function parameters({ cursors }: Found) {
  const pairs: Readonly<Record<string, fc.Arbitrary<string | number>>> = {
    namespace,
    eventType,
    status: fc.constantFrom("firing", "duplicate", "resolved"),
    severity: fc.constantFrom("low", "critical"),
    source: fc.constantFrom("kubernetes", "secret-source"),
    resourceName: patterns,
    reason: fc.constantFrom("BackOff", "SecretReason"),
    text: texts,
    startTime: moments,
    endTime: moments,
    timeRange: ranges,
    interval: fc.constantFrom("1h", "1d", "17m"),
    limit: fc.integer({ min: 1, max: 5 }),
    offset: fc.constantFrom(0, 1, 3, 10, 500),
    cursor: fc.constantFrom(...cursors, "nonsense"),
    sort: fc.constantFrom("timestamp", "-timestamp", "eventType", "-eventType", "resourceName", "-resourceName"),
    labelSelector: fc.constantFrom("team=secret", "team=mine", "team", "team!=mine"),
    format: fc.constantFrom("yaml", "json"),
    namespase: fc.constant("x"),
  };
  const pair = fc
    .constantFrom(...Object.keys(pairs))
    .chain((name) => fc.tuple(fc.constant(name), pairs[name] ?? namespace));
  return fc
    .uniqueArray(pair, { maxLength: 3, selector: ([name]) => name })
    .map((chosen) => new URLSearchParams(chosen.map(([name, value]) => [name, String(value)])).toString());
}

const paths = fc.oneof(
  fc.constantFrom(
    "/api/v1/events",
    "/api/v1/hooks",
    "/api/v1/stats/events/summary",
    "/api/v1/stats/events/by-type",
    "/api/v1/stats/trends",
    "/api/v1/health",
    "/api/v1/diagnostics",
    "/api/v1/metrics",
    "/api/v1/openapi.json",
    "/api/v1/nothing",
  ),
  namespace.map((where) => `/api/v1/events/${encodeURIComponent(where)}`),
  eventType.map((type) => `/api/v1/events/types/${type}`),
  fc
    .tuple(
      fc.constantFrom("/api/v1/hooks/@", "/api/v1/hooks/@/events", "/api/v1/stats/hooks/@/metrics"),
      namespace,
      hookName,
    )
    .map(([route, where, name]) => route.replace("@", `${encodeURIComponent(where)}/${name}`)),
);

function restRequests(found: Found): fc.Arbitrary<TwinRequest> {
  return fc
    .record({
      method: fc.constantFrom("GET", "GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE"),
      path: paths,
      query: parameters(found),
      accept: fc.constantFrom("*/*", "application/json", "application/yaml", "image/png"),
      known: fc.constantFrom(undefined, "*", ...found.tags),
    })
    .map(({ method, path, query, accept, known }) => {
      const headers = { Accept: accept, ...(known === undefined ? {} : { "If-None-Match": known }) };
      return { method, path: query === "" ? path : `${path}?${query}`, headers };
    });
}

const bodies = fc
  .tuple(fc.constantFrom("/api/v1/hooks/validate", "/api/v1/hooks/preview?timeRange=7d"), manifests)
  .map(
    ([path, body]): TwinRequest => ({ method: "POST", path, headers: { "Content-Type": "application/json" }, body }),
  );

const EVENT = `id cursor cluster eventType status severity namespace resource { kind name namespace uid } reason message source
  tags { key value } count occurrences timestamp firstSeen lastSeen resolvedAt duplicateOf ignoredByController`;
const HOOK =
  "namespace name uid labels { value } annotations { value } generation createdAt deletedAt eventConfigurations { prompt }";

const filter = fc.record(
  {
    namespaces: fc.array(namespace, { minLength: 1, maxLength: 2 }),
    eventTypes: fc.array(eventType, { minLength: 1, maxLength: 2 }),
    statuses: fc.subarray([...EVENT_STATUSES], { minLength: 1 }),
    sources: fc.constantFrom(["secret-source"], ["kubernetes"]),
    resourceName: patterns,
    reason: fc.constantFrom("BackOff", "SecretReason"),
    text: texts,
    hook: fc.record({ namespace, name: hookName }),
    startTime: moments,
  },
  { requiredKeys: [] },
) as fc.Arbitrary<AskedFilter>; // what is left out is absent, not undefined
/** Most give one part or two: of many little is left. */
export const filters: fc.Arbitrary<AskedFilter> = fc.oneof(
  { weight: 1, arbitrary: filter },
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: filter.map((all) => Object.fromEntries(Object.entries(all).slice(0, 1))) },
);

function operations({ cursors, ids }: Found): fc.Arbitrary<{ readonly query: string; readonly variables: object }> {
  const page = fc.record(
    {
      first: fc.integer({ min: 1, max: 6 }),
      offset: fc.constantFrom(0, 2, 100),
      after: fc.constantFrom(...cursors, "nonsense"),
    },
    { requiredKeys: [] },
  );
  const of = <Variables extends object>(query: string, variables: fc.Arbitrary<Variables>) =>
    variables.map((given) => ({ query, variables: given }));
  return fc.oneof(
    of(
      `query ($filter: EventFilter, $sort: EventSort! = TIMESTAMP_DESC, $first: Int! = 50, $offset: Int! = 0, $after: String) {
        events(filter: $filter, sort: $sort, first: $first, offset: $offset, after: $after) { totalCount
          nodes { ${EVENT} hooks { ${HOOK} } dispatches { id message hook { name } } } edges { place: cursor }
          pageInfo { hasNextPage hasPreviousPage start: startCursor end: endCursor } } }`,
      fc
        .tuple(filters, fc.constantFrom(...EVENT_SORTS), page)
        .map(([given, sort, more]) => ({ filter: given, sort, ...more })),
    ),
    of(
      `query ($id: ID!) { event(id: $id) { ${EVENT} hooks { ${HOOK} yaml } dispatches { id message } } }`,
      fc.record({ id: fc.constantFrom(...ids, "made-up.1") }),
    ),
    of(
      `query ($namespace: String, $labelSelector: String, $first: Int! = 50, $after: String) {
        hooks(namespace: $namespace, labelSelector: $labelSelector, first: $first, after: $after) { totalCount
          nodes { ${HOOK} yaml } edges { place: cursor } pageInfo { hasNextPage end: endCursor } } }`,
      fc.record(
        {
          namespace,
          labelSelector: fc.constantFrom("team=secret", "team=mine"),
          first: fc.integer({ min: 1, max: 3 }),
          after: fc.constantFrom(...cursors),
        },
        { requiredKeys: [] },
      ),
    ),
    // One after the other: of two fields that are refused, both may be told or the first alone.
    of(
      `query ($namespace: String!, $name: String!) { hook(namespace: $namespace, name: $name) { ${HOOK} yaml
        stats(timeRange: "90d") { summary { totalEvents } byType { eventType count } dispatches { fired failed } lastEventAt } } }`,
      fc.record({ namespace, name: hookName }),
    ),
    of(
      `query ($namespace: String!, $name: String!) { hook(namespace: $namespace, name: $name) { ${HOOK}
        events(first: 3) { totalCount nodes { ${EVENT} } } } }`,
      fc.record({ namespace, name: hookName }),
    ),
    of(
      `query ($filter: EventFilter, $range: Duration) { stats(filter: $filter, timeRange: $range) {
        timeRange { start end } summary { totalEvents activeEvents duplicateEvents resolvedEvents }
        byType { eventType count percentage } byNamespace { namespace count percentage firing }
        byHook { hook { namespace name } count percentage }
        trends(interval: "1d") { buckets { start total byType { eventType count } } previous { total changePercent } } } }`,
      fc
        .tuple(filters, ranges)
        .map(([given, range]) => ({ filter: given, range: "startTime" in given ? null : range })),
    ),
    of(
      `query ($manifest: String!) { validateHook(manifest: $manifest) { valid errors { code path message }
        warnings { code path message hook { namespace name } } schema { source } } }`,
      fc.record({ manifest: manifests }),
    ),
    of(
      `query ($manifest: String!) { previewHook(manifest: $manifest, timeRange: "90d") { matched fired suppressed ignored
        byType { eventType matched } newest(first: 5) { ${EVENT} hooks { name } } prompt { prompt event { id } } } }`,
      fc.record({ manifest: manifests }),
    ),
    of("{ health { status since message controller { stalledNamespaces } } eventTypes { name } }", fc.constant({})),
    of("{ diagnostics { store { records } } }", fc.constant({})),
    of("{ secrets { name } hooks { nodes { promt } } }", fc.constant({})),
  );
}

export function twinRequests(found: Found): fc.Arbitrary<TwinRequest> {
  const graphql = operations(found).map((operation): TwinRequest => {
    const headers = { "Content-Type": "application/json" };
    return { method: "POST", path: "/graphql", headers, body: JSON.stringify(operation) };
  });
  return fc.oneof(
    { weight: 5, arbitrary: restRequests(found) },
    { weight: 1, arbitrary: bodies },
    { weight: 5, arbitrary: graphql },
  );
}
