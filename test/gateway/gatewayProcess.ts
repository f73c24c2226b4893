// A gateway in a process of its own, built and started as a user would, so that it can be killed.
// No test leaves one behind: what still runs when a test is over is stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { builtGateway } from "./builtGateway.ts";

/** What `npm start` gives to Node. */
const NODE_FLAGS = nodeFlags();

/** How long one that still runs when its test is over may take to clean up after itself, in ms. */
const PATIENCE = 5_000;

/** Sees to it that something is done when what needed it is over. */
export type AtEnd = (end: () => Promise<void>) => void;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class GatewayProcess {
  readonly exited: Promise<Exit>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  #isOver = false;

  private constructor(main: string, flags: readonly string[], env: Readonly<Record<string, string>>, atEnd: AtEnd) {
    // Nothing of this process' environment may set anything of the gateway.
    const { PATH = "", HOME = "" } = process.env;
    this.#child = spawn(process.execPath, [...NODE_FLAGS, main, ...flags], {
      env: { PATH, HOME, HEALTH_PROBE_BIND_ADDRESS: "127.0.0.1:0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = once(this.#child, "close").then(([code, signal]: Exit[keyof Exit][]) => {
      this.#isOver = true;
      return { code, signal } as Exit; // what the event is documented to carry
    });
    atEnd(async () => {
      this.kill("SIGTERM");
      const patience = setTimeout(() => this.kill("SIGKILL"), PATIENCE);
      await this.exited;
      clearTimeout(patience);
    });
  }

  static async start(
    flags: readonly string[],
    env: Readonly<Record<string, string>> = {},
    atEnd: AtEnd = onTestFinished,
  ): Promise<GatewayProcess> {
    return new GatewayProcess(await builtGateway(), flags, env, atEnd);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Where its API is, once it says so. Rejects when it ends before. */
  async url(): Promise<string> {
    for (;;) {
      const url = /playground {2}(http:\S+)\/graphql/.exec(this.stdout)?.[1];
      if (url !== undefined) return url;
      if (this.#isOver) throw new Error(`the gateway ended before it listened: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal);
  }

  /** The most memory it has ever had in use, in bytes; undefined where the system does not tell. */
  peakMemory(): number | undefined {
    try {
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      return undefined; // no /proc
    }
  }
}

/** What a process of its own is told besides what a test is about. */
export function processFlags(kubeconfig: string, dataDir: string): readonly string[] {
  return ["--port", "0", "--metrics-bind-address", "0", "--kubeconfig", kubeconfig, "--data-dir", dataDir];
}

function nodeFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly scripts: { readonly start: string };
  }; // our own
  const flags = /^node (.*) dist\/main\.js$/.exec(scripts.start)?.[1];
  if (flags === undefined) throw new Error(`this starts no gateway: ${scripts.start}`);
  return flags.split(" ");
}
