// What becomes of a right while somebody uses it: a RoleBinding removed, a ServiceAccount deleted, a token that ends, an API
// server that cannot be asked. Streams end or narrow in the time that was promised, also while much happens.
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Heard, lastCursor, type Stream } from "../http/live/edge.ts";
import { EDGES } from "../http/live/edges.ts";
import type { TestGateway } from "./gateway.ts";
import { GuardedStage } from "./guarded.ts";
import { until } from "./storedEvents.ts";

const RECHECK = 1_000;
/** A look at the rights is some requests to the API server, on a machine that has other things to do as well. */
const MARGIN = 2_500;
const FLAGS = ["--stream-recheck", `${RECHECK}ms`, "--dedup-window", "1s"];

interface Scene {
  readonly stage: GuardedStage;
  readonly gateway: TestGateway;
}

async function scene(flags: readonly string[] = FLAGS): Promise<Scene> {
  const stage = await GuardedStage.set({ podsPerNamespace: 100 });
  stage.stage.cluster.happen(40, { every: 2_000 });
  return { stage, gateway: await stage.gateway({ flags }) };
}

/** Some 500 changes a second, until the test is over. */
function busy({ stage: { stage } }: Scene): void {
  let isOver = false;
  const life = (async () => {
    while (!isOver) {
      stage.cluster.toPresent();
      stage.cluster.happen(6, { every: 2, repeats: 0.5 });
      await pause(10);
    }
  })();
  onTestFinished(async () => {
    isOver = true;
    await life;
  });
}

function namespacesOf(heard: readonly Heard[]): readonly string[] {
  return [...new Set(heard.flatMap(({ event }) => event?.namespace ?? []))].sort();
}

/** The ending, and that nothing is told after it; within what was promised. */
async function endingOf(stream: Stream, within = RECHECK + MARGIN): Promise<string> {
  const ending = await Promise.race([stream.ending, pause(within, "still open")]);
  const told = stream.heard.length;
  await pause(300);
  expect(stream.heard).toHaveLength(told);
  return ending;
}

