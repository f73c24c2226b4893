// Decisions: each holds for ten seconds, yes or no; what cannot be asked is nobody's, and is asked again.
import { expect, test } from "vitest";
import { AccessCounts } from "../../src/access/accessCounts.ts";
import { type Attempt, Authorization, identityKey, Undecided } from "../../src/access/authorization.ts";
import { gate, JANE, Reviews, Stopped } from "./judges.ts";

const EVENTS = { group: "events.k8s.io", resource: "events" } as const;
const LIST: Attempt = { verb: "list", ...EVENTS, namespace: "shop" };

function deciding(reviews: Reviews) {
  const elapsed = new Stopped();
  const counts = new AccessCounts();
  return {
    elapsed,
    counts,
    authorization: new Authorization({ review: reviews.review, elapsed: elapsed.read, counts }),
  };
}

test.each([
  { allowed: ["list events shop"], was: true },
  { allowed: [], was: false },
])("that something is allowed ($was) holds for 10 s from when it was asked", async ({ allowed, was }) => {
  const reviews = new Reviews(...allowed);
  const { authorization, elapsed } = deciding(reviews);
  expect(await authorization.decide(JANE, LIST)).toEqual({ allowed: was, until: elapsed.now + 10_000 });
  if (was) reviews.allowed.clear();
  else reviews.allowed.add("list events shop");
  elapsed.now += 9_999;
  expect((await authorization.decide(JANE, LIST)).allowed).toBe(was);
  expect(reviews.asked).toHaveLength(1);
  elapsed.now += 2;
  expect((await authorization.decide(JANE, LIST)).allowed).toBe(!was);
  expect(reviews.asked).toHaveLength(2);
});

test("what is asked at the same time is asked once", async () => {
  const reviews = new Reviews("list events shop");
  const { authorization } = deciding(reviews);
  const held = gate();
  reviews.gate = held.opened;
  const first = [1, 2, 3].map(() => authorization.decide(JANE, LIST));
  await new Promise((resolve) => setImmediate(resolve));
  const second = authorization.decide(JANE, { ...LIST });
  held.open();
  const decisions = await Promise.all([...first, second]);
  expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, true]);
  expect(reviews.asked).toEqual(["list events shop"]);
});

test("at most 16 are asked at a time, and all of them in the end", async () => {
  const reviews = new Reviews();
  const { authorization } = deciding(reviews);
  const held = gate();
  reviews.gate = held.opened;
  const decisions = Array.from({ length: 50 }, (_, index) =>
    authorization.decide(JANE, { ...LIST, namespace: `n${index}` }),
  );
  const later = (async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return authorization.decide(JANE, { ...LIST, namespace: "later" });
  })();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reviews.underWay).toBe(16);
  held.open();
  expect(await Promise.all([...decisions, later])).toHaveLength(51);
  expect(reviews.mostAtOnce).toBe(16);
  expect(new Set(reviews.asked).size).toBe(51);
});

test("after failures others are still asked, 16 at a time", async () => {
  const reviews = new Reviews();
  reviews.isAway = true;
  const { authorization } = deciding(reviews);
  const ask = (prefix: string) =>
    Array.from({ length: 40 }, (_, index) => authorization.decide(JANE, { ...LIST, namespace: `${prefix}${index}` }));
  const failed = await Promise.allSettled(ask("a"));
  expect(failed.every(({ status }) => status === "rejected")).toBe(true);
  reviews.isAway = false;
  expect(await Promise.all(ask("b"))).toHaveLength(40);
  expect(reviews.mostAtOnce).toBe(16);
});

test("what cannot be asked is undecided, and is asked again at once", async () => {
  const reviews = new Reviews("list events shop");
  reviews.isAway = true;
  const { authorization, counts } = deciding(reviews);
  await expect(authorization.decide(JANE, LIST)).rejects.toBeInstanceOf(Undecided);
  reviews.isAway = false;
  expect((await authorization.decide(JANE, LIST)).allowed).toBe(true);
  expect(reviews.asked).toHaveLength(2);
  expect(counts.reviews).toEqual({ allowed: 1, denied: 0, undecided: 1 });
});

test("decided anew, what is remembered counts for nothing, and the new decision is remembered", async () => {
  const reviews = new Reviews("list events shop");
  const { authorization } = deciding(reviews);
  await authorization.decide(JANE, LIST);
  reviews.allowed.clear();
  expect((await authorization.decideAnew(JANE, LIST)).allowed).toBe(false);
  expect((await authorization.decide(JANE, LIST)).allowed).toBe(false);
  expect(reviews.asked).toHaveLength(2);
});

test("nothing is decided by what was decided of anything else, or of anybody else", async () => {
  const reviews = new Reviews();
  const { authorization } = deciding(reviews);
  const attempts: readonly Attempt[] = [
    LIST,
    { ...LIST, verb: "watch" },
    { ...LIST, namespace: "shop2" },
    { verb: "list", ...EVENTS },
    { ...LIST, resource: "hooks" },
    { ...LIST, group: "" },
    { ...LIST, namespace: "shop\nresource" },
    { verb: "get", path: "/metrics" },
    { verb: "get", path: "/diagnostics" },
  ];
  const others = [
    { ...JANE, username: "joe" },
    { ...JANE, groups: [] },
    { ...JANE, groups: ["readers", "writers"] },
    { ...JANE, uid: "1" },
    { ...JANE, extra: { scopes: ["all"] } },
  ];
  for (const identity of [JANE, ...others])
    await Promise.all(attempts.map((attempt) => authorization.decide(identity, attempt)));
  expect(reviews.asked).toHaveLength(attempts.length * (others.length + 1));
  expect(new Set([JANE, ...others].map(identityKey)).size).toBe(others.length + 1);
});

test("one who is proven anew is the same as before, however long the proof holds", async () => {
  const reviews = new Reviews("list events shop");
  const { authorization } = deciding(reviews);
  await authorization.decide({ ...JANE, expiresAt: 1 }, LIST);
  await authorization.decide({ ...JANE, expiresAt: 2 }, LIST);
  expect(reviews.asked).toHaveLength(1);
});
