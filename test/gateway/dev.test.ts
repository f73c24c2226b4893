// `npm run dev` as somebody uses it: in a checkout of its own, whose sources are changed under it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** For a build and a start, in seconds. */
const PATIENCE = 60;
const PARTS = ["src", "schema", "package.json", "tsconfig.json", "tsconfig.build.json"];

test("the demo is built and started anew when a source changes, right or wrong, and Ctrl-C leaves nothing behind", {
  timeout: 120_000,
}, async () => {
  const checkout = await temporaryDirectory();
  const temporary = await temporaryDirectory();
  for (const part of PARTS) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  const dev = start(checkout, temporary);

  const first = await dev.url();
  expect(await titleOf(first)).toBe("Not found");

  const source = join(checkout, "src/http/problem.ts");
  const text = readFileSync(source, "utf8");
  writeFileSync(source, text.replace('"Not found"', "404"));
  await until(() => dev.output().includes("is not assignable to type 'string'"), "the fault", PATIENCE);
  await expect(fetch(first)).rejects.toThrow();

  dev.forget();
  writeFileSync(source, text.replace('"Not found"', '"Not here"'));
  expect(await titleOf(await dev.url())).toBe("Not here");

  // As the terminal does it: to every process of the group.
  process.kill(-dev.group, "SIGINT");
  await dev.ended;
  await until(async () => (await membersOf(dev.group)).length === 0, "the end of its processes");
  expect(dev.output()).toContain('"msg":"stopped"');
  expect(readdirSync(temporary).filter((name) => name.startsWith("khook-"))).toEqual([]);
});

function start(checkout: string, temporary: string) {
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn("npm", ["run", "dev", "--", "--port", "0"], {
    cwd: checkout,
    env: { PATH, HOME, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a process group of its own
  });
  const group = child.pid ?? 0;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (data) => (output += data));
  const ended = once(child, "exit");
  onTestFinished(async () => {
    for (const pid of await membersOf(group)) process.kill(pid, "SIGKILL");
  });
  return {
    group,
    ended,
    output: () => output,
    forget() {
      output = "";
    },
    async url(): Promise<string> {
      const found = () => /playground {2}(http:\S+)\/graphql/.exec(output)?.[1];
      await until(() => found() !== undefined, "a gateway that listens", PATIENCE);
      return found() ?? "";
    },
  };
}

async function titleOf(url: string): Promise<string> {
  const { title } = (await (await fetch(`${url}/nowhere`)).json()) as { readonly title: string }; // a problem
  return title;
}

/** Ids of the processes in a group; those that have ended and are only not waited for do not count. */
async function membersOf(group: number): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-e", "-o", "pid=,pgid=,stat="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, pgid, state]) => Number(pgid) === group && !state?.startsWith("Z"))
    .map(([pid]) => Number(pid));
}
