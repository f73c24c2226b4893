// How the bench tells what it found: a table for people, a JSON file for programs, both of the same figures.
// Speeds stand below the table: they do not carry to another machine or day, the ratios do.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "./cache.ts";
import { isPinned } from "./child.ts";
import type { Figure } from "./figures.ts";
import type { Form } from "./options.ts";

/** One contestant's turns, in the order of the rounds. */
export interface Speed {
  readonly name: string;
  readonly perSecond: number;
  /** Milliseconds, medians over the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of its core for one answer: the figure that a busy machine disturbs least. */
  readonly cpuMicros: number;
}

export interface Report {
  readonly form: Form;
  readonly startedAt: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly speeds: readonly Speed[];
  readonly notes: readonly string[];
}

export function table(report: Report): string {
  const figures = report.figures.map((figure) => [
    figure.path,
    figure.against,
    `${shown(figure.median)}${spread(figure)}`,
    figure.target ? `${figure.target.bound} ${Number(figure.target.value.toFixed(2))}` : "",
    figure.reached === undefined ? "" : figure.reached ? "yes" : "NO",
  ]);
  const speeds = report.speeds.map(({ name, perSecond, p50, p99, cpuMicros }) => [
    name,
    Math.round(perSecond).toLocaleString("en"),
    p50.toFixed(1),
    p99.toFixed(1),
    Number.isNaN(cpuMicros) ? "" : Math.round(cpuMicros).toLocaleString("en"),
  ]);
  const faults = report.figures.flatMap(({ path, faults: found }) => found.map((fault) => `WRONG ${path}: ${fault}`));
  return [
    ...columns([["path", "against", "median (lowest-highest)", "target", "reached"], ...figures]),
    "",
    ...(speeds.length > 0
      ? columns([["contestant", "answers/s", "p50 ms", "p99 ms", "cpu us/answer"], ...speeds])
      : []),
    ...(speeds.length > 0 ? [""] : []),
    ...faults,
    ...report.notes,
    `${report.form.rows.toLocaleString("en")} events, ${report.form.name} form, ${Math.round(report.seconds)} s; ${machine()}`,
  ].join("\n");
}

/** Writes the report and says where. */
export function save(report: Report): string {
  const directory = join(ROOT, "bench-results");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${report.startedAt.replaceAll(/[:.]/g, "-")}-${report.form.name}.json`);
  writeFileSync(file, `${JSON.stringify({ machine: machine(), node: process.version, ...report }, null, 2)}\n`);
  return file;
}

function machine(): string {
  const [cpu] = cpus();
  const cores = isPinned ? "servers on core 0, load on core 1" : "NOT pinned to cores: needs two cores and taskset";
  return `${cpu?.model.trim() ?? "unknown"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.version}; ${cores}`;
}

function spread({ values }: Figure): string {
  return values.length < 2 ? "" : ` (${shown(Math.min(...values))}-${shown(Math.max(...values))})`;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
