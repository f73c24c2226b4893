import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Cluster, Collector, until } from "./cluster.ts";
import { TestClock } from "./testClock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WATCH = { verb: "watch", resource: "events" } as const;
const LIST = { verb: "list", resource: "events" } as const;
const open: Cluster[] = [];

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function start(options: Parameters<typeof Cluster.start>[0] = {}): Promise<Cluster> {
  const cluster = await Cluster.start(options);
  open.push(cluster);
  return cluster;
}

/** A loop that watches, and has done so for long enough that its watch counts as one. */
async function watching(cluster: Cluster, collector = new Collector(cluster)): Promise<Collector> {
  void cluster.run(collector.loop);
  await until(() => collector.loop.status().phase === "WATCHING", "the watch");
  cluster.clock.advance(5_000);
  return collector;
}

test("it lists by pages of 500 and goes on from there by watch", async () => {
  const cluster = await start();
  for (let i = 0; i < 1200; i++) cluster.event(`e-${String(i).padStart(4, "0")}`);
  const collector = await watching(cluster);
  expect([cluster.asked("list"), collector.lists.length, collector.lists[0]?.length]).toEqual([3, 1, 1200]);
  cluster.event("later");
  await until(() => collector.changes.length > 0);
  expect(collector.changes.map(({ type, item }) => [type, item.name])).toEqual([["ADDED", "later"]]);
  expect(collector.loop.status()).toMatchObject({ phase: "WATCHING", synced: true, listsDone: 1, watchesOpened: 1 });
});

test("a watch that the server ends goes on from the last change, without a list", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  cluster.event("one");
  await until(() => collector.names.has("one"));
  cluster.faults.closeWatches();
  cluster.event("two");
  await until(() => collector.names.has("two"));
  expect(collector.changes.map(({ item }) => item.name)).toEqual(["one", "two"]);
  expect([collector.lists.length, collector.loop.status().restarts.ended, cluster.clock.backoffs]).toEqual([1, 1, []]);
});

test("a resume that meets an expired version lists again at once, and misses nothing", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  cluster.faults.add({ match: WATCH, effect: { do: "delay", ms: 30 }, times: 1 });
  cluster.faults.closeWatches();
  cluster.event("meanwhile");
  cluster.faults.expireVersions();
  await until(() => collector.names.has("meanwhile"));
  expect(collector.lists).toEqual([[], ["meanwhile"]]);
  expect(collector.loop.status()).toMatchObject({ restarts: { expired: 1 }, listsDone: 2 });
  expect(cluster.clock.backoffs).toEqual([]);
});

test("a list after an expiry may fail in every way, and in the end misses nothing", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  for (const code of [500, 504, 503, 429])
    cluster.faults.add({ match: LIST, effect: { do: "answer", code }, times: 1 });
  cluster.faults.add({ match: LIST, effect: { do: "refuse" }, times: 1 });
  cluster.faults.add({ match: LIST, effect: { do: "cut" }, times: 1 });
  cluster.faults.expireVersions();
  cluster.event("meanwhile");
  cluster.faults.expireVersions();
  cluster.faults.closeWatches();
  await until(() => collector.names.has("meanwhile"));
  const seen = collector.changes.map(({ item }) => item.name).concat(collector.lists.flat());
  expect(seen.filter((name) => name === "meanwhile").length).toBeGreaterThan(0);
  await until(() => collector.loop.status().phase === "WATCHING");
  for (const wait of cluster.clock.backoffs) expect(wait).toBeLessThanOrEqual(30_000);
});

test("a watch that is closed at once without a word lists again", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "close", lines: 0 }, times: 1 });
  const collector = await watching(cluster);
  expect([collector.lists.length, collector.loop.status().restarts.silentClose]).toEqual([2, 1]);
  expect(cluster.clock.backoffs).toEqual([1200]);
});

