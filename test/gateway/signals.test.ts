// The process and its signals: it stops in order within its time, whatever it is doing.
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { storedEvents, until } from "./storedEvents.ts";
import { LIST_EVENTS } from "./troubledCluster.ts";

/** A start without a cluster. */
async function start(dataDir: string, more: readonly string[] = []): Promise<GatewayProcess> {
  const kubeconfig = join(await temporaryDirectory(), "none");
  return GatewayProcess.start([...processFlags(kubeconfig, dataDir), ...more]);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} stops it in order: exit code 0, nothing listens, and the store is whole`, async () => {
    const dataDir = await temporaryDirectory();
    const gateway = await start(dataDir);
    const url = await gateway.url();
    // A connection that is only kept, as browsers and proxies do, holds nothing up.
    expect((await fetch(`${url}/api/v1/events`)).status).toBe(200);
    const since = performance.now();
    gateway.kill(signal);
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(5_000);
    await expect(fetch(`${url}/api/v1/events`)).rejects.toThrow();
    expect(existsSync(join(dataDir, "events.sqlite-wal"))).toBe(false);
    expect(integrityOf(join(dataDir, "events.sqlite"))).toBe("ok");
  });
}

test("a request that will not end is given the grace time and no more", async () => {
  const gateway = await start(await temporaryDirectory(), ["--shutdown-grace", "1s"]);
  await endlessRequest(await gateway.url());
  const since = performance.now();
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  const took = performance.now() - since;
  expect(took).toBeGreaterThan(900);
  expect(took).toBeLessThan(8_000);
});

test("a second signal ends it at once", async () => {
  const gateway = await start(await temporaryDirectory(), ["--shutdown-grace", "60s"]);
  await endlessRequest(await gateway.url());
  gateway.kill("SIGTERM");
  while (!gateway.stderr.includes("stopping")) await new Promise((resolve) => setTimeout(resolve, 5));
  const since = performance.now();
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - since).toBeLessThan(5_000);
});

test("a Ctrl-C that a parent passes on as well is one, and a second Ctrl-C ends it at once", async () => {
  const gateway = await start(await temporaryDirectory(), ["--shutdown-grace", "60s"]);
  await endlessRequest(await gateway.url());
  gateway.kill("SIGINT");
  while (!gateway.stderr.includes("stopping")) await new Promise((resolve) => setTimeout(resolve, 5));
  gateway.kill("SIGINT");
  const ended = await Promise.race([gateway.exited, new Promise((resolve) => setTimeout(resolve, 500, "not ended"))]);
  expect(ended).toBe("not ended");
  gateway.kill("SIGINT");
  expect(await gateway.exited).toEqual({ code: 1, signal: null });
});

for (const [what, flags] of [
  ["a start", []],
  ["the start of a demo", ["--demo"]],
] as const) {
  test(`a signal during ${what} ends it before it listens: exit code 0, and nothing of it is left`, async () => {
    const { gateway, temporary } = await begin(flags);
    const since = performance.now();
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(gateway.stdout).toBe("");
    expect(messagesOf(gateway)).toEqual(["starting", "stopping", "stopped"]);
    expect(readdirSync(temporary).filter((name) => name.startsWith("khook-"))).toEqual([]);
  });

  test(`a second signal during ${what} ends it at once`, async () => {
    const { gateway } = await begin(flags);
    gateway.kill("SIGTERM");
    gateway.kill("SIGINT");
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(messagesOf(gateway)).toEqual(["starting", "stopping"]);
  });
}

test("stopped in the middle of what it takes in, it keeps what it has and goes on from there", async () => {
  const stage = await Stage.set({ pace: 1, podsPerNamespace: 250 });
  const { cluster } = stage;
  cluster.happen(5_000, { every: 400, repeats: 0.2 });
  const flags = processFlags(cluster.kubeconfigPath, await temporaryDirectory());
  const first = await GatewayProcess.start(flags);
  const url = await first.url();
  await until(async () => (await storedEvents(url)).length > 0, "the first events");
  const since = performance.now();
  first.kill("SIGTERM");
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - since).toBeLessThan(8_000);

  const second = await GatewayProcess.start(flags);
  const again = await second.url();
  await until(() => cluster.asked("watch").length > 0, "a watch of Events");
  cluster.back();
  expect((await stage.agreement({ url: again })).length).toBeGreaterThan(2_000);
});

test("an API server that does not answer holds nothing up", async () => {
  const stage = await Stage.set({ pace: 1 });
  const { cluster } = stage;
  const stalled = cluster.faults.add({ match: LIST_EVENTS, effect: { do: "stall" } });
  const gateway = await GatewayProcess.start(processFlags(cluster.kubeconfigPath, await temporaryDirectory()));
  await until(() => stalled.hits > 0, "a list that is not answered");
  await gateway.url();
  const since = performance.now();
  gateway.kill("SIGTERM");
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - since).toBeLessThan(5_000);
});

/** A gateway that is told of signals and has all of its start before it, and where it puts what it makes. */
async function begin(flags: readonly string[]) {
  const temporary = await temporaryDirectory();
  const more = ["--log-level", "debug", ...flags];
  const gateway = await GatewayProcess.start(
    [...processFlags(join(temporary, "none"), join(temporary, "data")), ...more],
    { TMPDIR: temporary },
  );
  while (!gateway.stderr.includes("starting")) await new Promise((resolve) => setTimeout(resolve, 1));
  return { gateway, temporary };
}

function messagesOf({ stderr }: GatewayProcess): readonly string[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg); // pino's
}

/** A request that has begun and never goes on. */
async function endlessRequest(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined); // it is torn down in the end
  await once(socket, "connect");
  socket.write(
    "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
  );
  // Taken: the same server answers what came after it.
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(200);
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("PRAGMA integrity_check").get()?.integrity_check;
  } finally {
    database.close();
  }
}
