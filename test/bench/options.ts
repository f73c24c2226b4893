// What a run of the bench is asked to do: short or full, everything or some of it.
// A bad argument is one line that says what would be right.
import { parseArgs } from "node:util";

export const SECTIONS = [
  "list",
  "graphql",
  "stats",
  "access",
  "growth",
  "ingest",
  "live",
  "streams",
  "crowds",
  "start",
] as const;
export type Section = (typeof SECTIONS)[number];

export interface Form {
  readonly name: "short" | "full";
  /** Events in the store. */
  readonly rows: number;
  /** Events in the larger store of the growth section, ten times as many; undefined when the form leaves it out. */
  readonly grownRows: number | undefined;
  readonly rounds: number;
  /** Length of one server's turn in a round. */
  readonly turnMillis: number;
  /** Length of its turn before the first round, which does not count. */
  readonly warmMillis: number;
  readonly connections: number;
  readonly ingestLines: number;
  readonly liveMillis: number;
  readonly liveRounds: number;
  readonly startRounds: number;
  /** Subscribers of each server. */
  readonly subscribers: number;
  readonly idleSubscribers: number;
  readonly streamRounds: number;
  readonly streamMillis: number;
  /** Length of a turn with few changes a second. */
  readonly pacedMillis: number;
  /** What is measured beside the gateway and the baselines of the targets. */
  readonly withOthers: boolean;
  /** Whether crowds of subscribers are let loose, which takes minutes. */
  readonly crowds: boolean;
}

const SHORT: Form = {
  name: "short",
  rows: 100_000,
  grownRows: undefined,
  rounds: 3,
  turnMillis: 450,
  warmMillis: 400,
  connections: 32,
  ingestLines: 8_000,
  liveMillis: 2_000,
  liveRounds: 2,
  startRounds: 1,
  subscribers: 200,
  idleSubscribers: 500,
  streamRounds: 2,
  streamMillis: 250,
  pacedMillis: 1_000,
  withOthers: false,
  crowds: false,
};

const FULL: Form = {
  ...SHORT,
  name: "full",
  rows: 1_000_000,
  grownRows: 10_000_000,
  rounds: 5,
  turnMillis: 4_000,
  warmMillis: 4_000,
  ingestLines: 20_000,
  liveMillis: 10_000,
  liveRounds: 3,
  startRounds: 3,
  subscribers: 5_000,
  idleSubscribers: 5_000,
  streamRounds: 5,
  streamMillis: 1_500,
  pacedMillis: 10_000,
  withOthers: true,
  crowds: true,
};

export interface BenchOptions {
  readonly form: Form;
  readonly sections: ReadonlySet<Section>;
  /** Whether to build the gateway first; otherwise dist/ is measured as it is. */
  readonly build: boolean;
}

export const USAGE = `Usage: npm run bench -- [--full] [--only ${SECTIONS.join(",")}] [--rows N] [--rounds N] [--subscribers N] [--no-build]`;

export class UsageError extends Error {}

export function readOptions(argv: readonly string[]): BenchOptions {
  const { values } = parse(argv);
  const base = values.full ? FULL : SHORT;
  const rows = whole("--rows", values.rows, 10_000, 10_000_000) ?? base.rows;
  const form = {
    ...base,
    rows,
    grownRows: base.grownRows && rows * 10,
    rounds: whole("--rounds", values.rounds, 1, 20) ?? base.rounds,
    subscribers: whole("--subscribers", values.subscribers, 20, 8_000) ?? base.subscribers,
    streamRounds: whole("--rounds", values.rounds, 1, 20) ?? base.streamRounds,
  };
  const named = values.only?.split(",");
  const unknown = named?.filter((name) => !SECTIONS.some((section) => section === name)) ?? [];
  if (unknown.length > 0) throw new UsageError(`--only knows ${SECTIONS.join(", ")}, not ${unknown.join(", ")}`);
  const wanted = SECTIONS.filter((section) => named?.includes(section) ?? true);
  const sections = wanted.filter(
    (section) => (section !== "growth" || form.grownRows !== undefined) && (section !== "crowds" || form.crowds),
  );
  return { form, sections: new Set(sections), build: values.build };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowNegative: true,
      options: {
        full: { type: "boolean", default: false },
        only: { type: "string" },
        rows: { type: "string" },
        rounds: { type: "string" },
        subscribers: { type: "string" },
        build: { type: "boolean", default: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= least && number <= most)) {
    throw new UsageError(`${flag} takes a whole number from ${least} to ${most}`);
  }
  return number;
}
