// The filled stores, kept between runs: one directory for each number of rows, named by all that decides what is in it.
// A directory is there only when it is whole; what an older layout or generator made is removed.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "./child.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The store's file in a data directory, as src/gateway.ts names it. */
export const STORE_FILE = "events.sqlite";
export const PLAIN_FILE = "plain.sqlite";

/** Whoever changes one of these changes the rows or how they lie. */
const DECIDING = [
  "src/store/schema.ts",
  "src/events/eventJson.ts",
  "src/events/incident.ts",
  "src/cluster/mapping.ts",
  "src/cluster/mappingTable.ts",
  "test/bench/dataset.ts",
  "test/bench/plainTable.ts",
  "test/bench/random.ts",
  "test/bench/streams/places.ts",
];

const HOME = process.env.KHOOK_GATEWAY_BENCH_CACHE ?? join(tmpdir(), "khook-gateway-bench");

export interface Filled {
  readonly rows: number;
  /** Holds STORE_FILE, and PLAIN_FILE when it was asked for. */
  readonly directory: string;
}

export async function filled(rows: number, withPlain: boolean, say: (text: string) => void): Promise<Filled> {
  const key = keyOf();
  const whole = join(HOME, `${rows}-${key}`);
  const storeOnly = `${whole}-store`;
  if (existsSync(whole)) return { rows, directory: whole };
  if (!withPlain && existsSync(storeOnly)) return { rows, directory: storeOnly };
  mkdirSync(HOME, { recursive: true });
  for (const name of readdirSync(HOME)) {
    if (name.startsWith(`${rows}-`)) rmSync(join(HOME, name), { recursive: true });
  }
  const directory = withPlain ? whole : storeOnly;
  const draft = made("draft");
  const began = performance.now();
  try {
    await runToEnd(join(ROOT, "test/bench/fill.ts"), [draft, String(rows), withPlain ? "plain" : "-"]);
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  say(`filled a store with ${rows.toLocaleString("en")} events in ${Math.round((performance.now() - began) / 1000)} s`);
  return { rows, directory };
}

/** A copy of the gateway's store that may be written to; the caller removes it. */
export function writableCopy({ directory }: Filled): string {
  const copy = made("copy");
  cpSync(join(directory, STORE_FILE), join(copy, STORE_FILE));
  return copy;
}

export function scratch(): string {
  return made("scratch");
}

/** Removes what this run has made for itself, and what runs that were killed have left behind. */
export function sweep(): void {
  if (!existsSync(HOME)) return;
  for (const name of readdirSync(HOME)) {
    const pid = /^(?:draft|copy|scratch)-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
      rmSync(join(HOME, name), { recursive: true, force: true });
    }
  }
}

function made(what: "draft" | "copy" | "scratch"): string {
  mkdirSync(HOME, { recursive: true });
  return mkdtempSync(join(HOME, `${what}-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function keyOf(): string {
  const hash = createHash("sha256");
  for (const file of DECIDING) hash.update(readFileSync(join(ROOT, file)));
  return hash.digest("hex").slice(0, 10);
}
