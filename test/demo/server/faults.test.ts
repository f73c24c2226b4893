// The ways the API server can be told to misbehave, as a client on the wire sees them.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EVENTS, HOOKS, Rig, told } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
  for (const name of ["a", "b", "c"]) rig.event(name);
});
afterEach(() => rig[Symbol.asyncDispose]());

const events = { resource: "events" } as const;

describe("answers", () => {
  it.each([
    [429, "Too many requests, please try again later.\n", "text/plain; charset=utf-8"],
    [500, /"code":500/, "application/json"],
    [504, /^\{"metadata":\{\},"status":"Failure"/, "text/plain; charset=utf-8"],
    [403, /"reason":"Forbidden"/, "application/json"],
    [401, /"reason":"Unauthorized"/, "application/json"],
  ])("%i comes as often as asked for and not once more", async (code, body, type) => {
    const fault = rig.server.faults.add({ match: events, effect: { do: "answer", code }, times: 2 });
    for (const _time of [1, 2]) {
      const answer = await rig.ask(EVENTS);
      expect(answer.code).toBe(code);
      expect(answer.headers["content-type"]).toEqual([type]);
      expect(answer.body.toString()).toMatch(body);
      expect(answer.headers["retry-after"]).toEqual(code === 429 ? ["1"] : undefined);
    }
    expect((await rig.ask(EVENTS)).code).toBe(200);
    expect(fault.hits).toBe(2);
  });

  it("a rule lets everything pass that it does not match", async () => {
    rig.server.faults.add({
      match: { resource: "events", verb: "list", query: { limit: /^5/ } },
      effect: { do: "answer", code: 500 },
    });
    expect((await rig.ask(HOOKS)).code).toBe(200);
    expect((await rig.ask(`${EVENTS}/a`)).code).toBe(200);
    expect((await rig.ask(`${EVENTS}?limit=4`)).code).toBe(200);
    expect((await rig.ask(`${EVENTS}?limit=50`)).code).toBe(500);
  });

  it("skipping lets the first ones pass: page 2 fails, page 1 does not", async () => {
    rig.server.faults.add({ match: events, effect: { do: "answer", code: 500 }, skip: 1, times: 1 });
    const codes = [];
    for (const _page of [1, 2, 3]) codes.push((await rig.ask(EVENTS)).code);
    expect(codes).toEqual([200, 500, 200]);
  });

  it("a rule can be taken back, and all of them at once", async () => {
    const fault = rig.server.faults.add({ effect: { do: "answer", code: 500 } });
    fault.remove();
    expect((await rig.ask(EVENTS)).code).toBe(200);
    rig.server.faults.add({ effect: { do: "answer", code: 500 } });
    rig.server.faults.clear();
    expect((await rig.ask(EVENTS)).code).toBe(200);
  });

  it("a delay is a delay: the answer is the same", async () => {
    rig.server.faults.add({ match: events, effect: { do: "delay", ms: 120 }, times: 1 });
    const before = performance.now();
    expect((await rig.ask(EVENTS)).code).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(110);
  });
});

describe("connections", () => {
  it("a refused request ends without a byte", async () => {
    rig.server.faults.add({ match: events, effect: { do: "refuse" }, times: 1 });
    using refused = rig.open(EVENTS);
    await refused.untilEnd();
    expect([refused.end, refused.head]).toEqual(["torn", ""]);
    expect((await rig.ask(EVENTS)).code).toBe(200);
  });

  it("a stalled request is taken and never answered", async () => {
    rig.server.faults.add({ match: events, effect: { do: "stall" }, times: 1 });
    using stalled = rig.open(EVENTS);
    await sleep(150);
    expect([stalled.end, stalled.head]).toEqual([undefined, ""]);
    expect([...rig.server.requests].at(-1)).toMatchObject({ code: undefined, isOpen: true, resource: "events" });
  });

  it("a dropped list breaks off in its body: the length that was promised does not come", async () => {
    rig.server.faults.add({ match: events, effect: { do: "cut" }, times: 1 });
    using cut = rig.open(`${EVENTS}?limit=1`);
    await cut.untilEnd();
    const promised = Number(/content-length: (\d+)/i.exec(cut.head)?.[1]);
    expect(cut.end).toBe("torn");
    expect(cut.bytes.length).toBeGreaterThan(0);
    expect(cut.bytes.length).toBeLessThan(promised);
  });

  it("open connections are dropped hard, only those that match", async () => {
    using ofEvents = await rig.watch(EVENTS);
    using ofHooks = await rig.watch(HOOKS);
    expect(rig.server.faults.dropConnections({ resource: "events", verb: "watch" })).toBe(1);
    await ofEvents.untilEnd();
    expect(ofEvents.end).toBe("torn");
    rig.hook("still-told");
    await ofHooks.untilLines(1);
    expect(ofHooks.end).toBeUndefined();
  });

  it("a killed server refuses on its port, has torn everything down, and comes back on the same port", async () => {
    const { url } = rig.server;
    using watch = await rig.watch(EVENTS);
    await rig.server.faults.down();
    await watch.untilEnd();
    expect(watch.end).toBe("torn");
    await expect(rig.ask(EVENTS)).rejects.toThrow(/ECONNREFUSED/);
    await rig.server.faults.up();
    expect(rig.server.url).toBe(url);
    expect((await rig.json(EVENTS)).items).toHaveLength(3);
  });

  it("a terminated server refuses on its port while open watches go on being told", async () => {
    using watch = await rig.watch(EVENTS);
    await watch.untilLines(3);
    await rig.server.faults.down({ connections: "kept" });
    await expect(rig.ask(EVENTS)).rejects.toThrow(/ECONNREFUSED/);
    rig.event("d");
    await watch.untilLines(4);
    expect(rig.server.faults.closeWatches()).toBe(1);
    await watch.untilEnd();
    expect(watch.end).toBe("clean");
    await rig.server.faults.up();
    expect((await rig.ask(EVENTS)).code).toBe(200);
  });
});

describe("watches", () => {
  it("closed at once: 200, a clean end, and not a line to say why", async () => {
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "close" }, times: 1 });
    using watch = await rig.watch(EVENTS);
    await watch.untilEnd();
    expect([watch.status, watch.lines, watch.end]).toEqual([200, [], "clean"]);
  });

  it.each([
    ["close", "clean"],
    ["drop", "torn"],
  ] as const)("%s after two lines: %s", async (act, end) => {
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: act, lines: 2 }, times: 1 });
    using watch = await rig.watch(EVENTS);
    await watch.untilEnd();
    expect(told(watch)).toEqual(["ADDED a", "ADDED b"]);
    expect(watch.end).toBe(end);
  });

  it("cut inside a character: the last bytes are half of it", async () => {
    rig.event("d", { message: "naïve — 試験" });
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "cut", lines: 3 }, times: 1 });
    using watch = await rig.watch(EVENTS);
    await watch.untilEnd();
    expect(told(watch)).toEqual(["ADDED a", "ADDED b", "ADDED c"]);
    expect(watch.end).toBe("torn");
    expect(watch.bytes.at(-1)).toBeGreaterThanOrEqual(0b1100_0000);
    expect(watch.bytes.toString().endsWith("na\uFFFD")).toBe(true);
  });

  it("silent after a line: nothing more comes and it does not end, not even by its own time limit", async () => {
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "silence", lines: 1 }, times: 1 });
    using watch = await rig.watch(EVENTS, { timeoutSeconds: "1" });
    rig.event("d");
    await sleep(1300);
    expect([told(watch), watch.end]).toEqual([["ADDED a"], undefined]);
  });

  it("junk comes between lines that are whole", async () => {
    rig.server.faults.add({
      match: { verb: "watch" },
      effect: { do: "junk", lines: 1, text: "{not json\n" },
      times: 1,
    });
    using watch = await rig.watch(EVENTS);
    await watch.untilLines(4);
    expect(watch.lines[1]).toBe("{not json");
    expect(told({ lines: [watch.lines[0], watch.lines[2], watch.lines[3]] } as typeof watch)).toEqual([
      "ADDED a",
      "ADDED b",
      "ADDED c",
    ]);
  });

  it("an ERROR line in the middle, then the clean end", async () => {
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "error", lines: 1 }, times: 1 });
    using watch = await rig.watch(EVENTS);
    await watch.untilEnd();
    expect(told(watch)).toEqual(["ADDED a", "ERROR Expired"]);
    expect(watch.end).toBe("clean");
  });

  it("raw text can be said into open watches", async () => {
    using watch = await rig.watch(EVENTS);
    await watch.untilLines(3);
    expect(rig.server.faults.say({ verb: "watch" }, "\n\n{}\n")).toBe(1);
    await watch.untilLines(6);
    expect(watch.lines.slice(3)).toEqual(["", "", "{}"]);
  });

  it("byte by byte says the same", async () => {
    rig.event("d", { message: "試験" });
    using whole = await rig.watch(EVENTS);
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "split", sizes: [1] }, times: 1 });
    using split = await rig.watch(EVENTS);
    await Promise.all([whole.untilLines(4), split.untilLines(4)]);
    expect(split.bytes.equals(whole.bytes)).toBe(true);
    expect(new Set(split.chunks.map((chunk) => chunk.length))).toEqual(new Set([1]));
  });

  it("expired versions: a resumed watch gets the 410 line, a continue token a 410 with another token", async () => {
    const page = await rig.json(`${EVENTS}?limit=1`);
    rig.event("d");
    rig.server.faults.expireVersions();
    using watch = await rig.watch(EVENTS, { resourceVersion: page.metadata.resourceVersion });
    await watch.untilEnd();
    expect([told(watch), watch.end]).toEqual([["ERROR Expired"], "clean"]);
    const next = await rig.ask(`${EVENTS}?limit=1&continue=${page.metadata.continue}`);
    expect(next.code).toBe(410);
    const { metadata } = JSON.parse(next.body.toString());
    const rest = await rig.json(`${EVENTS}?continue=${metadata.continue}`);
    expect(rest.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(["b", "c", "d"]);
  });

  it("two faults on one request: byte by byte up to a cut", async () => {
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "split", sizes: [7, 100] }, times: 1 });
    rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "drop", lines: 1 }, times: 1 });
    using watch = await rig.watch(EVENTS);
    await watch.untilEnd();
    expect([told(watch), watch.end, watch.chunks[0]?.length]).toEqual([["ADDED a"], "torn", 7]);
  });
});