test("a server that closes every watch at once, for ever, is asked ever more slowly", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "close", lines: 0 } });
  const collector = new Collector(cluster);
  const began = cluster.clock.now();
  void cluster.run(collector.loop);
  await until(() => cluster.clock.now() - began > 30 * MINUTE);
  const asked = cluster.asked("list") + cluster.asked("watch");
  // 0.8 s doubling with half of it as jitter reaches 30 s after six tries; a try is a list and a watch
  expect(asked).toBeLessThanOrEqual(2 * (6 + 61));
  expect(cluster.clock.backoffs.slice(0, 7)).toEqual([1200, 2400, 4800, 9600, 19_200, 30_000, 30_000]);
});

test("a server that sends one line and closes, for ever, is asked ever more slowly too, and told of once", async () => {
  const cluster = await start();
  const collector = new Collector(cluster);
  cluster.faults.add({ match: WATCH, effect: { do: "close", lines: 1 } });
  void cluster.run(collector.loop);
  await until(() => collector.loop.status().watchesOpened > 0);
  for (let i = 0; i < 5; i++) {
    cluster.event(`e-${i}`);
    await until(() => collector.names.has(`e-${i}`));
  }
  await until(() => collector.loop.status().restarts.short === 5);
  expect(collector.changes.map(({ item }) => item.name)).toEqual(["e-0", "e-1", "e-2", "e-3", "e-4"]);
  expect([collector.lists.length, cluster.clock.backoffs.slice(0, 4)]).toEqual([1, [1200, 2400, 4800, 9600]]);
});

test("a server that always says the version has expired is asked ever more slowly", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "error" } });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await until(() => collector.loop.status().restarts.expired >= 6);
  expect(cluster.clock.backoffs.slice(0, 4)).toEqual([2400, 4800, 9600, 19_200]); // the first one was free
});

test("a watch that falls silent is given up after its time, and what was missed comes then", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "silence", lines: 0 }, times: 1 });
  const collector = await watching(cluster);
  cluster.event("unheard");
  await pause(50);
  expect(collector.names.has("unheard")).toBe(false);
  cluster.clock.advance(450_000); // timeoutSeconds at chance 0.5
  await pause(20);
  expect(collector.loop.status().phase).toBe("WATCHING");
  cluster.clock.advance(30_000);
  await until(() => collector.names.has("unheard"));
  expect(collector.loop.status().restarts.silent).toBe(1);
});

test("a list that is never answered is given up after its time", async () => {
  const cluster = await start();
  cluster.event("one");
  cluster.faults.add({ match: LIST, effect: { do: "stall" }, times: 1 });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await until(() => cluster.asked("list") === 1 && cluster.clock.sleeping > 0);
  cluster.clock.advance(70_000);
  await until(() => collector.names.has("one"));
  expect(collector.loop.status().restarts.silent).toBe(1);
});

test("a watch cut inside a character goes on from the last whole line", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "cut", lines: 1 }, times: 1 });
  const collector = await watching(cluster);
  const note = "•é😀".repeat(50);
  cluster.event("one", { note });
  cluster.event("two", { note });
  await until(() => collector.names.has("two"));
  expect(collector.changes.map(({ item }) => [item.name, item.note])).toEqual([
    ["one", note],
    ["two", note],
  ]);
  expect(collector.lists.length).toBe(1);
});

test("chunks may be of one byte", async () => {
  const cluster = await start();
  cluster.faults.add({ match: WATCH, effect: { do: "split", sizes: [1] } });
  const collector = await watching(cluster);
  cluster.event("one", { note: "•é😀" });
  await until(() => collector.names.has("one"));
  expect(collector.changes[0]?.item.note).toBe("•é😀");
});

test("junk in a watch breaks it off, and nothing around it is lost", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  cluster.event("before");
  await until(() => collector.names.has("before"));
  cluster.faults.say({}, "}{ this is no JSON\n");
  cluster.event("after");
  await until(() => collector.names.has("after"));
  expect(collector.changes.map(({ item }) => item.name)).toEqual(["before", "after"]);
  expect(collector.loop.status()).toMatchObject({ restarts: { garbled: 1 }, listsDone: 1 });
});

