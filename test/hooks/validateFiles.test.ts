// Files judged on the command line: what is told of them, in each format, and by the real process its exit code.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { validateFiles } from "../../src/hooks/validateFiles.ts";
import { builtGateway } from "../gateway/builtGateway.ts";
import { GOOD } from "./marked.ts";

const TEXTS: Readonly<Record<string, string>> = {
  "good.yaml": GOOD,
  "bad,1.yaml": GOOD.replace("pod-restart", "pod-restrt").replace(
    "      agentRef:",
    "      agentId: x\n      agentRef:",
  ),
  "sly.yaml": GOOD.replace("kind: Hook", 'kind: "::error::\\n::stop-commands::x"'),
};
const read = async (file: string) => TEXTS[file] ?? "";

test("as text, each finding is a line with its place", async () => {
  const outcome = await validateFiles({ files: ["good.yaml", "bad,1.yaml"], format: "text", read });
  expect(outcome).toEqual({
    valid: false,
    output: [
      'bad,1.yaml:10:18: error NOT_SUPPORTED spec.eventConfigurations[0].eventType: "pod-restrt" is none of pod-restart, pod-pending, oom-kill, probe-failed: did you mean "pod-restart"?',
      'bad,1.yaml:11:7: warning UNKNOWN_FIELD spec.eventConfigurations[0].agentId: "agentId" is no field of this resource and would be dropped: did you mean "agentRef.name"?',
      "2 hooks, 1 error, 1 warning",
      "",
    ].join("\n"),
  });
});

test("as annotations, no finding can begin a command of its own", async () => {
  const { output } = await validateFiles({ files: ["bad,1.yaml", "sly.yaml"], format: "github", read });
  const commands = output.split("\n").filter((line) => line.startsWith("::"));
  expect(commands.map((line) => line.slice(0, line.indexOf("::", 2)))).toEqual([
    "::error file=bad%2C1.yaml,line=10,col=18,title=NOT_SUPPORTED",
    "::warning file=bad%2C1.yaml,line=11,col=7,title=UNKNOWN_FIELD",
    "::error file=sly.yaml,line=2,col=7,title=WRONG_KIND",
  ]);
});

test("as JSON, each file has what the API tells", async () => {
  const { output } = await validateFiles({ files: ["good.yaml"], format: "json", read });
  expect(JSON.parse(output)).toMatchObject({
    valid: true,
    files: [{ file: "good.yaml", valid: true, schema: { source: "BUNDLED" } }],
  });
});

test("the process ends with 0, 1 or 2", async () => {
  const main = await builtGateway();
  const directory = mkdtempSync(join(tmpdir(), "khook-gateway-validate-"));
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(directory, name), text);
  const run = (args: readonly string[], input = "") => ended(main, directory, args, input);
  expect(await run(["good.yaml"])).toEqual({ code: 0, output: "1 hook, 0 errors, 0 warnings\n", errors: "" });
  expect(await run(["good.yaml", "bad,1.yaml"])).toMatchObject({ code: 1, errors: "" });
  expect(await run(["-"], GOOD)).toMatchObject({ code: 0 });
  expect(await run(["-"], "")).toMatchObject({ code: 1, output: expect.stringContaining("stdin:1:1: error EMPTY") });
  expect(await run([])).toMatchObject({
    code: 2,
    output: "",
    errors: expect.stringContaining("name at least one FILE"),
  });
  expect(await run(["missing.yaml"])).toMatchObject({ code: 2, errors: expect.stringContaining("missing.yaml") });
}, 120_000);

function ended(main: string, cwd: string, args: readonly string[], input: string) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, "validate", ...args], { cwd });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output, errors }));
    child.stdin.end(input);
  });
}
