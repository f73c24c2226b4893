// The processes of the bench: servers on one core, whoever asks them on the other, each ended before the bench ends.
// They speak by messages; one that dies before it was ended fails whoever waits for it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Where a process runs: the servers' core, the load generator's core, or anywhere. */
export type Core = "server" | "load" | "any";

const CORE_NUMBERS: Readonly<Record<Exclude<Core, "any">, string>> = { server: "0", load: "1" };

export const isPinned =
  availableParallelism() > 1 && spawnSync("taskset", ["-c", "0", "true"], { stdio: "ignore" }).status === 0;

export interface ChildOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly core?: Core;
  /** Loaded before the script. */
  readonly preload?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

const running = new Set<Child>();

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #log: string[] = [];
  readonly #waiting = new Set<(message: object | Error) => boolean>();
  readonly #unclaimed: (object | Error)[] = [];
  readonly exited: Promise<number | null>;

  constructor({ script, args = [], core = "any", preload, env = {}, nodeFlags = [] }: ChildOptions) {
    const node = [
      process.execPath,
      ...new Set(["--disable-warning=ExperimentalWarning", ...nodeFlags]),
      ...(preload === undefined ? [] : ["--import", preload]),
      script,
      ...args,
    ];
    const [command = "", ...rest] = core !== "any" && isPinned ? ["taskset", "-c", CORE_NUMBERS[core], ...node] : node;
    this.#name = script;
    this.#process = spawn(command, rest, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, NODE_ENV: "production", ...env },
    });
    running.add(this);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log.push(text);
        if (this.#log.length > 200) this.#log.shift();
      });
    }
    this.#process.on("message", (message) => this.#tell(message as object)); // children send objects only
    this.#process.on("error", (error) => this.#tell(error));
    this.exited = new Promise((resolve) => {
      this.#process.on("exit", (code) => {
        running.delete(this);
        resolve(code);
        this.#tell(new Error(`${this.#name} ended with ${code}: ${this.#log.join("").slice(-2000)}`));
      });
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What it has printed, the latest part of it. */
  get log(): string {
    return this.#log.join("");
  }

  /** The next message that has this key. */
  next<T extends object>(key: keyof T & string, millis = 60_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${this.#name} said nothing of ${key} in ${millis} ms: ${this.log.slice(-2000)}`));
      }, millis);
      const look = (message: object | Error): boolean => {
        if (!(message instanceof Error) && !(key in message)) return false;
        clearTimeout(timer);
        if (message instanceof Error) reject(message);
        else resolve(message as T); // both ends of a message are written in this directory
        return true;
      };
      const early = this.#unclaimed.findIndex(look);
      if (early >= 0) this.#unclaimed.splice(early, 1);
      else this.#waiting.add(look);
    });
  }

  send(message: object): void {
    this.#process.send?.(message);
  }

  /** Sends, and waits for the message that has the key. */
  ask<T extends object>(message: object, key: keyof T & string, millis?: number): Promise<T> {
    const answer = this.next<T>(key, millis);
    this.send(message);
    return answer;
  }

  /** Bytes in memory now, and the most there have been; NaN where /proc does not say. */
  memory(): { readonly now: number; readonly peak: number } {
    let status = "";
    try {
      status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    } catch {
      // not Linux
    }
    const bytes = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
    return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
  }

  /** Milliseconds on a core so far, all threads together; NaN where /proc does not say. */
  cpuMillis(): number {
    const tasks = `/proc/${this.pid}/task`;
    try {
      // To the nanosecond, where the kernel keeps count of it.
      const onCore = (task: string): number => Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]);
      return readdirSync(tasks).reduce((sum, task) => sum + onCore(task), 0) / 1e6;
    } catch {
      // older kernels, or a thread that has just ended
    }
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8");
      const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12, 14);
      return (Number(user) + Number(system)) * 10;
    } catch {
      return Number.NaN;
    }
  }

  async end(): Promise<void> {
    if (!running.has(this)) return;
    this.#process.kill("SIGTERM");
    const grace = setTimeout(() => this.#process.kill("SIGKILL"), 8_000);
    await this.exited;
    clearTimeout(grace);
  }

  #tell(message: object | Error): void {
    let isClaimed = false;
    for (const look of this.#waiting) {
      if (!look(message)) continue;
      this.#waiting.delete(look);
      isClaimed = true;
    }
    if (!isClaimed) this.#unclaimed.push(message);
  }
}

export async function runToEnd(script: string, args: readonly string[]): Promise<void> {
  const child = new Child({ script, args });
  const code = await child.exited;
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${child.log.slice(-2000)}`);
}

export async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()));
}