test.each(['{"type":"ADDED"}', '{"type":"SURPRISE","object":{}}', "[]", "null", '{"type":"ERROR"}'])(
  "%s is junk too",
  async (line) => {
    const cluster = await start();
    const collector = await watching(cluster);
    cluster.faults.say({}, `${line}\n`);
    await until(() => collector.loop.status().restarts.garbled === 1);
    cluster.event("after");
    await until(() => collector.names.has("after"));
  },
);

test("a server that is gone for a while is found again, and what happened meanwhile comes once", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  cluster.event("before");
  await until(() => collector.names.has("before"));
  await cluster.faults.down();
  cluster.event("meanwhile");
  await until(() => collector.loop.status().restarts.unreachable > 8);
  await cluster.faults.up();
  await until(() => collector.names.has("meanwhile"));
  expect(collector.changes.map(({ item }) => item.name)).toEqual(["before", "meanwhile"]);
  expect([collector.lists.length, collector.gaps]).toEqual([1, []]);
  expect(cluster.log.at("warn").length).toBeLessThanOrEqual(3); // the torn watch, the refused port: not each try
  expect(cluster.log.at("info").map(({ message }) => message)).toEqual(["in sync with the cluster again"]);
});

test("a server that is not there at start is found when it comes", async () => {
  const cluster = await start();
  await cluster.faults.down();
  cluster.event("one");
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await until(() => collector.loop.status().restarts.unreachable > 3);
  expect(collector.loop.status()).toMatchObject({ listsDone: 0, synced: false, syncedAt: null });
  await cluster.faults.up();
  await until(() => collector.names.has("one"));
});

test("too many requests: the server's Retry-After is kept", async () => {
  const cluster = await start();
  const headers = { "Retry-After": "7" };
  cluster.faults.add({ match: LIST, effect: { do: "answer", code: 429, headers }, times: 1 });
  const collector = await watching(cluster);
  expect(cluster.clock.backoffs).toEqual([7000]);
  expect(collector.loop.status()).toMatchObject({ restarts: { overloaded: 1 }, lastError: { status: 429 } });
});

test("a page token that has expired starts the list again, and no Event is told twice", async () => {
  const cluster = await start();
  for (let i = 0; i < 1200; i++) cluster.event(`e-${String(i).padStart(4, "0")}`);
  cluster.faults.add({
    match: { ...LIST, query: { continue: /./ } },
    effect: { do: "answer", code: 410 },
    skip: 1,
    times: 1,
  });
  const collector = await watching(cluster);
  expect([collector.lists.length, collector.lists[0]?.length, new Set(collector.lists[0]).size]).toEqual([
    1, 1200, 1200,
  ]);
  expect([cluster.asked("list"), cluster.clock.backoffs]).toEqual([3 + 3, []]);
});

test("we may not read it: asked again calmly, and found when we may", async () => {
  const cluster = await start();
  cluster.event("one");
  const fault = cluster.faults.add({ match: LIST, effect: { do: "answer", code: 403 } });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await collector.loop.settled;
  await until(() => fault.hits >= 4);
  expect(collector.loop.status()).toMatchObject({ synced: false, lastError: { reason: "forbidden", status: 403 } });
  expect(new Set(cluster.clock.backoffs)).toEqual(new Set([22_500]));
  fault.remove();
  await until(() => collector.names.has("one"));
});

test("a resource that does not exist is looked for calmly, and counts as empty only from the second time", async () => {
  const cluster = await start();
  cluster.event("one");
  const fault = cluster.faults.add({ match: LIST, effect: { do: "answer", code: 404 } });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await collector.loop.settled;
  await until(() => fault.hits >= 4);
  expect(collector.lists).toEqual([[]]);
  expect(collector.loop.status()).toMatchObject({ synced: true, listsDone: 0, lastError: { reason: "missing" } });
  expect(new Set(cluster.clock.backoffs)).toEqual(new Set([22_500]));
  fault.remove();
  await until(() => collector.names.has("one"));
});

