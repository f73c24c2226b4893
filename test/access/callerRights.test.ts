// What a caller may see: asked of the whole cluster first, then of each namespace that something is stored of.
import { expect, test } from "vitest";
import { AccessCounts } from "../../src/access/accessCounts.ts";
import { Authorization, Undecided } from "../../src/access/authorization.ts";
import { CallerRights } from "../../src/access/callerRights.ts";
import { KnownNamespaces } from "../../src/access/knownNamespaces.ts";
import { JANE, Reviews, Stopped } from "./judges.ts";

function looking(reviews: Reviews, ...known: readonly string[]) {
  const elapsed = new Stopped();
  const namespaces = new KnownNamespaces(known);
  const authorization = new Authorization({
    review: reviews.review,
    elapsed: elapsed.read,
    counts: new AccessCounts(),
  });
  const rights = new CallerRights({ identity: JANE, authorization, namespaces, elapsed: elapsed.read });
  return { rights, namespaces, elapsed };
}

const hook = (namespace: string) => ({ namespace, name: "any" });

test("one who may see the whole cluster is asked about that alone", async () => {
  const reviews = new Reviews("list events *", "list hooks *", "get hooks *");
  const { rights } = looking(reviews, "shop", "pay");
  expect(await rights.sight("list")).toEqual({ events: "all", hooks: "all", prompts: "all" });
  expect(reviews.asked.sort()).toEqual(["get hooks *", "list events *", "list hooks *"]);
});

test("all others are asked about each namespace, for each of events, hooks and prompts", async () => {
  const reviews = new Reviews("list events shop", "list hooks shop", "list hooks pay", "get hooks pay");
  const { rights } = looking(reviews, "shop", "pay");
  expect(await rights.sight("list")).toEqual({
    events: new Set(["shop"]),
    hooks: new Set(["shop", "pay"]),
    prompts: new Set(["pay"]),
  });
  expect(reviews.asked.slice(0, 2).sort()).toEqual(["list events *", "list hooks *"]);
  expect(reviews.asked.slice(2).sort()).toEqual([
    "get hooks *",
    "get hooks pay", // where hooks may not be listed there are no prompts to ask about
    "get hooks shop",
    "list events pay",
    "list events shop",
    "list hooks pay",
    "list hooks shop",
  ]);
});

test("a part may be seen in the whole cluster and another in a namespace", async () => {
  const { rights } = looking(new Reviews("list events *", "list hooks pay"), "shop", "pay");
  expect(await rights.sight("list")).toEqual({ events: "all", hooks: new Set(["pay"]), prompts: new Set() });
});

test("who watches needs the verb watch, and get for prompts all the same", async () => {
  const reviews = new Reviews("list events shop", "watch hooks shop", "get hooks shop");
  const { rights } = looking(reviews, "shop");
  expect(await rights.sight("list")).toEqual({
    events: new Set(["shop"]),
    hooks: new Set(),
    prompts: new Set(), // of hooks that may not be listed
  });
  expect(await rights.sight("watch")).toEqual({
    events: new Set(),
    hooks: new Set(["shop"]),
    prompts: new Set(["shop"]),
  });
});

test("what was found out is kept for 10 s from the first of the decisions behind it", async () => {
  const reviews = new Reviews("list events shop");
  const { rights, elapsed } = looking(reviews, "shop");
  expect(await rights.maySee("list", "events", "shop")).toBe(true);
  elapsed.now += 6_000;
  await rights.sight("list");
  const { length } = reviews.asked;
  elapsed.now += 3_999;
  reviews.allowed.clear();
  expect((await rights.sight("list")).events).toEqual(new Set(["shop"]));
  expect(reviews.asked).toHaveLength(length);
  elapsed.now += 2;
  expect((await rights.sight("list")).events).toEqual(new Set());
});

test("a new namespace is asked about at once, and none of the others again", async () => {
  const reviews = new Reviews("list events pay", "list hooks new");
  const { rights, namespaces } = looking(reviews, "shop");
  expect((await rights.sight("list")).events).toEqual(new Set());
  reviews.asked.length = 0;
  namespaces.hookSeen(hook("pay"));
  expect((await rights.sight("list")).events).toEqual(new Set(["pay"]));
  expect(reviews.asked.sort()).toEqual(["list events pay", "list hooks pay"]);
  namespaces.hookSeen(hook("new"));
  expect((await rights.sight("list")).hooks).toEqual(new Set(["new"]));
  reviews.asked.length = 0;
  namespaces.hookSeen(hook("new"));
  await rights.sight("list");
  expect(reviews.asked).toEqual([]);
});

test("a namespace that nothing is stored of can be asked for by name, and a path as well", async () => {
  const { rights } = looking(new Reviews("list events empty", "watch hooks empty", "get hooks empty", "get /metrics"));
  expect(await rights.maySee("list", "events", "empty")).toBe(true);
  expect(await rights.maySee("list", "hooks", "empty")).toBe(false);
  expect(await rights.maySee("watch", "hooks", "empty")).toBe(true);
  expect(await rights.maySee("watch", "prompts", "empty")).toBe(true);
  expect(await rights.mayGet("/metrics")).toBe(true);
  expect(await rights.mayGet("/diagnostics")).toBe(false);
});

test("anew, nothing that is remembered counts", async () => {
  const reviews = new Reviews("list events shop");
  const { rights } = looking(reviews, "shop");
  expect((await rights.sight("list")).events).toEqual(new Set(["shop"]));
  reviews.allowed.clear();
  expect((await rights.sight("list")).events).toEqual(new Set(["shop"]));
  expect((await rights.sightAnew("list")).events).toEqual(new Set());
});

test("when it cannot be asked nothing is found out, and nothing of it is kept", async () => {
  const reviews = new Reviews("list events shop");
  reviews.isAway = true;
  const { rights } = looking(reviews, "shop");
  await expect(rights.sight("list")).rejects.toBeInstanceOf(Undecided);
  await expect(rights.maySee("list", "events", "shop")).rejects.toBeInstanceOf(Undecided);
  await expect(rights.mayGet("/metrics")).rejects.toBeInstanceOf(Undecided);
  reviews.isAway = false;
  expect((await rights.sight("list")).events).toEqual(new Set(["shop"]));
});
