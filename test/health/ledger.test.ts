// Since when a part has been as it is.
import { expect, test } from "vitest";
import { HealthLedger } from "../../src/health/ledger.ts";

test("`since` changes with the status and not with the words", () => {
  const ledger = new HealthLedger();
  expect(ledger.enter("store", { status: "HEALTHY", message: "a" }, 1).since).toBe(1);
  expect(ledger.enter("store", { status: "HEALTHY", message: "b" }, 2)).toEqual({
    status: "HEALTHY",
    message: "b",
    since: 1,
  });
  expect(ledger.enter("store", { status: "DEGRADED", message: "b" }, 3).since).toBe(3);
  expect(ledger.enter("store", { status: "HEALTHY", message: "a" }, 4).since).toBe(4);
});

test("each part has its own", () => {
  const ledger = new HealthLedger();
  ledger.enter("store", { status: "HEALTHY", message: "" }, 1);
  expect(ledger.enter("kagent", { status: "HEALTHY", message: "" }, 2).since).toBe(2);
  expect(ledger.enter("store", { status: "HEALTHY", message: "" }, 3).since).toBe(1);
});
