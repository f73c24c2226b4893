// The gateway as it is shipped: compiled once for each state of the sources, and found again by whoever asks next.
// It lies below node_modules, where nobody commits it and its own imports are found.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILDS = join(ROOT, "node_modules/.cache/khook-gateway-builds");
/** What a build is made of. */
const INPUTS = ["src/**/*.ts", "schema/*.*", "package.json", "tsconfig.json", "tsconfig.build.json"];
/** After this a build of other sources is in nobody's way any more, and goes. */
const HOUR = 3_600_000;

/** Path of main.js. Several processes may ask at the same time. */
export async function builtGateway(): Promise<string> {
  const hash = createHash("sha256");
  for (const path of globSync(INPUTS, { cwd: ROOT }).sort()) {
    hash.update(path).update(readFileSync(join(ROOT, path)));
  }
  const build = join(BUILDS, hash.digest("hex").slice(0, 16));
  const main = join(build, "dist/main.js");
  if (existsSync(main)) return main;

  mkdirSync(BUILDS, { recursive: true });
  for (const name of readdirSync(BUILDS)) {
    const other = join(BUILDS, name);
    if (statSync(other).mtimeMs < Date.now() - HOUR) rmSync(other, { recursive: true, force: true });
  }
  const draft = mkdtempSync(`${build}-`);
  cpSync(join(ROOT, "package.json"), join(draft, "package.json"));
  cpSync(join(ROOT, "schema"), join(draft, "schema"), { recursive: true });
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  try {
    // Whether the types hold is for `npm run check` to say.
    const flags = ["-p", "tsconfig.build.json", "--noCheck", "--outDir", join(draft, "dist")];
    await promisify(execFile)(process.execPath, [tsc, ...flags], { cwd: ROOT });
    renameSync(draft, build);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(main)) throw error; // else somebody else was quicker
  }
  return main;
}