test("what the handler could not keep comes again", async () => {
  const cluster = await start();
  let failures = 2;
  const kept: string[] = [];
  const fail = (): void => {
    if (failures-- > 0) throw new Error("disk full");
  };
  const collector = new Collector(cluster, {
    listed: async (items) => void kept.push(...items.map(({ name }) => name)),
    changed: async (changes) => {
      fail();
      kept.push(...changes.map(({ item }) => item.name));
    },
  });
  await watching(cluster, collector);
  cluster.event("one");
  await until(() => kept.includes("one"));
  cluster.clock.advance(5_000);
  await until(() => collector.loop.status().phase === "WATCHING");
  cluster.event("two");
  await until(() => kept.includes("two"));
  expect([kept, collector.loop.status().restarts.handler]).toEqual([["one", "one", "two"], 2]);
  expect(cluster.log.at("error").map(({ message }) => message)).toEqual(
    Array(2).fill("what the cluster said could not be kept"),
  );
});

test("an object that cannot be mapped is logged and left out, and holds up nothing", async () => {
  const cluster = await start();
  cluster.event("bad");
  cluster.event("good");
  const collector = new Collector(cluster, {
    map: (object) => {
      const { name } = object.metadata as { readonly name: string }; // every object of the server has one
      if (name === "bad") throw new TypeError("cannot read");
      return { name, count: 1, note: "" };
    },
  });
  await watching(cluster, collector);
  expect(collector.lists).toEqual([["good"]]);
  expect(cluster.log.at("error").map(({ fields }) => fields.name)).toEqual(["default/bad"]);
});

test("only a few thousand more are read before the handler has kept what came first, and comes in the order it happened", async () => {
  const cluster = await start();
  const open = Promise.withResolvers<void>();
  const batches: number[] = [];
  const order: string[] = [];
  const collector = new Collector(cluster, {
    changed: async (changes) => {
      batches.push(changes.length);
      order.push(...changes.map(({ item }) => item.name));
      await open.promise;
    },
  });
  await watching(cluster, collector);
  for (let i = 0; i < 6000; i++) cluster.event(`e-${i}`);
  await until(() => batches.length === 8);
  await pause(200);
  expect(batches.length).toBe(8);
  open.resolve();
  await until(() => order.length === 6000);
  expect(order).toEqual(Array.from({ length: 6000 }, (_, i) => `e-${i}`));
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
});

test.each(["stall", "silence", "delay"] as const)("it stops at once, also in the middle of a %s", async (effect) => {
  const cluster = await start();
  const match = effect === "silence" ? WATCH : LIST;
  cluster.faults.add({ match, effect: effect === "delay" ? { do: "delay", ms: 60_000 } : { do: effect } });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await until(() => cluster.asked(match.verb) > 0);
  await pause(20);
  const before = performance.now();
  await cluster.stop();
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(collector.loop.status().phase).toBe("STOPPED");
});

test("it stops at once, also while it waits", async () => {
  const cluster = await start({ clock: new TestClock({ patience: 100 }) });
  cluster.faults.add({ match: LIST, effect: { do: "answer", code: 500 } });
  const collector = new Collector(cluster);
  void cluster.run(collector.loop);
  await until(() => collector.loop.status().retryAt !== null);
  await cluster.stop();
  expect(collector.loop.status()).toMatchObject({ phase: "STOPPED", lastError: { status: 500 } });
});

test("a deletion is told as such, with the object's last state", async () => {
  const cluster = await start();
  cluster.event("one");
  const collector = await watching(cluster);
  cluster.storage.delete("events", "default", "one");
  await until(() => collector.changes.length === 1);
  expect(collector.changes[0]).toMatchObject({ type: "DELETED", item: { name: "one", count: 1 } });
});

