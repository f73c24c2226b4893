// Arbitraries for property tests: observations, filters, ranges and hooks, drawn from small pools so that they collide.
// Times lie at the edges of windows and hours, names hold what SQL, GLOB and JSON have opinions about.
import fc from "fast-check";
import type { DispatchOutcome } from "../src/events/dispatch.ts";
import { DISPATCH_OUTCOMES, type Dispatch } from "../src/events/dispatch.ts";
import { EVENT_STATUSES, type MatchedObservation, SEVERITIES } from "../src/events/event.ts";
import type { EventFilter } from "../src/events/filter.ts";
import type { Hook, HookKey } from "../src/events/hook.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** The deduplication window that the times below are made for. */
export const WINDOW = 600_000;
/** A whole day, so also a whole hour; generated times lie around it. */
export const NOON = Date.UTC(2026, 10, 23);

const NAMESPACES = ["default", "kube-system", "Default", "a_b", "naïve", "ns-\u{1F980}"];
const EVENT_TYPES = ["pod-restart", "oom-kill", "probe-failed", "node-not-ready", "Ω-type"];
const NAMES = [
  "web-0",
  "web-1",
  "web-10",
  "WEB-1",
  "web",
  "a*b",
  "a%b",
  "a_b",
  "a[b]",
  "a?b",
  `it's "quoted"\\`,
  "na\u0000me",
  "e\u0301",
  "\u00e9",
  "\uFFFDx",
  "\u{1F980}-crab",
  "\uE000-private",
  "",
];
const KINDS = ["Pod", "Node", "pod"];
const REASONS = ["BackOff", "Failed", "backoff", "OOMKilling", ""];
const WORDS = [
  "Back-off",
  "BACK",
  "restarting",
  "100%",
  "_",
  "*",
  "É",
  "é",
  "\u0000",
  "\n",
  '"',
  "\\n",
  "\u{1F980}",
  "\u2028",
];
const UIDS = ["u1", "u2", "u3", "U1", "u10", "\u{1F980}", "\uE000", "11111111-2222-4333-8444-555555555555", "u.1", "u"];
const SOURCES = ["kubernetes", "demo"];
const CLUSTERS = ["main", "other"];
const HOOK_NAMES = ["a", "b", "c"];

/** Times that lie on, right before and right after the edges that matter. */
export const instants = fc
  .tuple(
    fc.constantFrom(-2 * DAY, -DAY, -HOUR, -WINDOW, 0, WINDOW, 2 * WINDOW, HOUR, 2 * HOUR, DAY),
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(-1, 0, 1) },
      { weight: 1, arbitrary: fc.integer({ min: -HOUR, max: HOUR }) },
    ),
  )
  .map(([edge, off]) => NOON + edge + off);

export const hookKeys: fc.Arbitrary<HookKey> = fc.record({
  namespace: fc.constantFrom("default", "kube-system", "naïve"),
  name: fc.constantFrom(...HOOK_NAMES),
});

const hookSets = fc.uniqueArray(hookKeys, { maxLength: 3, selector: (key) => `${key.namespace}/${key.name}` });

const messages = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(" "));

export const observations: fc.Arbitrary<MatchedObservation> = fc
  .record({
    uid: fc.constantFrom(...UIDS),
    count: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
    ),
    cluster: fc.constantFrom(...CLUSTERS),
    source: fc.constantFrom(...SOURCES),
    eventType: fc.constantFrom(...EVENT_TYPES),
    severity: fc.constantFrom(...SEVERITIES),
    namespace: fc.constantFrom(...NAMESPACES),
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom(...NAMES),
    reason: fc.constantFrom(...REASONS),
    message: messages,
    tags: fc.dictionary(fc.constantFrom("a", "b", "__proto__", "\u0000"), fc.constantFrom("1", "\uD800", ""), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    lastSeen: instants,
    age: fc.constantFrom(0, 1, WINDOW, DAY),
    ignoredByController: fc.constantFrom("STALE" as const, "OTHER_SOURCE" as const, null),
    hooks: hookSets,
  })
  .map(({ kind, name, age, ...rest }) => ({
    ...rest,
    resource: { apiVersion: "v1", kind, name, namespace: kind === "Node" ? null : rest.namespace, uid: null },
    firstSeen: rest.lastSeen - age,
  }));

