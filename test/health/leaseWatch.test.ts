// khook's Lease: renewed when it changes between looks, whatever the clocks say.
import { expect, test } from "vitest";
import type { LeaseInfo } from "../../src/events/health.ts";
import { LeaseWatch } from "../../src/health/leaseWatch.ts";

const NOW = Date.UTC(2026, 10, 23);
const SECOND = 1_000;

const lease = (renewedAt: number, holder: string | null = "khook-0"): LeaseInfo => {
  return { namespace: "kagent", name: "khook", holder, renewedAt, durationSeconds: 15 };
};

test.each([0, 240 * SECOND, -240 * SECOND])(
  "a Lease that is renewed is held at every moment between looks, by clocks that differ by %i ms",
  (ahead) => {
    const watch = new LeaseWatch();
    for (let look = 0; look < 20; look++) {
      const at = NOW + look * 30 * SECOND;
      watch.look(lease(at + ahead - 1_500), at);
      for (let later = 0; later < 30; later++) {
        expect(watch.verdict(null, at + later * SECOND)).toEqual({ status: "HEALTHY", message: "led by khook-0" });
      }
    }
  },
);

test("one that is not renewed between three looks is told, and so is its recovery", () => {
  const watch = new LeaseWatch();
  const statuses = [0, 30, 60, 90].map((at) => {
    watch.look(lease(NOW), NOW + at * SECOND);
    return watch.verdict(null, NOW + at * SECOND).status;
  });
  expect(statuses).toEqual(["HEALTHY", "HEALTHY", "DEGRADED", "DEGRADED"]);
  expect(watch.verdict(null, NOW + 90 * SECOND).message).toBe("its Lease was last renewed 1m30s ago by khook-0");
  watch.look(lease(NOW + 119 * SECOND), NOW + 120 * SECOND);
  expect(watch.verdict(null, NOW + 120 * SECOND).status).toBe("HEALTHY");
});

test("one that was renewed long ago is told at the first look", () => {
  const watch = new LeaseWatch();
  watch.look(lease(NOW - 3 * 3_600 * SECOND), NOW);
  expect(watch.verdict(null, NOW)).toEqual({
    status: "DEGRADED",
    message: "its Lease was last renewed 3h ago by khook-0",
  });
});

test("one that was given up is held by nobody", () => {
  const watch = new LeaseWatch();
  watch.look(lease(NOW, null), NOW);
  expect(watch.verdict(null, NOW).status).toBe("DEGRADED");
});

test("without a Lease it is known by what it did lately, and otherwise not at all", () => {
  const watch = new LeaseWatch();
  expect(watch.verdict(null, NOW)).toEqual({
    status: "UNKNOWN",
    message: "its Lease cannot be read, and it has not acted yet",
  });
  watch.look("none", NOW);
  expect(watch.verdict(null, NOW)).toEqual({
    status: "UNKNOWN",
    message: "there is no Lease named khook, and it has not acted yet",
  });
  expect(watch.verdict(NOW - 60 * SECOND, NOW)).toEqual({
    status: "HEALTHY",
    message: "there is no Lease named khook; it acted 1m ago",
  });
  expect(watch.verdict(NOW - 2 * 3_600 * SECOND, NOW).status).toBe("UNKNOWN");
  expect(watch.lease).toBeNull();
});

test("another holder is told of once, also when the Lease was not to be read in between", () => {
  const watch = new LeaseWatch();
  const looks = [lease(1), lease(2), "unreadable", lease(3, null), lease(4, "khook-1"), lease(5, "khook-1")] as const;
  expect(looks.map((found) => watch.look(found, NOW))).toEqual([false, false, false, false, true, false]);
});
