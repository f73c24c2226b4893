// What a container engine does with the image: its command, alone with its files, which are read-only, without any rights.
// Root, namespaces and chroot do that. Where they are not to be had, it says aloud what was not tried.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Settings } from "./dockerfile.ts";

export interface Place {
  /** The image's files. */
  readonly root: string;
  readonly settings: Settings;
  /** What is mounted at /data. */
  readonly data: string;
  /** Whether there is a /tmp to write to. */
  readonly hasTmp: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const IS_ROOT = process.getuid?.() === 0;

/** Shut in its own root directory, with nothing but /data and /tmp to write to. */
export const IS_SEALED = IS_ROOT && spawnSync("unshare", ["--mount", "true"]).status === 0;

if (!IS_ROOT)
  console.warn("NOT ROOT: the image is tried as the user that runs the tests, in a directory that it could write to");
else if (!IS_SEALED)
  console.warn("NO MOUNTS ALLOWED HERE: the image is tried as its own user, but not shut in its root directory");

const SEAL = `
set -eu
root=$1 data=$2 tmp=$3 user=$4; shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$data" "$root/data"
[ "$tmp" = false ] || mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot --userspec="$user" --groups="" "$root" "$@"
`;

/** Puts into the root directory what the base image brings: Node, the libraries that it is linked to, and mount points. */
export async function addBaseImage(root: string): Promise<void> {
  for (const folder of ["data", "tmp", "proc", "dev"]) await mkdir(join(root, folder), { recursive: true });
  if (!IS_SEALED) return;
  await mkdir(join(root, "nodejs/bin"), { recursive: true });
  await copyFile(process.execPath, join(root, "nodejs/bin/node"));
  const libraries = spawnSync("ldd", [process.execPath], { encoding: "utf8" }).stdout.matchAll(/(\/\S+) \(0x/g);
  for (const [, library = ""] of libraries) {
    await mkdir(dirname(join(root, library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
}

export class Container {
  readonly exited: Promise<Exit>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;

  /** `command` is what the image would run, `env` what is set beside its own. */
  constructor(
    { root, settings, data, hasTmp }: Place,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
    input = "",
  ) {
    const { uid, gid } = settings.user;
    const words = IS_SEALED
      ? [
          "unshare",
          "--mount",
          "--propagation",
          "private",
          "sh",
          "-c",
          SEAL,
          "sh",
          root,
          data,
          String(hasTmp),
          `${uid}:${gid}`,
          ...command,
        ]
      : command.map((word) => outside(word, root, data));
    const own = Object.entries({ ...settings.env, ...env }).map(([name, value]) => [
      name,
      IS_SEALED ? value : outside(value, root, data),
    ]);
    const [program = "", ...rest] = words;
    this.#child = spawn(program, rest, {
      env: { PATH: process.env.PATH, ...Object.fromEntries(own) },
      ...(IS_SEALED ? {} : { cwd: join(root, "app") }),
      ...(IS_ROOT && !IS_SEALED ? { uid, gid } : {}),
    });
    this.#child.stdin?.on("error", () => {}).end(input); // who does not read it may have ended
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = once(this.#child, "close").then(([code, signal]: Exit[keyof Exit][]) => ({ code, signal }) as Exit); // as documented
    onTestFinished(async () => {
      this.kill("SIGKILL");
      await this.exited;
    });
  }

  /** Where its API is, once it says so. Rejects when it ends before. */
  async url(): Promise<string> {
    for (;;) {
      const url = /playground {2}(http:\S+)\/graphql/.exec(this.stdout)?.[1];
      if (url !== undefined) return url;
      if (this.#child.exitCode !== null) throw new Error(`it ended before it listened: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** The same path as it is seen from outside of the image. */
function outside(word: string, root: string, data: string): string {
  if (word === "/nodejs/bin/node") return process.execPath;
  if (word.startsWith("/data")) return join(data, word.slice("/data".length));
  return word.startsWith("/app/") ? join(root, word) : word;
}
