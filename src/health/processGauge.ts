// What the process uses: memory against its bounds, cores, and how late the event loop comes. Read since the reading before.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Millis } from "../events/duration.ts";
import type { ProcessHealth, Verdict } from "../events/health.ts";

const MEMORY_NEAR = 0.9;
const LOOP_LATE_SECONDS = 0.5;
/** One late second is a moment's work, or a machine with more to do; several in a row are a loop that is held up. */
const LATE_READINGS = 3;
const SAMPLED_EVERY: Millis = 20;

export type ProcessUse = Omit<ProcessHealth, "status" | "message" | "since">;

export interface ProcessGaugeOptions {
  /** Bytes that the process may have in all; undefined: what the system says. */
  readonly memoryLimit?: (() => number | null) | undefined;
  readonly elapsed: () => number;
}

export class ProcessGauge {
  readonly #elapsed: () => number;
  readonly #memoryLimit: () => number | null;
  readonly #delays = monitorEventLoopDelay({ resolution: SAMPLED_EVERY });
  #cpu = process.cpuUsage();
  #readAt: number;
  #use: ProcessUse;
  #lateReadings = 0;

  constructor({ memoryLimit, elapsed }: ProcessGaugeOptions) {
    this.#elapsed = elapsed;
    this.#readAt = elapsed();
    this.#memoryLimit = memoryLimit ?? constrained;
    this.#delays.enable();
    this.#use = this.#measure(0);
  }

  get use(): ProcessUse {
    return this.#use;
  }

  get verdict(): Verdict {
    const { residentBytes, memoryLimitBytes, heapUsedBytes, heapLimitBytes, loopDelayP99Seconds } = this.#use;
    if (memoryLimitBytes !== null && residentBytes > MEMORY_NEAR * memoryLimitBytes) {
      return {
        status: "DEGRADED",
        message: `memory: ${mebibytes(residentBytes)} of ${mebibytes(memoryLimitBytes)} MiB`,
      };
    }
    if (heapUsedBytes > MEMORY_NEAR * heapLimitBytes) {
      return { status: "DEGRADED", message: `heap: ${mebibytes(heapUsedBytes)} of ${mebibytes(heapLimitBytes)} MiB` };
    }
    if (this.#lateReadings >= LATE_READINGS) {
      return {
        status: "DEGRADED",
        message: `the event loop comes up to ${Math.round(loopDelayP99Seconds * 1_000)} ms late`,
      };
    }
    return { status: "HEALTHY", message: `${mebibytes(residentBytes)} MiB` };
  }

  /** Takes another reading. */
  read(): void {
    const now = this.#elapsed();
    const { user, system } = process.cpuUsage(this.#cpu);
    const passed = now - this.#readAt;
    this.#cpu = process.cpuUsage();
    this.#readAt = now;
    this.#use = this.#measure(passed > 0 ? (user + system) / 1_000 / passed : 0);
    this.#delays.reset();
    this.#lateReadings = this.#use.loopDelayP99Seconds > LOOP_LATE_SECONDS ? this.#lateReadings + 1 : 0;
  }

  stop(): void {
    this.#delays.disable();
  }

  #measure(cpu: number): ProcessUse {
    const { rss, heapUsed } = process.memoryUsage();
    return {
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      heapLimitBytes: getHeapStatistics().heap_size_limit,
      memoryLimitBytes: this.#memoryLimit(),
      cpuCores: Math.round(cpu * 1_000) / 1_000,
      loopDelayMedianSeconds: late(this.#delays.percentile(50)),
      loopDelayP99Seconds: late(this.#delays.percentile(99)),
    };
  }
}

/** The monitor measures from one of its samples to the next, in ns. */
function late(nanoseconds: number): number {
  return Math.max(0, Math.round((nanoseconds / 1e6 - SAMPLED_EVERY) * 10) / 10_000);
}

/** Asked every time: a pod can be resized while it runs. */
function constrained(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < 2 ** 50 ? limit : null; // unbounded is told as a number beyond all memory
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
