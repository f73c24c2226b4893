// Docker's part, done by hand: every stage in a directory of its own, COPY as copies of files, RUN by a shell in it.
// Stages that wait for nothing of one another are built side by side, as Docker does.
import { execFile } from "node:child_process";
import { cp, lchown, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import dockerignore from "@balena/dockerignore";
import { type Dockerfile, type Owner, ROOT, type Stage, type Step } from "./dockerfile.ts";

const run = promisify(execFile);

/** The registry was not to be had, which says nothing about the Dockerfile. */
export class Unreachable extends Error {}

const NETWORK =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E5\d\d)\b/;

export interface BuiltImage {
  /** The root directory of each stage, by its number. */
  readonly roots: readonly string[];
  /** That of the last one. */
  readonly root: string;
}

export async function buildImage({ stages }: Dockerfile, directory: string): Promise<BuiltImage> {
  const rootOf = (index: number) => join(directory, `stage-${index}`);
  const done: Promise<void>[] = [];
  const finished = (name: string): Promise<string> => {
    const index = stages.findIndex((stage) => stage.name === name);
    const stage = done[index];
    if (!stage) throw new Error(`COPY --from=${name}: there is no such stage before it`);
    return stage.then(() => rootOf(index));
  };
  for (const [index, stage] of stages.entries()) done.push(buildStage(stage, rootOf(index), finished));
  const reasons = (await Promise.allSettled(done)).flatMap((stage) =>
    stage.status === "rejected" ? [stage.reason] : [],
  );
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof Unreachable)) ?? reasons[0];
  return { roots: stages.map((_, index) => rootOf(index)), root: rootOf(stages.length - 1) };
}

async function buildStage({ steps }: Stage, root: string, finished: (name: string) => Promise<string>): Promise<void> {
  let workdir = "/";
  for (const step of steps) {
    if (step.does === "workdir") {
      workdir = resolve(workdir, step.path);
      await mkdir(join(root, workdir), { recursive: true });
    } else if (step.does === "run") await runShell(step.command, join(root, workdir));
    else await copy(step, root, workdir, step.from === undefined ? undefined : await finished(step.from));
  }
}

/** In its directory, but not shut in there: a build stage has the tools of its own image, and here it has ours. */
async function runShell(command: string, cwd: string): Promise<void> {
  if (/(?:^|\s)\//.test(command)) throw new Error(`${command}: this would leave the directory of the test`);
  const { PATH = "", HOME = "" } = process.env;
  const settings = Object.entries(process.env).filter(([name]) =>
    /^(?:npm_config_|https?_proxy$|NODE_EXTRA_CA)/i.test(name),
  );
  const env = { ...Object.fromEntries(settings), PATH, HOME, npm_config_prefer_offline: "true" };
  await run("/bin/sh", ["-c", command], { cwd, env, maxBuffer: 64 * 1024 * 1024 }).catch((error: unknown) => {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; readonly stderr?: string }; // execFile's
    const told = `${command}\n${stdout}\n${stderr}`;
    throw NETWORK.test(stderr) ? new Unreachable(told) : new Error(told);
  });
}

type CopyStep = Extract<Step, { readonly does: "copy" }>;

async function copy(step: CopyStep, root: string, workdir: string, stageRoot: string | undefined): Promise<void> {
  const takes = stageRoot === undefined ? await contextFilter() : () => true;
  for (const source of step.sources) {
    const from = join(stageRoot ?? ROOT, source);
    if (!takes(source)) throw new Error(`COPY ${source}: .dockerignore keeps it out`);
    const isDirectory = (await stat(from)).isDirectory();
    const into = !isDirectory && (step.target.endsWith("/") || step.sources.length > 1);
    const to = join(root, resolve(workdir, step.target), into ? basename(source) : "");
    await mkdir(isDirectory ? to : dirname(to), { recursive: true });
    if (stageRoot !== undefined) await run("cp", ["-a", isDirectory ? `${from}/.` : from, to]);
    else await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => takes(relative(ROOT, path)) });
    if (process.getuid?.() === 0) await own(to, step.owner);
  }
}

/** Whether a file, named from the root of the context, gets into the build at all. */
export async function contextFilter(): Promise<(path: string) => boolean> {
  const ignored = dockerignore.default().add((await readFile(join(ROOT, ".dockerignore"), "utf8")).split("\n"));
  return (path) => !ignored.ignores(path);
}

async function own(path: string, { uid, gid }: Owner): Promise<void> {
  await lchown(path, uid, gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const entry of await readdir(path, { recursive: true })) await lchown(join(path, entry), uid, gid);
}
