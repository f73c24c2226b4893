// The whole gateway in this process: its real sockets and its real store in a directory of its own, by a clock in a hurry.
// Every setting is given as a user gives it; what it logs is kept, so that a test can ask whether it was in trouble.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { expect, onTestFinished } from "vitest";
import type { Clock } from "../../src/cluster/clock.ts";
import type { LoopStatus, RestartReason } from "../../src/cluster/loopStatus.ts";
import { readCommand } from "../../src/config.ts";
import { type Gateway, type GatewayOptions as StartOptions, startGateway } from "../../src/gateway.ts";
import type { AtEnd } from "./gatewayProcess.ts";
import { HurriedClock } from "./hurriedClock.ts";
import { agreement, type StoredEvent, until } from "./storedEvents.ts";
import { TroubledCluster, type TroubledClusterOptions } from "./troubledCluster.ts";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const WARN = 40;
const ERROR = 50;
const MINUTE = 60_000;

export class TestGateway {
  readonly gateway: Gateway;
  readonly #lines: readonly LogLine[];

  constructor(gateway: Gateway, lines: readonly LogLine[]) {
    this.gateway = gateway;
    this.#lines = lines;
  }

  /** Of this text. */
  said(msg: string): readonly LogLine[] {
    return this.#lines.filter((line) => line.msg === msg);
  }

  /** All that it said, as it was written. */
  get log(): string {
    return JSON.stringify(this.#lines);
  }

  get url(): string {
    return this.gateway.url;
  }

  /** What it said was its own fault. */
  get errors(): readonly string[] {
    return this.#lines.filter(({ level }) => level >= ERROR).map(({ msg }) => msg);
  }

  get warnings(): readonly string[] {
    return this.#lines.filter(({ level }) => level === WARN).map(({ msg }) => msg);
  }

  /** The loop that watches Events: the first of them, if there are several. */
  get events(): LoopStatus {
    const loop = this.gateway.watches().find(({ path }) => path.endsWith("/events"));
    if (!loop) throw new Error("nothing watches Events");
    return loop;
  }

  async watching(): Promise<void> {
    await until(() => this.events.phase === "WATCHING", "a watch of Events");
  }

  async restarted(reason: RestartReason, times = 1): Promise<void> {
    await until(() => this.events.restarts[reason] >= times, `restart number ${times} because of ${reason}`);
  }
}

/** Asks for a directory that is gone when the test is over. */
export async function temporaryDirectory(atEnd: AtEnd = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "khook-gateway-test-"));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface GatewayOptions {
  readonly kubeconfig: string;
  readonly clock: Clock;
  readonly dataDir?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly memoryLimit?: StartOptions["memoryLimit"];
  readonly kagentPatience?: StartOptions["kagentPatience"];
}

/** Stopped when the test is over, if not before. */
export async function startTestGateway(options: GatewayOptions): Promise<TestGateway> {
  const { kubeconfig, clock, flags = [], env = {}, memoryLimit, kagentPatience } = options;
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  const places = ["--port", "0", "--health-probe-bind-address", "127.0.0.1:0", "--metrics-bind-address", "0"];
  const argv = [...places, "--kubeconfig", kubeconfig, "--data-dir", dataDir, "--shutdown-grace", "1s", ...flags];
  const command = readCommand({ argv, env });
  if (command.run !== "gateway") throw new Error("these flags start no gateway");
  const lines: LogLine[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) }); // pino's own
  const gateway = await startGateway({
    config: command.config,
    version: "0.0.0-test",
    log,
    clock,
    elapsed: () => performance.now(),
    env,
    settings: command.settings,
    ...(memoryLimit ? { memoryLimit } : {}),
    ...(kagentPatience ? { kagentPatience } : {}),
  });
  onTestFinished(() => gateway.stop());
  return new TestGateway(gateway, lines);
}

export type StageOptions = Partial<TroubledClusterOptions> & { readonly pace?: number };

/** A cluster with a past, a clock for it, and gateways that watch it. */
export class Stage {
  readonly clock: HurriedClock;
  readonly cluster: TroubledCluster;

  private constructor(clock: HurriedClock, cluster: TroubledCluster) {
    this.clock = clock;
    this.cluster = cluster;
  }

  static async set({ pace = 40, ...options }: StageOptions = {}): Promise<Stage> {
    const clock = new HurriedClock({ pace });
    const cluster = await TroubledCluster.start({ now: clock.now, seed: "trouble", ...options });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    return new Stage(clock, cluster);
  }

  /** Starts a gateway and waits until it has what there is and sees what comes. */
  async gateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    const gateway = await this.startGateway(options);
    await gateway.gateway.ready;
    await gateway.watching();
    this.cluster.back();
    return gateway;
  }

  /** It sees nothing any more, and nobody else does. */
  async stop({ gateway }: TestGateway): Promise<void> {
    await gateway.stop();
    this.cluster.away();
  }

  startGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    return startTestGateway({ kubeconfig: this.cluster.kubeconfigPath, clock: this.clock, ...options });
  }

  agreement({ url }: { readonly url: string }): Promise<readonly StoredEvent[]> {
    return agreement({ url, now: this.clock.now, cluster: this.cluster });
  }

  /** That they agree, that they still do after everything was listed once more, and that nothing was the gateway's fault. */
  async lastingAgreement(gateway: TestGateway): Promise<readonly StoredEvent[]> {
    await this.agreement(gateway);
    const { listsDone } = gateway.events;
    this.cluster.faults.clear();
    this.expireVersions();
    this.clock.advance(5_000);
    this.cluster.faults.closeWatches();
    await until(() => gateway.events.listsDone > listsDone, "another list of Events");
    await gateway.watching();
    const stored = await this.agreement(gateway);
    expect(gateway.errors).toEqual([]);
    return stored;
  }

  /** Time passes as it does for a gateway that is well: the server ends each watch after some minutes. */
  async letPass(gateway: TestGateway, millis: number): Promise<void> {
    for (let left = millis; left > 0; left -= 4 * MINUTE) {
      const { watchesOpened } = gateway.events;
      this.clock.advance(Math.min(left, 4 * MINUTE));
      this.cluster.faults.closeWatches();
      await until(() => gateway.events.watchesOpened > watchesOpened, "the next watch");
    }
  }

  /** Every version that anybody knows is too old from now on. */
  expireVersions(): void {
    this.cluster.storage.tick();
    this.cluster.faults.expireVersions();
  }
}
