// npm run bench: how fast the gateway is, as ratios to baselines that run beside it in the same call.
// Bounded in time and count; ends every process it started; exits 1 when an answer was wrong, 0 whatever the speed.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { filled, ROOT, sweep } from "./cache.ts";
import { Child, endAll, isPinned } from "./child.ts";
import { type BenchOptions, readOptions, USAGE, UsageError } from "./options.ts";
import { type Report, save, table } from "./report.ts";
import { access } from "./sections/access.ts";
import { crowds } from "./sections/crowds.ts";
import { growth } from "./sections/growth.ts";
import { ingest } from "./sections/ingest.ts";
import { live } from "./sections/live.ts";
import { queries } from "./sections/queries.ts";
import type { Findings, SectionContext } from "./sections/section.ts";
import { start } from "./sections/start.ts";
import { streams } from "./sections/streams.ts";

const BENCH = join(ROOT, "test/bench");

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const began = performance.now();
  const startedAt = new Date().toISOString();
  prepare(options);
  const findings = await measure(options);
  const report: Report = {
    form: options.form,
    startedAt,
    seconds: (performance.now() - began) / 1000,
    figures: findings.flatMap(({ figures }) => figures),
    speeds: findings.flatMap(({ speeds }) => speeds),
    notes: isPinned ? [] : ["Servers and load share their cores: taskset and two cores would keep them apart."],
  };
  process.stdout.write(`\n${table(report)}\nwritten to ${save(report)}\n`);
  return report.figures.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

/** The baselines' packages, once; the gateway as it would be published, unless told otherwise. */
function prepare({ build }: BenchOptions): void {
  if (!isInstalled()) run("npm", ["ci", "--prefix", BENCH, "--no-audit", "--no-fund"]);
  if (build) run("npm", ["run", "--silent", "build"]);
  sweep();
}

/** npm writes its own copy of the lock file last. */
function isInstalled(): boolean {
  const written = join(BENCH, "node_modules/.package-lock.json");
  return existsSync(written) && statSync(written).mtimeMs >= statSync(join(BENCH, "package-lock.json")).mtimeMs;
}

async function measure({ form, sections }: BenchOptions): Promise<readonly Findings[]> {
  const load = new Child({ script: join(BENCH, "loadProcess.ts"), core: "load" });
  await load.next("ready");
  const context: SectionContext = { form, load, say };
  const findings: Findings[] = [];
  const data = await filled(form.rows, true, say);
  if (["list", "graphql", "stats"].some((section) => sections.has(section as "list"))) {
    findings.push(await queries(context, data, sections));
  }
  if (sections.has("access")) findings.push(await access(context, data));
  if (sections.has("growth") && form.grownRows !== undefined) {
    findings.push(await growth(context, data, await filled(form.grownRows, false, say)));
  }
  if (sections.has("ingest")) findings.push(await ingest(context, data));
  if (sections.has("live")) findings.push(await live(context, data));
  if (sections.has("streams")) findings.push(await streams(context, data));
  if (sections.has("crowds")) findings.push(await crowds(context));
  if (sections.has("start")) findings.push(await start(context));
  return findings;
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void endAll().then(() => process.exit(1)));
}
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `${error instanceof UsageError ? `${error.message}\n${USAGE}` : error instanceof Error ? error.stack : error}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  await endAll();
  sweep();
}
