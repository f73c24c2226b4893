// Worlds of one namespace that is asked about, and of others that nobody may hear of: arbitraries for fast-check.
// Names are shared as far as they can be, so that what is kept together could be mixed up; all else of the others says "secret".
import fc from "fast-check";
import { DISPATCH_OUTCOMES, type Dispatch } from "../../src/events/dispatch.ts";
import { type MatchedObservation, SEVERITIES } from "../../src/events/event.ts";
import type { Hook } from "../../src/events/hook.ts";
import { NOW } from "../graph/seededStore.ts";
import { MINE, type World } from "./twin.ts";

const MINUTE = 60_000;
export const OTHERS = ["secret-a", "secret-b"] as const;
export const TYPES = ["pod-restart", "oom-kill"] as const;
export const PODS = ["web-0", "web-1", "api"] as const;
export const HOOK_NAMES = ["a", "b"] as const;

const namespaces = fc.constantFrom(MINE, ...OTHERS);
/** Of the last two hours, the last two days, and before: windows, hours and days are cut differently. */
const instants = fc
  .oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 2_880 }), fc.integer({ min: 2_880, max: 9_000 }))
  .map((minutes) => NOW - minutes * MINUTE);

/** Ids are given when all is there: in a cluster they are never the same in two namespaces. */
const drafts = fc.record({
  namespace: namespaces,
  eventType: fc.constantFrom(...TYPES),
  isOdd: fc.boolean(),
  pod: fc.constantFrom(...PODS),
  severity: fc.constantFrom(...SEVERITIES),
  count: fc.integer({ min: 1, max: 3 }),
  hooks: fc.uniqueArray(fc.constantFrom(...HOOK_NAMES), { maxLength: 2 }),
  lastSeen: instants,
  ignored: fc.constantFrom("STALE" as const, null, null),
});

function observed({ namespace, isOdd, pod, hooks, ignored, ...rest }: Draft, number: number): MatchedObservation {
  const isMine = namespace === MINE;
  const name = isMine || !isOdd ? pod : `secret-${pod}`;
  return {
    ...rest,
    uid: `${namespace}-uid-${number}`,
    cluster: "test",
    source: isMine || !isOdd ? "kubernetes" : "secret-source",
    eventType: isMine || !isOdd ? rest.eventType : "secret-type",
    namespace,
    resource: { apiVersion: "v1", kind: "Pod", name, namespace, uid: `${namespace}-pod-uid` },
    reason: isMine || !isOdd ? "BackOff" : "SecretReason",
    message: isMine ? `Back-off restarting ${name}` : `secret words of ${name}`,
    tags: isMine ? { node: "n" } : { secret: "tag" },
    firstSeen: rest.lastSeen - MINUTE,
    ignoredByController: ignored,
    hooks: hooks.toSorted().map((hook) => ({ namespace, name: hook })),
  };
}

type Draft = typeof drafts extends fc.Arbitrary<infer Each> ? Each : never;

export function hookOf(namespace: string, name: string, eventTypes: readonly string[]): Hook {
  const word = namespace === MINE ? "mine" : "secret";
  const labels = { team: word };
  const eventConfigurations = eventTypes.map((eventType) => {
    return { eventType, agentRef: { namespace, name: "agent" }, prompt: `${word} prompt` };
  });
  return {
    namespace,
    name,
    uid: `${namespace}-${name}-uid`,
    labels,
    annotations: { note: word },
    generation: 1,
    createdAt: NOW - 9_000 * MINUTE,
    eventConfigurations,
    status: null,
    manifest: {
      apiVersion: "kagent.dev/v1alpha2",
      kind: "Hook",
      metadata: { name, namespace, labels },
      spec: { eventConfigurations },
    },
    deletedAt: null,
  };
}

const hooks = fc
  .uniqueArray(fc.tuple(namespaces, fc.constantFrom(...HOOK_NAMES, "odd")), {
    maxLength: 8,
    selector: (key) => key.join("/"),
  })
  .map((keys) =>
    keys.map(([namespace, name]) =>
      hookOf(namespace, namespace !== MINE && name === "odd" ? "secret-hook" : name, TYPES),
    ),
  );

const dispatches = fc
  .array(
    fc.record({
      namespace: namespaces,
      name: fc.constantFrom(...HOOK_NAMES),
      outcome: fc.constantFrom(...DISPATCH_OUTCOMES),
      eventType: fc.constantFrom(...TYPES),
      resourceName: fc.constantFrom(...PODS),
      timestamp: instants,
    }),
    { maxLength: 12 },
  )
  .map((all) =>
    all.map(({ namespace, name, ...rest }, index): Dispatch => {
      const uid = `${namespace}-audit-${index}`;
      const hook = { namespace, name };
      return {
        ...rest,
        id: `${uid}.1`,
        uid,
        count: 1,
        hook,
        agent: "agent",
        requestId: null,
        error: null,
        message: `said ${uid}`,
      };
    }),
  );

export const worlds: fc.Arbitrary<World> = fc.record({
  hooks,
  batches: fc
    .array(fc.array(drafts, { minLength: 1, maxLength: 15 }), { minLength: 1, maxLength: 4 })
    .map((batches) => {
      let number = 0;
      return batches.map((batch) => batch.map((draft) => observed(draft, ++number)));
    }),
  dispatches,
});

/** One of them; the same for the same seed. */
export function worldOf(seed: number): World {
  const [world] = fc.sample(worlds, { numRuns: 1, seed });
  if (!world) throw new Error("there is no world");
  return world;
}

/** Something of one namespace that tells where all before it has been heard. */
export function mark(namespace: typeof MINE | (typeof OTHERS)[number], number: number): World {
  const name = namespace === MINE ? `mark-${number}` : `secret-mark-${number}`;
  const draft: Draft = {
    namespace,
    eventType: TYPES[0],
    isOdd: false,
    pod: PODS[0],
    severity: "LOW",
    count: 1,
    hooks: [],
    lastSeen: NOW - 1,
    ignored: null,
  };
  const event = observed(draft, 1_000 + number);
  return {
    hooks: [hookOf(namespace, name, [])],
    batches: [[{ ...event, resource: { ...event.resource, name } }]],
    dispatches: [],
  };
}
