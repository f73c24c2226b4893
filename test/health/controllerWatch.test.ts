// Whether khook still acts: what is held against it, and what is not. By the hand of examples, and by a model that remembers all.
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Dispatch } from "../../src/events/dispatch.ts";
import type { MatchedObservation } from "../../src/events/event.ts";
import type { Hook } from "../../src/events/hook.ts";
import { ControllerWatch, FORGIVEN_AFTER, SWALLOWED, TOO_LATE } from "../../src/health/controllerWatch.ts";

const START = Date.UTC(2026, 10, 23);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const AFTER = 15 * MINUTE;

let now = START;
let watch: ControllerWatch;
beforeEach(() => begin());

function begin(): void {
  now = START;
  watch = new ControllerWatch({ now: () => now, source: "kubernetes" });
  watch.watching(true);
}

function pass(millis: number, isWatching = true): void {
  now += millis;
  watch.watching(isWatching);
}

function event(more: Partial<MatchedObservation> = {}): MatchedObservation {
  return {
    uid: "u",
    count: 1,
    cluster: "c",
    source: "kubernetes",
    eventType: "pod-restart",
    severity: "HIGH",
    namespace: "shop",
    resource: { apiVersion: "v1", kind: "Pod", name: "p", namespace: "shop", uid: null },
    reason: "BackOff",
    message: "",
    tags: {},
    firstSeen: now,
    lastSeen: now,
    ignoredByController: null,
    hooks: [{ namespace: more.namespace ?? "shop", name: "h" }],
    ...more,
  };
}

function dispatch(namespace = "shop", timestamp = now): Dispatch {
  return {
    id: "d.1",
    uid: "d",
    count: 1,
    hook: { namespace, name: "h" },
    outcome: "FIRED",
    eventType: "pod-restart",
    resourceName: "p",
    agent: "a",
    requestId: null,
    error: null,
    message: "",
    timestamp,
  };
}

function hook(more: Partial<Hook> = {}): Hook {
  return {
    namespace: "shop",
    name: "h",
    uid: "hook",
    labels: {},
    annotations: {},
    generation: 1,
    createdAt: START - 60 * MINUTE,
    eventConfigurations: [],
    status: null,
    manifest: {},
    deletedAt: null,
    ...more,
  };
}

const stalled = () => watch.stalled(AFTER);

test("events that go unanswered for as long as told stall their namespaces, and an answer ends that", () => {
  watch.matched(event());
  watch.matched(event({ namespace: "billing" }));
  pass(AFTER - 1);
  expect(stalled()).toEqual([]);
  pass(1);
  expect(stalled()).toEqual(["billing", "shop"]);
  watch.dispatched(dispatch("shop"));
  expect(stalled()).toEqual(["billing"]);
});

test("what matches no hook, is stale to khook, or comes of a source that khook does not see, is not held against it", () => {
  watch.matched(event({ hooks: [] }));
  watch.matched(event({ ignoredByController: "STALE" }));
  watch.matched(event({ source: "webhook" }));
  pass(AFTER);
  expect(stalled()).toEqual([]);
});

test("what khook's limit on audit Events may swallow right behind one is no alarm; what comes later is", () => {
  watch.dispatched(dispatch());
  const answeredAt = now;
  pass(SWALLOWED);
  watch.matched(event());
  pass(AFTER);
  expect(stalled()).toEqual([]);
  watch.matched(event({ lastSeen: answeredAt + SWALLOWED + 1 }));
  expect(stalled()).toEqual([]); // seen TOO_LATE
  watch.matched(event());
  pass(AFTER);
  expect(stalled()).toEqual(["shop"]);
});

test("an answer that is listed again is no new one", () => {
  const old = dispatch();
  watch.dispatched(old);
  pass(SWALLOWED + SECOND);
  watch.matched(event());
  watch.dispatched(old);
  pass(AFTER);
  expect(stalled()).toEqual(["shop"]);
});

test("what is seen too late for khook as well is not held against it", () => {
  watch.matched(event({ lastSeen: now - TOO_LATE - 1 }));
  pass(AFTER);
  expect(stalled()).toEqual([]);
});

test("a hook made after an event owes it nothing, and one changed since neither", () => {
  watch.hookSeen(hook({ createdAt: now }));
  watch.matched(event({ lastSeen: now - SECOND }));
  pass(AFTER);
  expect(stalled()).toEqual([]);
  watch.hookSeen(hook({ createdAt: START, generation: 2 }));
  watch.matched(event({ lastSeen: now - SECOND }));
  pass(AFTER);
  expect(stalled()).toEqual([]);
  watch.matched(event());
  pass(AFTER);
  expect(stalled()).toEqual(["shop"]);
});

