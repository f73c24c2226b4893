// The workflow as GitHub reads it, and whether what it runs is here.
// It cannot be run in a test: what can go wrong with it before it runs is what is looked for.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { faultsOf } from "./grammar.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FILE = ".github/workflows/ci.yml";
const text = readFileSync(`${ROOT}${FILE}`, "utf8");

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

const workflow = parse(text) as {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}; // checked by GitHub's own grammar below
const jobs = Object.entries(workflow.jobs);
const commands = jobs.flatMap(([, { steps }]) => steps.flatMap(({ run }) => (run === undefined ? [] : [run])));

test("GitHub's own parser finds nothing wrong with it, and would find what is", async () => {
  expect(await faultsOf(FILE, text)).toEqual([]);
  expect(String(await faultsOf(FILE, text.replace("runs-on:", "runs_on:")))).toContain("runs_on");
  expect(String(await faultsOf(FILE, text.replace("needs: [lint, test]", "needs: [lint, tests]")))).not.toBe("");
  expect(String(await faultsOf(FILE, text.replace("github.sha", "git.sha")))).toContain("git");
});

test("it lints, tests, and builds the image and the chart, before there is a release", () => {
  expect(jobs.map(([name]) => name)).toEqual(["lint", "test", "image", "chart", "release"]);
  const { lint, test: tests, image, chart, release } = workflow.jobs;
  expect([lint?.needs, tests?.needs]).toEqual([undefined, undefined]);
  expect([image?.needs, chart?.needs]).toEqual([
    ["lint", "test"],
    ["lint", "test"],
  ]);
  expect(release?.needs).toEqual(["image", "chart"]);
  expect(release?.if).toBe("startsWith(github.ref, 'refs/tags/v')");
});

test("its tests are those of every developer", () => {
  expect(workflow.jobs.test?.steps.flatMap(({ run }) => run ?? [])).toEqual(["bash .ci/run"]);
});

test("every npm script and every file of ours that it runs exists", () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  }; // our own
  const wanted = commands.flatMap((command) =>
    [...command.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name),
  );
  expect(wanted).toContain("check");
  expect(wanted.filter((name) => !(name in scripts))).toEqual([]);
  const files = commands.flatMap((command) => [...command.matchAll(/\bbash (\S+)/g)].map(([, file = ""]) => file));
  expect(files).toEqual([".ci/run", ".github/release-notes"]);
  expect(files.filter((file) => !existsSync(`${ROOT}${file}`))).toEqual([]);
});

test("every action is pinned to a commit, with its version beside it, and each to one only", () => {
  const used = [...text.matchAll(/uses: (\S+)@(\S+)(.*)/g)];
  expect(used.length).toBeGreaterThan(5);
  const pins = new Map<string, string>();
  for (const [line, action = "", commit = "", comment = ""] of used) {
    expect(commit, line).toMatch(/^[0-9a-f]{40}$/);
    expect(comment, line).toMatch(/^ # v\d+\.\d+\.\d+$/);
    expect(pins.get(action) ?? commit, line).toBe(commit);
    pins.set(action, commit);
  }
});

test("no job may do more than it must, or run for ever", () => {
  expect(workflow.permissions).toEqual({ contents: "read" });
  expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
    lint: undefined,
    test: undefined,
    image: { contents: "read", packages: "write" },
    chart: { contents: "read", packages: "write" },
    release: { contents: "write" },
  });
  for (const [name, job] of jobs) expect(job["timeout-minutes"], name).toBeLessThanOrEqual(60);
});

test("nothing that others write gets into a command unquoted", () => {
  for (const command of commands) expect(command).not.toContain("${{");
});
