// Subscribers of a whole gateway, over every edge: it is stopped and started, killed, and its connections are cut at random.
// Whatever happens, they end with exactly the sequence of the store.
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { Random } from "../../src/demo/scenario/random.ts";
import { EDGES } from "../http/live/edges.ts";
import { SseStream } from "../http/live/sseEdge.ts";
import { expectToldAllStored, Follower } from "./follower.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { storedEvents, until } from "./storedEvents.ts";
import type { TroubledCluster } from "./troubledCluster.ts";

/** Events are over soon, so that there are as many changes of status as there are events. */
const SHORT_WINDOW = ["--dedup-window", "2s"];

/** Nothing fires any more, so that nothing changes any more. */
async function allIsOver(url: string): Promise<void> {
  await until(async () => (await storedEvents(url)).every(({ status }) => status !== "firing"), "the end of all");
}

/** Things happen, about 200 a second that are events, until it is told to stop. */
function living(cluster: TroubledCluster): { stop(): Promise<void> } {
  let isOver = false;
  const life = (async () => {
    while (!isOver) {
      cluster.toPresent();
      cluster.happen(3, { every: 2, repeats: 0.5 });
      await pause(10);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await life;
    },
  };
}

test("across restarts and kills on the same data they resume where they were, over every edge", async () => {
  const stage = await Stage.set({ pace: 1, podsPerNamespace: 250 });
  const { cluster } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(300, { every: 5_000, repeats: 0.3 }); // much of which is over by now
  const life = living(cluster);
  const followers = EDGES.map((edge) => new Follower(edge));
  let url = "";
  for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL", undefined] as const) {
    const gateway = await GatewayProcess.start([...processFlags(cluster.kubeconfigPath, dataDir), ...SHORT_WINDOW]);
    url = await gateway.url();
    const before = followers.map(({ heard }) => heard.length);
    await Promise.all(followers.map((follower) => follower.follow(url)));
    await until(() => followers.every(({ heard }, index) => heard.length > (before[index] ?? 0) + 50), "some more", 30);
    if (signal === undefined) break;
    gateway.kill(signal);
    const endings = await Promise.all(followers.map((follower) => follower.ending()));
    const expected = signal === "SIGTERM" ? "shutdown" : "over";
    expect(endings).toEqual([expected, expected, expected]);
    await gateway.exited;
  }
  await life.stop();
  await allIsOver(url);
  await expectToldAllStored({ url, dataDir }, followers);
  for (const { heard } of followers) {
    expect(heard.length).toBeGreaterThan(300);
    expect(heard.some(({ type }) => type === "MODIFIED")).toBe(true);
  }
  await Promise.all(followers.map((follower) => follower.leave()));
}, 60_000);

test("while connections are cut at random and events arrive, everybody who resumes ends with exactly the sequence of the store", async () => {
  const stage = await Stage.set({ pace: 1, podsPerNamespace: 250 });
  const { cluster } = stage;
  cluster.happen(200, { every: 10_000, repeats: 0.3 });
  const dataDir = await temporaryDirectory();
  const { url } = await stage.gateway({ dataDir, flags: SHORT_WINDOW });
  const wire = await brittleWire(Number(new URL(url).port));
  const random = new Random("cuts");
  const life = living(cluster);
  const followers = Array.from({ length: 12 }, (_, index) => new Follower(EDGES[index % 3] ?? nobody()));
  const enough = new AbortController();
  const persisting = followers.map((follower) => follower.persist(wire.url, enough.signal));
  // This one comes back by its library's own means, and by nothing else.
  const source = new SseStream(wire.url, { since: "1d" }, true);

  let cuts = 0;
  for (const deadline = performance.now() + 6_000; performance.now() < deadline; ) {
    await pause(random.integer(10, 80));
    const { open } = wire;
    if (open.length === 0) continue;
    random.pick(open).destroy();
    cuts++;
  }
  await life.stop();
  await allIsOver(url);
  enough.abort();
  await Promise.all(persisting);
  // Who was cut off last, and had no time to notice, goes on once more.
  await Promise.all(followers.map((follower) => follower.leave()));
  await Promise.all(followers.map((follower) => follower.follow(url)));
  await expectToldAllStored({ url, dataDir }, followers);
  await until(
    () => source.heard.at(-1)?.cursor === followers[0]?.heard.at(-1)?.cursor,
    "the last change, for the other",
  );
  const latest = (heard: Follower["heard"]) =>
    new Map(heard.map(({ event, cursor }) => [event?.id, `${event?.status} ${cursor}`]));
  expect(latest(source.heard)).toEqual(latest(followers[0]?.heard ?? []));
  expect(new Set(source.heard.map(({ cursor }) => cursor)).size).toBe(source.heard.length);
  expect(cuts).toBeGreaterThan(50);
  expect(source.answers.length).toBeGreaterThan(1);
  expect(followers[0]?.heard.length).toBeGreaterThan(600);
  await Promise.all([source, ...followers].map((each) => each.leave()));
}, 60_000);

/** A way to the port whose connections can be cut. */
async function brittleWire(port: number): Promise<{ readonly url: string; readonly open: readonly Socket[] }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    sockets.add(near);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => {});
      one.once("close", () => {
        sockets.delete(near);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("it has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get open() {
      return [...sockets];
    },
  };
}

function nobody(): never {
  throw new Error("there are three edges");
}
