// What the state of a loop means, by phase, trouble and time.
import { expect, test } from "vitest";
import {
  LOOP_PHASES,
  type LoopStatus,
  type LoopTrouble,
  RESTART_REASONS,
  type RestartReason,
} from "../../src/cluster/loopStatus.ts";
import { isInTrouble } from "../../src/cluster/loopTrouble.ts";
import { behindFor, STALE_AFTER, watchVerdict } from "../../src/health/watchHealth.ts";

const START = 1_000_000;
const EVENTS = "/apis/events.k8s.io/v1/events";
const HOOKS = "/apis/kagent.dev/v1alpha2/hooks";

function loop(more: Partial<LoopStatus> = {}): LoopStatus {
  return {
    path: EVENTS,
    phase: "WATCHING",
    synced: true,
    syncedAt: START,
    lastActivityAt: START,
    resourceVersion: "1",
    resourceVersionAt: START,
    listsDone: 1,
    watchesOpened: 1,
    restarts: Object.fromEntries(RESTART_REASONS.map((reason) => [reason, 0])) as Record<RestartReason, number>, // all
    lastError: { at: 1, reason: "refused", message: "an old one", status: 500 },
    trouble: null,
    retryAt: null,
    ...more,
  };
}

const trouble = (reason: RestartReason, since = START): LoopTrouble => ({ since, reason, message: `it is ${reason}` });
const verdictOf = (status: LoopStatus, now: number) => watchVerdict(status, behindFor(status, START, now), now);

test("a watch is in sync however long it is quiet, and whatever once went wrong", () => {
  const day = 86_400_000;
  expect(verdictOf(loop(), START + day)).toEqual({ status: "HEALTHY", message: "in sync" });
  expect(behindFor(loop(), START, START + day)).toBe(0);
});

test("a watch that lists again because its version expired is in sync", () => {
  expect(verdictOf(loop({ phase: "LISTING" }), START + 600_000).status).toBe("HEALTHY");
});

test("trouble is degraded at once, in every phase in which the loop tries again, and unhealthy when it has lasted", () => {
  for (const phase of LOOP_PHASES.filter((each) => each !== "STOPPED" && each !== "STARTING")) {
    const status = loop({ phase, trouble: trouble("unreachable") });
    expect(verdictOf(status, START)).toEqual({ status: "DEGRADED", message: "it is unreachable" });
    expect(verdictOf(status, START + STALE_AFTER - 1).status).toBe("DEGRADED");
    expect(verdictOf(status, START + STALE_AFTER)).toEqual({
      status: "UNHEALTHY",
      message: "not in sync for 5m: it is unreachable",
    });
  }
});

test("a loop that is in trouble and still lists everything again and again is never stale", () => {
  const now = START + 3_600_000;
  expect(verdictOf(loop({ trouble: trouble("silentClose"), syncedAt: now - 30_000 }), now).status).toBe("DEGRADED");
});

test("one watch that was closed at once is no trouble; if that goes on for ten seconds it is", () => {
  for (const reason of ["short", "silentClose"] as const) {
    const status = loop({ phase: "WAITING", trouble: trouble(reason) });
    expect([isInTrouble(status, START + 9_999), isInTrouble(status, START + 10_000)]).toEqual([false, true]);
  }
});

test("a CRD that is not installed leaves nothing behind, however long; Events that are not there do", () => {
  const missing = { phase: "ABSENT", trouble: trouble("missing") } as const;
  expect(verdictOf(loop({ ...missing, path: HOOKS }), START + 10 * STALE_AFTER)).toEqual({
    status: "DEGRADED",
    message: "the cluster has no such resource: its CRD is not installed",
  });
  expect(verdictOf(loop(missing), START + STALE_AFTER).status).toBe("UNHEALTHY");
});

test("what has not begun is degraded, and stale by the time since the start", () => {
  const status = loop({ phase: "STARTING", synced: false, syncedAt: null });
  expect(verdictOf(status, START + 1)).toEqual({ status: "DEGRADED", message: "not begun" });
  expect(verdictOf(status, START + STALE_AFTER).status).toBe("UNHEALTHY");
  expect(verdictOf(loop({ phase: "LISTING", synced: false, syncedAt: null }), START + 1)).toEqual({
    status: "DEGRADED",
    message: "the first list is under way",
  });
  expect(verdictOf(loop({ phase: "STOPPED" }), START).status).toBe("DEGRADED");
});
