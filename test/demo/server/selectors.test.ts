// Label and field selectors: what they keep, and the words they are refused in.
import { describe, expect, it } from "vitest";
import { resourceOf } from "../../../src/demo/server/resources.ts";
import { fieldSelector, labelSelector } from "../../../src/demo/server/selectors.ts";
import { event, hook } from "./rig.ts";

describe("labels", () => {
  const objects = [
    hook("none"),
    hook("dev", { environment: "dev", tier: "front" }),
    hook("prod", { environment: "prod", weight: "7" }),
  ];
  it.each([
    ["", ["none", "dev", "prod"]],
    ["environment", ["dev", "prod"]],
    ["!environment", ["none"]],
    ["environment=dev", ["dev"]],
    ["environment == dev", ["dev"]],
    ["environment!=dev", ["none", "prod"]],
    ["environment in (dev, prod),tier", ["dev"]],
    ["environment notin (dev)", ["none", "prod"]],
    ["weight>5", ["prod"]],
    ["weight<7", []],
    ["tier=", []],
    ["environment=dev,tier=back", []],
  ])("%s keeps %j", (text, kept) => {
    const accepts = labelSelector(text) ?? (() => true);
    expect(objects.filter(accepts).map(({ metadata }) => metadata.name)).toEqual(kept);
  });

  it.each([
    ["==x", "found '==', expected: !, identifier, or 'end of string'"],
    ["a,", "found '', expected: identifier after ','"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  ])("%s is refused: %s", (text, message) => {
    expect(() => labelSelector(text)).toThrow(message);
  });

  it("a value no label can have is refused", () => {
    expect(() => labelSelector("a=-b")).toThrow(/values\[0\]: Invalid value: "-b": a valid label must be/);
  });
});

describe("fields", () => {
  const core = resourceOf({ group: "", version: "v1", resource: "events" });
  const newer = resourceOf({ group: "events.k8s.io", version: "v1", resource: "events" });
  const objects = [
    event("a"),
    event("b", { reason: "Killing", type: "Normal" }),
    event("c", { involvedObject: { kind: "Hook", namespace: "shop", name: "h" }, source: { component: "khook" } }),
  ];
  const kept = (row: typeof core, text: string) => {
    const accepts = fieldSelector(text, row?.fields ?? {}) ?? (() => true);
    return objects.filter(accepts).map(({ metadata }) => metadata.name);
  };

  it.each([
    ["reason=Killing", ["b"]],
    ["type!=Normal", ["a", "c"]],
    ["involvedObject.kind=Hook,involvedObject.name==h", ["c"]],
    ["source=khook", ["c"]],
    ["metadata.name=a,reason=Killing", []],
  ])("core/v1: %s keeps %j", (text, names) => {
    expect(kept(core, text)).toEqual(names);
  });

  it.each([["regarding.name=web-1", ["a", "b"]]])("events.k8s.io: %s keeps %j", (text, names) => {
    expect(kept(newer, text)).toEqual(names);
  });

  it.each([
    [newer, "involvedObject.name=a", "field label not supported: involvedObject.name"],
    [core, "regarding.name=a", "field label not supported: regarding.name"],
    [core, "nonsense", "invalid selector: 'nonsense'; can't understand 'nonsense'"],
    [core, "constructor=a", "field label not supported: constructor"],
  ])("is refused in the real words", (row, text, message) => {
    expect(() => kept(row, text)).toThrow(message);
  });

  it("a comma in a value is escaped", () => {
    expect(kept(core, "reason=Killing\\,slowly")).toEqual([]);
  });
});
