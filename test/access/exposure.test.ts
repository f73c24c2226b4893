// Where it listens and what follows: open towards its own machine, guarded towards all others, unless somebody says otherwise.
import { describe, expect, test } from "vitest";
import { effectiveModes, exposureFault, isLoopback } from "../../src/access/exposure.ts";
import { readCommand } from "../../src/config.ts";
import { Stage } from "../gateway/gateway.ts";

test.each([
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["0:0:0:0:0:0:0:1", true],
  ["localhost", true],
  ["::ffff:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["128.0.0.1", false],
  ["10.0.0.7", false],
  ["::2", false],
  ["::ffff:10.0.0.7", false],
  ["127.0.0.1.example.org", false],
  ["localhost.example.org", false],
  ["gateway", false],
  ["", false],
  [undefined, false],
] as const)("%s can be reached from this machine alone: %s", (host, isOwn) => {
  expect(isLoopback(host)).toBe(isOwn);
});

test.each([
  { set: null, host: "127.0.0.1", modes: ["none"] },
  { set: null, host: "::1", modes: ["none"] },
  { set: null, host: "0.0.0.0", modes: ["kubernetes"] },
  { set: null, host: "::", modes: ["kubernetes"] },
  { set: ["kubernetes"], host: "127.0.0.1", modes: ["kubernetes"] },
  { set: ["none"], host: "0.0.0.0", modes: ["none"] },
  { set: ["proxy", "kubernetes"], host: "0.0.0.0", modes: ["proxy", "kubernetes"] },
] as const)("on $host with $set set callers are known by $modes", ({ set, host, modes }) => {
  expect(effectiveModes(set, host)).toEqual(modes);
});

describe("without authentication", () => {
  const own = { setting: "--host 127.0.0.1", host: "127.0.0.1" };
  const others = { setting: "--metrics-bind-address :8080", host: "0.0.0.0" };

  test("it may listen where its own machine alone reaches it", () => {
    expect(exposureFault(["none"], [own, own], false)).toBeUndefined();
  });

  test("it may not listen where others do, on whichever port, and is told which and what to do", () => {
    expect(exposureFault(["none"], [own, others], false)).toBe(
      "--metrics-bind-address :8080 can be reached by others, and with --auth-modes none everybody would see everything: " +
        "listen on 127.0.0.1, choose --auth-modes kubernetes, or say --allow-unauthenticated",
    );
  });

  test("it may when that was said in so many words", () => {
    expect(exposureFault(["none"], [own, others], true)).toBeUndefined();
  });

  test("with authentication it may listen anywhere", () => {
    expect(exposureFault(["kubernetes"], [own, others], false)).toBeUndefined();
  });
});

describe("a gateway", () => {
  test("with --host 0.0.0.0 and --auth-modes none does not start, and says what would be right", async () => {
    const stage = await Stage.set({ pace: 1 });
    await expect(stage.startGateway({ flags: ["--host", "0.0.0.0", "--auth-modes", "none"] })).rejects.toThrow(
      "--host 0.0.0.0 can be reached by others, and with --auth-modes none everybody would see everything: " +
        "listen on 127.0.0.1, choose --auth-modes kubernetes, or say --allow-unauthenticated",
    );
    expect(stage.cluster.asked()).toEqual([]);
  });

  test("does not start either when its metrics alone could be reached by others", async () => {
    const stage = await Stage.set({ pace: 1 });
    const flags = ["--auth-modes", "none", "--metrics-bind-address", "0.0.0.0:0"];
    await expect(stage.startGateway({ flags })).rejects.toThrow(
      /^--metrics-bind-address .*0\.0\.0\.0:0 can be reached by others/,
    );
  });

  test("that is told nothing of authentication asks who it is when others can reach it, and nobody on loopback", async () => {
    const stage = await Stage.set({ pace: 1 });
    const exposed = await stage.gateway({ flags: ["--host", "0.0.0.0"] });
    const { port } = new URL(exposed.url);
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/events`)).status).toBe(401);
    const own = await stage.gateway();
    expect((await fetch(`${own.url}/api/v1/events`)).status).toBe(200);
  });

  test("that is allowed to serves everybody where others reach it", async () => {
    const stage = await Stage.set({ pace: 1 });
    const flags = ["--host", "0.0.0.0", "--auth-modes", "none", "--allow-unauthenticated"];
    const gateway = await stage.gateway({ flags });
    const { port } = new URL(gateway.url);
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/events`)).status).toBe(200);
  });

  test.each([
    [["--auth-modes", "none,kubernetes"], /--auth-modes/],
    [["--auth-modes", "magic"], /--auth-modes.*magic/],
    [["--auth-modes", ""], /--auth-modes/],
  ] as const)("is not configured by %j", (argv, fault) => {
    expect(() => readCommand({ argv: [...argv], env: {} })).toThrow(fault);
  });
});