describe.each(EDGES)("over $name, while 500 changes a second are told", (edge) => {
  test("a right that is gone ends the stream", async () => {
    const set = await scene();
    const caller = set.stage.caller([{ namespaces: ["shop"] }]);
    const stream = await edge.open(set.gateway.url, { headers: caller.headers });
    busy(set);
    await until(() => stream.heard.length > 50, "what may be seen");
    caller.loseRights();
    expect(await endingOf(stream)).toBe("forbidden");
    expect(namespacesOf(stream.heard)).toEqual(["shop"]);
  }, 20_000);

  test("a caller that is gone ends the stream", async () => {
    const set = await scene();
    const caller = set.stage.caller([{}]);
    const stream = await edge.open(set.gateway.url, { headers: caller.headers });
    busy(set);
    await until(() => stream.heard.length > 50, "what may be seen");
    caller.vanish();
    expect(await endingOf(stream)).toBe("unauthenticated");
  }, 20_000);

  test("a token that ends, ends the stream with it", async () => {
    const set = await scene(["--dedup-window", "1s"]); // looked at every 30 s: too late for this
    const caller = set.stage.caller([{}]);
    const token = jwt(Math.ceil(Date.now() / 1_000) + 3);
    set.stage.access.tokens.set(token, { user: caller.user });
    const endsAt = Date.now() + 4_000;
    const stream = await edge.open(set.gateway.url, { headers: { Authorization: `Bearer ${token}` } });
    busy(set);
    await until(() => stream.heard.length > 50, "what may be seen", 3);
    expect(await endingOf(stream, endsAt - Date.now() + MARGIN)).toBe("unauthenticated");
  }, 20_000);

  test("of two namespaces the one that is lost is told no more, and the other is", async () => {
    const set = await scene();
    const caller = set.stage.caller([{ namespaces: ["shop"] }, { namespaces: ["billing"] }]);
    const stream = await edge.open(set.gateway.url, { headers: caller.headers });
    busy(set);
    await until(() => namespacesOf(stream.heard).length === 2, "both");
    caller.loseRights(0);
    await pause(RECHECK + MARGIN);
    const before = stream.heard.length;
    await until(() => stream.heard.length > before + 50, "the other");
    expect(namespacesOf(stream.heard.slice(before))).toEqual(["billing"]);
    expect(namespacesOf(stream.heard)).toEqual(["billing", "shop"]);
    await stream.leave();
  }, 20_000);

  test("who has asked for the one that is lost by its name is shown out", async () => {
    const set = await scene();
    const caller = set.stage.caller([{ namespaces: ["shop"] }, { namespaces: ["billing"] }]);
    const { headers } = caller;
    const [named, other] = await Promise.all([
      edge.open(set.gateway.url, { headers, filter: { namespaces: ["shop"] } }),
      edge.open(set.gateway.url, { headers, filter: { namespaces: ["billing"] } }),
    ]);
    busy(set);
    await until(() => named.heard.length > 20 && other.heard.length > 20, "both");
    caller.loseRights(0);
    expect(await endingOf(named)).toBe("forbidden");
    const before = other.heard.length;
    await until(() => other.heard.length > before + 20, "the other");
    expect(namespacesOf(other.heard)).toEqual(["billing"]);
    await other.leave();
  }, 20_000);

  test("who may see less than everything by now comes back for what is left, and has missed none of that", async () => {
    const set = await scene();
    const caller = set.stage.caller([{}, { namespaces: ["shop"] }]);
    const { headers } = caller;
    const stream = await edge.open(set.gateway.url, { headers });
    busy(set);
    await until(() => namespacesOf(stream.heard).length === 3, "all three");
    caller.loseRights(0);
    expect(await endingOf(stream)).toBe("forbidden");
    const resumed = await edge.open(set.gateway.url, { headers, after: lastCursor(stream) });
    await until(() => resumed.heard.length > 20, "what is left");
    expect(namespacesOf(resumed.heard)).toEqual(["shop"]);
    await resumed.leave();
  }, 20_000);

  test("what cannot be asked any more is over, and is there again when it can", async () => {
    const set = await scene();
    const { faults } = set.stage.stage.cluster;
    const caller = set.stage.caller([{ namespaces: ["shop"] }]);
    const stream = await edge.open(set.gateway.url, { headers: caller.headers });
    busy(set);
    await until(() => stream.heard.length > 20, "what may be seen");
    await faults.down();
    expect(await endingOf(stream)).toBe("unavailable");
    const refused = await edge.open(set.gateway.url, { headers: caller.headers });
    expect(await refused.ending).toBe("unavailable");
    await faults.up();
    await until(async () => {
      const again = await edge.open(set.gateway.url, { headers: caller.headers, after: lastCursor(stream) });
      if ((await Promise.race([again.ending, pause(500, "open")])) !== "open") return false;
      await until(() => again.heard.length > 20, "what was missed");
      expect(namespacesOf(again.heard)).toEqual(["shop"]);
      await again.leave();
      return true;
    }, "to be let in again");
  }, 30_000);

  test("a namespace that is new is told of from its first event on to who may see it, and to nobody else", async () => {
    const set = await scene();
    const mine = set.stage.caller([{ namespaces: ["shop"] }, { namespaces: ["fresh"] }]);
    const others = set.stage.caller([{ namespaces: ["shop"] }]);
    const [stream, other] = await Promise.all([
      edge.open(set.gateway.url, { headers: mine.headers }),
      edge.open(set.gateway.url, { headers: others.headers }),
    ]);
    busy(set);
    await until(() => stream.heard.length > 20 && other.heard.length > 20, "what may be seen");
    const { storage } = set.stage.stage.cluster;
    for (const number of [1, 2, 3]) {
      storage.create("events", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `first-${number}`, namespace: "fresh" },
        involvedObject: { kind: "Pod", namespace: "fresh", name: `pod-${number}`, apiVersion: "v1" },
        type: "Warning",
        reason: "BackOff",
        message: "Back-off restarting failed container",
        count: 1,
        firstTimestamp: new Date().toISOString().replace(/\.\d+/, ""),
        lastTimestamp: new Date().toISOString().replace(/\.\d+/, ""),
      });
    }
    const fresh = () => stream.heard.filter(({ event, type }) => type === "ADDED" && event?.namespace === "fresh");
    await until(() => fresh().length === 3, "all that is new");
    const before = other.heard.length;
    await until(() => other.heard.length > before + 20, "some more");
    expect(namespacesOf(other.heard)).toEqual(["shop"]);
    await Promise.all([stream.leave(), other.leave()]);
  }, 20_000);
});

test("an API server that is down: what was decided is used for as long as was promised, then it is 503, and never allowed", async () => {
  const set = await scene();
  const { faults } = set.stage.stage.cluster;
  const { headers } = set.stage.caller([{ namespaces: ["shop"] }]);
  const ask = () => fetch(`${set.gateway.url}/api/v1/events/shop`, { headers });
  expect((await ask()).status).toBe(200);
  await faults.down();
  const decidedAt = performance.now();
  let isRefused = false;
  while (performance.now() - decidedAt < 12_000) {
    const askedAt = performance.now();
    const { status } = await ask();
    if (status === 503) isRefused = true;
    else expect([status, isRefused, askedAt - decidedAt < 10_500]).toEqual([200, false, true]);
    await pause(200);
  }
  const refused = await ask();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await refused.json()) as object).toMatchObject({ code: "UNAVAILABLE", status: 503 });
  const graphql = await fetch(`${set.gateway.url}/graphql`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: '{"query":"{ events { totalCount } }"}',
  });
  expect(graphql.status).toBe(503);
  expect(((await graphql.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions).toMatchObject({
    code: "UNAVAILABLE",
  });
  const stranger = await fetch(`${set.gateway.url}/api/v1/events`, { headers: { Authorization: "Bearer unknown" } });
  expect(stranger.status).toBe(503);
  await faults.up();
  await until(async () => (await ask()).status === 200, "to be let in again");
}, 30_000);

/** Of the form of a ServiceAccount's token; `exp` in seconds. */
function jwt(exp: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", kid: "1" })}.${part({ exp, sub: "system:serviceaccount:shop:reader" })}.c2ln`;
}