test("whoever was away for less than the TTL reports no gap", async () => {
  const cluster = await start();
  cluster.event("one");
  const collector = new Collector(cluster, {}, cluster.clock.now() - HOUR);
  await watching(cluster, collector);
  expect(collector.gaps).toEqual([]);
});

test("a fresh store reports no gap", async () => {
  const cluster = await start();
  const collector = await watching(cluster);
  expect(collector.gaps).toEqual([]);
});

test("a restart after more than the TTL reports what the cluster may have forgotten, before the list", async () => {
  const cluster = await start();
  cluster.event("one");
  const now = cluster.clock.now();
  const order: string[] = [];
  const collector = new Collector(
    cluster,
    {
      gaps: {
        writtenAt: () => now - MINUTE,
        ttl: HOUR,
        missed: async ({ from, to }) => void order.push(`${from}-${to}`),
      },
      listed: async () => void order.push("list"),
    },
    now - 3 * HOUR,
  );
  await watching(cluster, collector);
  expect(order).toEqual([`${now - 3 * HOUR}-${now - HOUR}`, "list"]);
});

test("being cut off for longer than the TTL is a gap, told once, although the list fails to be kept at first", async () => {
  const cluster = await start();
  let failures = 0;
  const collector = new Collector(cluster, {
    listed: async () => {
      if (failures-- > 0) throw new Error("disk full");
    },
  });
  await watching(cluster, collector);
  const { syncedAt } = collector.loop.status();
  await cluster.faults.down();
  cluster.event("forgotten");
  await until(() => cluster.clock.now() - (syncedAt ?? 0) > HOUR + 10 * MINUTE);
  await until(() => cluster.storage.count("events") === 0, "the expiry"); // its hour has passed
  failures = 2;
  cluster.faults.expireVersions();
  await cluster.faults.up();
  await until(() => collector.loop.status().listsDone === 2);
  expect(collector.gaps.length).toBe(1);
  expect(collector.gaps[0]?.from).toBe(syncedAt);
  expect(collector.names.has("forgotten")).toBe(false);
});

test("an Event's TTL that runs out while we watch is no gap", async () => {
  const cluster = await start();
  cluster.event("one");
  const collector = await watching(cluster);
  cluster.clock.advance(HOUR + MINUTE);
  await until(() => collector.changes.some(({ type }) => type === "DELETED"));
  expect(collector.gaps).toEqual([]);
});

test("a server that comes back with another history is noticed, listed anew, and reported as a gap", async () => {
  const first = await start();
  for (let i = 0; i < 50; i++) first.event(`old-${i}`);
  const collector = await watching(first);
  const { port } = first;
  await first.faults.down();
  const second = await start({ clock: first.clock, port });
  second.event("new");
  await until(() => collector.names.has("new"));
  expect(collector.loop.status().restarts.reset).toBe(1);
  expect(collector.gaps.map(({ reason }) => reason)).toEqual([
    "the cluster's resource versions went back: its storage was restored or replaced",
  ]);
});

test("it tells how far it was in sync, now and then, for the next start", async () => {
  const cluster = await start();
  const began = cluster.clock.now();
  const collector = await watching(cluster);
  expect(collector.synced).toEqual([began]);
  cluster.event("soon");
  await until(() => collector.names.has("soon"));
  cluster.clock.advance(40_000);
  cluster.event("late");
  await until(() => collector.synced.length === 2);
  expect(collector.synced[1]).toBeGreaterThanOrEqual(began + 45_000);
});

test("after a minute of health a trouble begins with a short wait again", async () => {
  const cluster = await start();
  cluster.faults.add({ match: LIST, effect: { do: "answer", code: 500 }, times: 4 });
  const collector = await watching(cluster);
  expect(cluster.clock.backoffs.length).toBe(4);
  cluster.clock.advance(MINUTE);
  cluster.faults.dropConnections({ verb: "watch" });
  await until(() => cluster.clock.backoffs.length === 5);
  expect(cluster.clock.backoffs[4]).toBe(1200);
  await until(() => collector.loop.status().watchesOpened === 2);
});
