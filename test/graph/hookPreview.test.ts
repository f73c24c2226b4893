// A preview beside what the store says once the hook is there and the same history is replayed.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { MatchedObservation } from "../../src/events/event.ts";
import { type Hook, matchingHooks } from "../../src/events/hook.ts";
import { data, run } from "./harness.ts";
import { emptyStore, HOUR, MINUTE, NOW, WEB_HOOK } from "./seededStore.ts";

const HOOK: Hook = { ...WEB_HOOK, name: "planned" };
const MANIFEST = `apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata:
  name: planned
  namespace: shop
spec:
  eventConfigurations:
    - eventType: pod-restart
      agentRef: {name: k8s-agent, namespace: kagent}
      prompt: "{{.EventType}} of {{.ResourceName}} in {{.Namespace}} at {{.EventTime}}: {{.Reason}}, {{.EventMessage}}, {{.Unknown}}"
    - eventType: oom-kill
      agentRef: {name: memory-agent}
      prompt: "{{.ResourceName}}"
`;
const PREVIEW = `query ($manifest: String!) { previewHook(manifest: $manifest, timeRange: "24h") {
  hook { namespace name } matched fired suppressed ignored complete byType { eventType matched fired suppressed ignored }
  newest(first: 3) { id } prompt { event { id } agentRef { namespace name } prompt }
} }`;

interface Previewed {
  readonly previewHook: {
    readonly matched: number;
    readonly fired: number;
    readonly suppressed: number;
    readonly ignored: number;
    readonly complete: boolean;
    readonly byType: readonly { readonly eventType: string; readonly matched: number }[];
    readonly newest: readonly { readonly id: string }[];
    readonly prompt: {
      readonly prompt: string;
      readonly agentRef: object;
      readonly event: { readonly id: string };
    } | null;
  };
}

const past = fc.record({
  minutes: fc.integer({ min: 1, max: 90 }),
  eventType: fc.constantFrom("pod-restart", "oom-kill", "pod-pending"),
  namespace: fc.constantFrom("shop", "shop", "pay"),
  name: fc.constantFrom("web-1", "web-2"),
});
type Past = (typeof past extends fc.Arbitrary<infer T> ? T : never) & { readonly ignored?: "STALE" | null };

function history(moments: readonly Past[]): readonly MatchedObservation[] {
  return moments
    .toSorted((a, b) => b.minutes - a.minutes)
    .map(({ minutes, eventType, namespace, name, ignored = null }, index) => ({
      uid: `uid-${index}`,
      count: 1,
      cluster: "test",
      source: "kubernetes",
      eventType,
      severity: "HIGH",
      namespace,
      resource: { apiVersion: "v1", kind: "Pod", name, namespace, uid: null },
      reason: "BackOff",
      message: "back-off",
      tags: {},
      firstSeen: NOW - minutes * MINUTE,
      lastSeen: NOW - minutes * MINUTE,
      ignoredByController: ignored,
      hooks: [],
    }));
}

/** What is said before, and what the store says after the hook was there for all of it. */
async function bothWays(moments: readonly Past[]) {
  const before = await emptyStore();
  const after = await emptyStore();
  try {
    const observations = history(moments);
    await before.store.append(observations, NOW);
    const { previewHook } = await data<Previewed>(before.store, PREVIEW, { manifest: MANIFEST });
    await after.store.putHooks([HOOK]);
    await after.store.append(
      observations.map((each) => ({ ...each, hooks: matchingHooks([HOOK], each) })),
      NOW,
    );
    const filter = { hook: { namespace: "shop", name: "planned" }, startTime: NOW - 24 * HOUR, endTime: NOW };
    const count = (statuses: readonly ("FIRING" | "DUPLICATE" | "RESOLVED")[]) =>
      after.store.count({ ...filter, statuses });
    const page = await after.store.events({ filter, sort: "TIMESTAMP_DESC", first: 3 });
    return {
      previewHook,
      deployed: {
        matched: await after.store.count(filter),
        fired: await count(["FIRING", "RESOLVED"]),
        suppressed: await count(["DUPLICATE"]),
        newest: page.records.map(({ parsed }) => ({ id: parsed.id })),
      },
    };
  } finally {
    await before.close();
    await after.close();
  }
}

test("it says what the store says once the hook is there and history is replayed", async () => {
  let suppressed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(past, { maxLength: 60, size: "max" }), async (moments) => {
      const { previewHook, deployed } = await bothWays(moments);
      expect(previewHook).toMatchObject({ ...deployed, ignored: 0, complete: true });
      suppressed += deployed.suppressed;
    }),
    { numRuns: 15, seed: 20261125 },
  );
  expect(suppressed).toBeGreaterThan(50);
}, 120_000);

test("what khook ignores neither fires nor opens a window", async () => {
  const at = (minutes: number, ignored: "STALE" | null): Past => {
    return { minutes, eventType: "pod-restart", namespace: "shop", name: "web-1", ignored };
  };
  const { previewHook } = await bothWays([
    at(30, "STALE"),
    at(25, null),
    at(20, null),
    at(16, "STALE"),
    at(15, null),
    at(2, "STALE"),
  ]);
  expect(previewHook).toMatchObject({ matched: 6, fired: 2, suppressed: 1, ignored: 3 });
  expect(previewHook.byType).toEqual([
    { eventType: "pod-restart", matched: 6, fired: 2, suppressed: 1, ignored: 3 },
    { eventType: "oom-kill", matched: 0, fired: 0, suppressed: 0, ignored: 0 },
  ]);
  expect(previewHook.newest[0]).toEqual({ id: "uid-5.1" });
  expect(previewHook.prompt?.event).toEqual({ id: "uid-4.1" });
});

test("the prompt is khook's: what it knows is filled, to the second, and the rest is left", async () => {
  const { previewHook } = await bothWays([{ minutes: 1, eventType: "pod-restart", namespace: "shop", name: "web-1" }]);
  expect(previewHook.prompt).toMatchObject({
    agentRef: { namespace: "kagent", name: "k8s-agent" },
    prompt: "pod-restart of web-1 in shop at 2026-11-23T11:59:00Z: BackOff, back-off, {{.Unknown}}",
  });
  const other = await bothWays([{ minutes: 1, eventType: "oom-kill", namespace: "shop", name: "web-2" }]);
  expect(other.previewHook.prompt).toMatchObject({
    agentRef: { namespace: "shop", name: "memory-agent" },
    prompt: "web-2",
  });
  expect((await bothWays([])).previewHook).toMatchObject({ matched: 0, prompt: null, newest: [] });
});

test.each([
  [MANIFEST.replace("pod-restart", "x"), "manifest: line 8, column 18: spec.eventConfigurations[0].eventType"],
  [MANIFEST.replace("  namespace: shop\n", ""), "metadata.namespace"],
  [`${MANIFEST}---\n${MANIFEST.replace("planned", "other")}`, "has 2 hooks: give one"],
  ["[", "manifest: line 1"],
])("a manifest that is no good is refused, naming why: %#", async (manifest, why) => {
  const { store, close } = await emptyStore();
  const { errors } = await run(store, PREVIEW, { manifest });
  await close();
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" }, message: expect.stringContaining(why) }]);
});
