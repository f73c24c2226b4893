// Names, labels and qualified keys: what is fine, and Kubernetes' words for what is not.
import { describe, expect, test } from "vitest";
import {
  dnsLabel,
  dnsSubdomain,
  labelValue,
  pathSegment,
  qualifiedName,
} from "../../../src/demo/admission/nameRules.ts";

test.each([
  [dnsSubdomain, ["a", "a-b.c", "1.2", "a".repeat(253)]],
  [dnsLabel, ["a", "a-b", "1", "a".repeat(63)]],
  [pathSegment, ["web-1.17a", "UPPER", "..."]],
  [qualifiedName, ["a", "My.Name", "example.com/a_b"]],
  [labelValue, ["", "a", "A_b.c-1"]],
])("%# takes what Kubernetes takes", (rule, names) => {
  for (const name of names) expect(rule(name), name).toEqual([]);
});

describe("what is wrong", () => {
  test.each([
    [dnsLabel, "a.b", ["must not contain dots"]],
    [dnsLabel, "a".repeat(64), ["must be no more than 63 bytes"]],
    [pathSegment, "a/b%", ["may not contain '/'", "may not contain '%'"]],
    [pathSegment, "..", ["may not be '..'"]],
    [qualifiedName, "/a", ["prefix part must be non-empty"]],
  ])("%# with %s is said as %j", (rule, name, messages) => {
    expect(rule(name)).toEqual(messages);
  });

  test.each([
    [dnsSubdomain, ["", "A", "-a", "a-", "a..b", "a_b", "ä"]],
    [dnsLabel, ["", "A", "a_b"]],
    [qualifiedName, ["", "a/", "a/b/c", "-a", "x".repeat(64), "A.com/b"]],
    [labelValue, ["-", "a b", "x".repeat(64)]],
  ])("%# is found in each of %j", (rule, names) => {
    for (const name of names) expect(rule(name).length, name).toBeGreaterThan(0);
  });
});