test("khook looks afresh at a namespace when a hook in it changes or goes; a status it writes is no change", () => {
  watch.hookSeen(hook());
  const stall = () => {
    watch.matched(event());
    pass(AFTER);
    expect(stalled()).toEqual(["shop"]);
  };
  stall();
  watch.hookSeen(hook({ status: { activeEvents: [], lastUpdated: now } }));
  expect(stalled()).toEqual(["shop"]);
  watch.hookSeen(hook({ generation: 2 }));
  expect(stalled()).toEqual([]);
  stall();
  watch.hookGone(hook());
  expect(stalled()).toEqual([]);
  watch.matched(event());
  pass(AFTER);
  watch.takenOver();
  expect(stalled()).toEqual([]);
});

test("time in which Events are not watched does not count: what khook said then could not be heard", () => {
  watch.matched(event());
  pass(AFTER - MINUTE);
  pass(0, false);
  pass(60 * MINUTE, false);
  watch.watching(true);
  expect(stalled()).toEqual([]);
  pass(MINUTE);
  expect(stalled()).toEqual(["shop"]);
});

test("it stays stalled for as long as events go unanswered, and a day after the last of them it is forgotten", () => {
  for (let hour = 0; hour < 72; hour++) {
    watch.matched(event());
    pass(60 * MINUTE);
    expect(stalled()).toEqual(["shop"]);
  }
  pass(FORGIVEN_AFTER);
  expect(stalled()).toEqual([]);
  watch.matched(event());
  pass(AFTER - 1);
  expect(stalled()).toEqual([]);
  pass(1);
  expect(stalled()).toEqual(["shop"]);
});

type Step =
  | { readonly do: "event"; readonly namespace: string; readonly age: number }
  | { readonly do: "dispatch"; readonly namespace: string; readonly age: number }
  | { readonly do: "pass"; readonly millis: number; readonly isWatching: boolean };

const namespace = fc.constantFrom("shop", "billing");
const age = fc.constantFrom(0, SECOND, 10 * MINUTE, TOO_LATE, TOO_LATE + 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("event" as const), namespace, age }),
    fc.record({ do: fc.constant("dispatch" as const), namespace, age }),
    fc.record({
      do: fc.constant("pass" as const),
      millis: fc.constantFrom(SECOND, MINUTE, SWALLOWED, AFTER, FORGIVEN_AFTER),
      isWatching: fc.boolean(),
    }),
  ),
  { maxLength: 40, size: "max" },
);

/** Looks at all that happened, every time. */
function model(history: readonly (Step & { readonly at: number; readonly watched: number })[], watched: number) {
  return ["billing", "shop"].filter((name) => {
    let newest = Number.NEGATIVE_INFINITY;
    let owed: number[] = [];
    for (const step of history) {
      if (step.do === "pass" || step.namespace !== name) continue;
      const happenedAt = step.at - step.age;
      if (step.do === "dispatch") {
        if (happenedAt > newest) owed = [];
        newest = Math.max(newest, happenedAt);
      } else if (step.age <= TOO_LATE && happenedAt > newest + SWALLOWED) {
        const last = owed.at(-1);
        if (last !== undefined && step.watched - last >= FORGIVEN_AFTER) owed = [];
        owed.push(step.watched);
      }
    }
    const [first] = owed;
    const last = owed.at(-1);
    return first !== undefined && last !== undefined && watched - first >= AFTER && watched - last < FORGIVEN_AFTER;
  });
}

test("whatever happens in whatever order, it says what a model says that remembers everything", () => {
  let seenStalled = 0;
  fc.assert(
    fc.property(steps, (story) => {
      begin();
      let watched = 0;
      let wasWatching = true;
      const history: (Step & { readonly at: number; readonly watched: number })[] = [];
      for (const step of story) {
        history.push({ ...step, at: now, watched });
        if (step.do === "pass") {
          pass(step.millis, step.isWatching);
          if (wasWatching && step.isWatching) watched += step.millis;
          wasWatching = step.isWatching;
        } else if (step.do === "event") {
          watch.matched(event({ namespace: step.namespace, lastSeen: now - step.age }));
        } else watch.dispatched(dispatch(step.namespace, now - step.age));
        const expected = model(history, watched);
        if (expected.length > 0) seenStalled++;
        expect(stalled()).toEqual(expected);
      }
    }),
    { numRuns: 500 },
  );
  expect(seenStalled).toBeGreaterThan(100); // it compares something
});
