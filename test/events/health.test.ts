// The gravest of several parts, and whom it names.
import fc from "fast-check";
import { expect, test } from "vitest";
import { gravest, HEALTH_STATUSES } from "../../src/events/health.ts";

const partsOf = fc.array(
  fc.record({ name: fc.string(), status: fc.constantFrom(...HEALTH_STATUSES), message: fc.string() }),
);

test("one that is unhealthy outweighs all, one that is degraded all but that, and nothing else counts", () => {
  fc.assert(
    fc.property(partsOf, (parts) => {
      const has = (status: string) => parts.some((part) => part.status === status);
      const expected = has("UNHEALTHY") ? "UNHEALTHY" : has("DEGRADED") ? "DEGRADED" : "HEALTHY";
      expect(gravest(parts).status).toBe(expected);
    }),
  );
});

test("the message names those that are at fault, in their order, and no others", () => {
  expect(
    gravest([
      { name: "store", status: "UNHEALTHY", message: "it cannot be read" },
      { name: "kagent", status: "DEGRADED", message: "answered 500" },
      { name: "pipeline", status: "UNHEALTHY", message: "not in sync" },
    ]),
  ).toEqual({ status: "UNHEALTHY", message: "store: it cannot be read; pipeline: not in sync" });
  expect(gravest([])).toEqual({ status: "HEALTHY", message: "all is well" });
  expect(gravest([{ name: "kagent", status: "DISABLED", message: "none" }]).message).toBe("all is well");
});
