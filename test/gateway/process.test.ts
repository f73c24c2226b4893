// The process as its user meets it: arguments, exit codes, and one line for what is wrong.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./gateway.ts";
import { GatewayProcess } from "./gatewayProcess.ts";

/** A start without a cluster. */
async function flagsFor(dataDir: string): Promise<readonly string[]> {
  const kubeconfig = join(await temporaryDirectory(), "none");
  return ["--port", "0", "--metrics-bind-address", "0", "--kubeconfig", kubeconfig, "--data-dir", dataDir];
}

async function start(dataDir: string, more: readonly string[] = []): Promise<GatewayProcess> {
  return GatewayProcess.start([...(await flagsFor(dataDir)), ...more]);
}

test("--help tells every setting on stdout and ends well", async () => {
  const gateway = await GatewayProcess.start(["--help"]);
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr).toBe("");
  for (const flag of ["--port", "--kubeconfig", "--watch-namespaces", "--data-dir", "--dedup-window", "--demo"]) {
    expect(gateway.stdout).toContain(`  ${flag} `);
  }
});

test("--version tells the version of the package", async () => {
  const gateway = await GatewayProcess.start(["--version"]);
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

for (const [what, flags, env, line] of [
  ["an unknown flag", ["--prot", "1"], {}, /^khook-gateway: unknown flag --prot: did you mean --port\?$/],
  ["a port that is none", ["--port", "70000"], {}, /^khook-gateway: --port: "70000" must be/],
  ["a flag without its value", ["--data-dir"], {}, /^khook-gateway: --data-dir needs a value/],
  ["an argument too many", ["start"], {}, /^khook-gateway: unexpected argument "start"/],
  ["a bad value of a variable", [], { LOG_LEVEL: "loud" }, /^khook-gateway: LOG_LEVEL: "loud" must be/],
  ["a configuration file that is not there", ["--config", "/nowhere.yaml"], {}, /\/nowhere\.yaml/],
] as const) {
  test(`${what} ends the start with code 2 and one line that names it`, async () => {
    const gateway = await GatewayProcess.start(flags, env);
    expect(await gateway.exited).toEqual({ code: 2, signal: null });
    expect(gateway.stdout).toBe("");
    expect(linesOf(gateway)).toEqual([expect.stringMatching(line)]);
  });
}

test("a port that is taken ends the start with code 1 and one line, and the first gateway goes on", async () => {
  const first = await start(await temporaryDirectory());
  const { port } = new URL(await first.url());
  const dataDir = await temporaryDirectory();
  const second = await GatewayProcess.start([...(await flagsFor(dataDir)), "--port", port, "--log-level", "error"]);
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(linesOf(second)).toEqual([expect.stringContaining(`cannot listen on 127.0.0.1:${port}`)]);
  expect((await fetch(`${await first.url()}/api/v1/events`)).status).toBe(200);
});

test("a second gateway on the same data is refused with one line that says who has it", async () => {
  const dataDir = await temporaryDirectory();
  const first = await start(dataDir);
  const url = await first.url();
  const second = await start(dataDir);
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(linesOf(second)).toEqual([expect.stringContaining("is in use by another gateway")]);
  expect(second.stderr).toContain(dataDir);
  expect(second.stderr).toContain(`process ${first.pid} `);
  expect((await fetch(`${url}/api/v1/events`)).status).toBe(200);

  // And it is free again, however the first one ends.
  first.kill("SIGKILL");
  await first.exited;
  const third = await start(dataDir);
  expect((await fetch(`${await third.url()}/api/v1/events`)).status).toBe(200);
});

for (const [what, spoil, line] of [
  ["is no SQLite file", (path: string) => writeFileSync(path, "events, one a line\n"), /not an event store/],
  ["is damaged", damage, /is damaged/],
  ["is cut short", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 9_000)), /is damaged/],
  ["belongs to another program", foreign, /another program/],
  ["was written by a later version", newer, /later version/],
] as const) {
  test(`a store that ${what} ends the start with code 1 and one line, and stays as it was`, async () => {
    const dataDir = await soundStore();
    const path = join(dataDir, "events.sqlite");
    spoil(path);
    const before = readFileSync(path);
    const gateway = await start(dataDir);
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(linesOf(gateway)).toEqual([expect.stringMatching(line)]);
    expect(gateway.stderr).toContain(path);
    expect(gateway.stdout).toBe("");
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dataDir).filter((name) => !name.endsWith(".lock"))).toEqual(["events.sqlite"]);
  });
}

for (const [what, place] of [
  ["below a file", async () => join(await emptyFile(), "data")],
  ["that is a file", emptyFile],
  ["where the system lets nobody make one", async () => "/proc/x"],
  ["below such a one", async () => "/proc/x/y/z"],
] as const) {
  test(`a data directory ${what} ends the start with code 1 and one line that names it`, async () => {
    const dataDir = await place();
    const gateway = await start(dataDir);
    expect(await gateway.exited).toEqual({ code: 1, signal: null });
    expect(linesOf(gateway)).toEqual([expect.stringMatching(/^khook-gateway: the .*store .* cannot be /)]);
    expect(gateway.stderr).toContain(dataDir);
    expect(gateway.stdout).toBe("");
  });
}

async function emptyFile(): Promise<string> {
  const file = join(await temporaryDirectory(), "file");
  writeFileSync(file, "");
  return file;
}

test("what Node is told about memory stands in one script, and the demo is started by it", () => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { scripts } = JSON.parse(manifest) as { readonly scripts: Readonly<Record<string, string>> }; // our own
  const telling = Object.keys(scripts).filter((name) => /--max-|--heap-/.test(scripts[name] ?? ""));
  expect(telling).toEqual(["start"]);
  expect(scripts.demo).toMatch(/\bstart -- --demo$/);
});

function linesOf({ stderr }: GatewayProcess): readonly string[] {
  return stderr.split("\n").filter((line) => line !== "");
}

/** An empty store, made by the gateway itself and stopped in order. */
async function soundStore(): Promise<string> {
  const dataDir = await temporaryDirectory();
  const gateway = await start(dataDir);
  await gateway.url();
  gateway.kill("SIGTERM");
  await gateway.exited;
  return dataDir;
}

/** Everything behind the first page is noise, and its length is right. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096);
  writeFileSync(path, bytes);
}

function foreign(path: string): void {
  writeFileSync(path, "");
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE notes (text TEXT)");
  database.close();
}

function newer(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 4711");
  database.close();
}
