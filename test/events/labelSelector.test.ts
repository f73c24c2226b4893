// Label selectors: the grammar and the meaning that `kubectl -l` has.
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLabelSelector } from "../../src/events/labelSelector.ts";

const LABELS = {
  app: "web",
  tier: "gold",
  "app.kubernetes.io/part-of": "shop",
  replicas: "3",
  blank: "",
  toString: "own",
};

function matches(selector: string, labels: Readonly<Record<string, string>> = LABELS): boolean {
  const parsed = parseLabelSelector(selector);
  if (!parsed.matches) throw new Error(parsed.fault);
  return parsed.matches(labels);
}

test("each kind of term holds when kubectl says it does", () => {
  const holds: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["  ", true],
    ["app=web", true],
    ["app==web", true],
    ["app = web", true],
    ["app=db", false],
    ["app!=db", true],
    ["app!=web", false],
    ["missing!=web", true],
    ["missing=web", false],
    ["app in (web, db)", true],
    ["app in (db)", false],
    ["app notin (db)", true],
    ["app notin (web,db)", false],
    ["missing notin (web)", true],
    ["missing in (web)", false],
    ["tier", true],
    ["missing", false],
    ["!missing", true],
    ["! tier", false],
    ["app.kubernetes.io/part-of=shop", true],
    ["blank=", true],
    ["blank", true],
    ["app=", false],
    ["blank in (,x)", true],
    ["replicas>2", true],
    ["replicas < 3", false],
    ["app>2", false],
    ["missing<9", false],
    ["app=in", false],
    ["app=web,tier=gold", true],
    ["app=web,tier!=gold", false],
    ["app in (web,db),!missing,replicas>1", true],
  ];
  for (const [selector, expected] of holds) expect([selector, matches(selector)]).toEqual([selector, expected]);
});

test("labels that objects have by nature are not there unless they are", () => {
  expect(matches("constructor")).toBe(false);
  expect(matches("constructor!=x")).toBe(true);
  expect(matches("toString=own")).toBe(true);
});

test("what is no selector says where and what was expected", () => {
  const faults: readonly (readonly [string, string])[] = [
    ["app=web,", "the end where a label key is expected"],
    [",app=web", '"," where a label key is expected'],
    ["app web", '"web" where "=", "==", "!=", "in", "notin", "<" or ">" is expected'],
    ["app=web tier", '"tier" where "," or the end is expected'],
    ["app in web", '"web" where "(" is expected'],
    ["app in ()", '")" where a label value is expected'],
    ["app in (web", 'the end where "," or ")" is expected'],
    ["in=x", '"in" where a label key is expected'],
    ["=x", '"=" where a label key is expected'],
    ["app=(web)", '"(" where a label value is expected'],
    ["-app=web", '"-app" is no label key: give [prefix/]name of letters, digits, "-", "_" and "."'],
    ["a/b/c", '"a/b/c" is no label key: give [prefix/]name of letters, digits, "-", "_" and "."'],
    [
      `app=${"x".repeat(64)}`,
      `"${"x".repeat(64)}" is no label value: give at most 63 letters, digits, "-", "_" and "."`,
    ],
    ["app>web", '"web" is no whole number, which ">" needs'],
    ["a".repeat(5000), "has 5000 characters: give at most 4096"],
  ];
  for (const [selector, fault] of faults) expect(parseLabelSelector(selector)).toEqual({ fault });
});

test("any text is either a selector or has a fault, quickly", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "in", "notin", " ", "=", "!", "(", ")", ",", "<", ">", "/", "-", "é"),
  });
  fc.assert(
    fc.property(text, (selector) => {
      const parsed = parseLabelSelector(selector);
      expect(parsed.matches ? typeof parsed.matches(LABELS) : typeof parsed.fault).toMatch(/^boolean|string$/);
    }),
    { numRuns: 1_000 },
  );
});