/** Many of one subject: their windows touch, overlap and leave gaps. */
export const crowdedObservations: fc.Arbitrary<MatchedObservation> = observations.map((observation) => ({
  ...observation,
  cluster: "main",
  namespace: "default",
  eventType: "pod-restart",
  resource: { apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "default", uid: null },
}));

/** Batches as a source delivers them. */
export const batches = fc.array(
  fc.array(fc.oneof({ weight: 2, arbitrary: observations }, { weight: 1, arbitrary: crowdedObservations }), {
    minLength: 1,
    maxLength: 12,
  }),
  { minLength: 1, maxLength: 6 },
);

const patterns = fc.oneof(
  fc.constantFrom(...NAMES),
  fc
    .array(fc.constantFrom("*", "web", "-", "1", "a", "b", "[", "?", "%", "_", "\u{1F980}", "\u0000"), { maxLength: 5 })
    .map((parts) => parts.join("")),
);

const texts = fc.oneof(
  fc.constantFrom(...WORDS, "", "k-o", "OFF", "BACKOFF", "web", "n", "\\", "u0000", "É"),
  fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)).map(([a, b]) => `${a} ${b}`),
);

/** Parts that are left out are absent, not undefined. */
export const filters: fc.Arbitrary<EventFilter> = fc.record(
  {
    namespaces: fc.array(fc.constantFrom(...NAMESPACES, "nowhere"), { maxLength: 3 }),
    eventTypes: fc.array(fc.constantFrom(...EVENT_TYPES, "none"), { maxLength: 3 }),
    statuses: fc.array(fc.constantFrom(...EVENT_STATUSES), { maxLength: 3 }),
    severities: fc.array(fc.constantFrom(...SEVERITIES), { maxLength: 3 }),
    sources: fc.array(fc.constantFrom(...SOURCES), { maxLength: 2 }),
    resourceName: patterns,
    resourceKind: fc.constantFrom(...KINDS),
    reason: fc.constantFrom(...REASONS),
    hook: hookKeys,
    text: texts,
    startTime: instants,
    endTime: instants,
  },
  { requiredKeys: [] },
);

/** Only what the sums by hour and day can answer, and always something of it. */
export const summedFilters: fc.Arbitrary<EventFilter> = fc
  .tuple(filters, fc.subarray(["namespaces", "eventTypes", "statuses", "hook", "startTime", "endTime"] as const))
  .map(([filter, parts]) =>
    Object.fromEntries(parts.filter((part) => filter[part] !== undefined).map((part) => [part, filter[part]])),
  );

export const timeRanges = fc
  .tuple(instants, instants)
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

export const intervals = fc.constantFrom(
  HOUR,
  DAY,
  2 * HOUR,
  6 * HOUR,
  7 * DAY,
  WINDOW,
  90 * 60_000,
  HOUR + 1,
  5 * DAY + 7,
);

export const dispatches: fc.Arbitrary<Dispatch> = fc
  .record({
    uid: fc.constantFrom("d1", "d2", "d3", "d4", "d5", "d6"),
    count: fc.integer({ min: 1, max: 3 }),
    hook: hookKeys,
    outcome: fc.constantFrom<DispatchOutcome>(...DISPATCH_OUTCOMES),
    eventType: fc.constantFrom("pod-restart", "oom-kill"),
    resourceName: fc.constantFrom("web-0", "web-1", `it's "quoted"\\`),
    timestamp: instants,
  })
  .map((parts) => ({
    ...parts,
    id: `${parts.uid}.${parts.count}`,
    agent: parts.outcome === "DUPLICATE_IGNORED" ? null : "agent",
    requestId: parts.outcome === "SUCCEEDED" ? "request" : null,
    error: parts.outcome === "FAILED" ? "it failed" : null,
    message: `told of ${parts.resourceName}`,
  }));

export const hooks: fc.Arbitrary<Hook> = fc
  .record({
    key: hookKeys,
    uid: fc.uuid(),
    labels: fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("web", "db"), { noNullPrototype: true }),
    generation: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ key, uid, labels, generation }) => ({
    ...key,
    uid,
    labels,
    annotations: {},
    generation,
    createdAt: NOON,
    eventConfigurations: [
      { eventType: "pod-restart", agentRef: { namespace: key.namespace, name: "agent" }, prompt: "look at it" },
    ],
    status: null,
    manifest: { apiVersion: "kagent.dev/v1alpha2", kind: "Hook", metadata: { ...key, labels } },
    deletedAt: null,
  }));
