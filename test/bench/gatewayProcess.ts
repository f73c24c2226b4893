// The gateway as `npm start` runs it, started on a data directory and a cluster, or on a cluster that is away.
// Its defaults hold but for what the bench needs: a free port, no request log, nothing pruned.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeconfig } from "../../src/demo/server/kubeconfig.ts";
import { ROOT } from "./cache.ts";
import { Child } from "./child.ts";

export interface GatewayProcessOptions {
  readonly dataDir: string;
  /** URL of the Kubernetes API; without one it is away. */
  readonly cluster?: string;
  /** Where to keep the kubeconfig. */
  readonly scratch: string;
  readonly flags?: readonly string[];
  /** How far its clock is set ahead, in ms. */
  readonly clockAhead?: number;
}

export interface GatewayProcess {
  readonly child: Child;
  readonly port: number;
}

/** Nothing listens there: the discard port. */
const AWAY = "http://127.0.0.1:9";

/** A directory that is given a CPU profile of each thread of each gateway when it ends. */
const profiles = process.env.KHOOK_GATEWAY_BENCH_PROFILES;

/** What the script `start` gives Node. */
export function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: { readonly start: string };
  };
  return scripts.start.split(" ").filter((word) => word.startsWith("--"));
}

export function launchGateway(options: GatewayProcessOptions): Child {
  const file = join(options.scratch, "kubeconfig");
  writeFileSync(file, kubeconfig({ url: options.cluster ?? AWAY, cluster: "bench" }), { mode: 0o600 });
  const settings = {
    port: "0",
    "metrics-bind-address": "127.0.0.1:0",
    kubeconfig: file,
    "data-dir": options.dataDir,
    "log-level": "warn",
    "retention-age": "3650d",
    "retention-size": "1TiB",
  };
  return new Child({
    script: join(ROOT, "dist/main.js"),
    args: [...Object.entries(settings).flatMap(([flag, value]) => [`--${flag}`, value]), ...(options.flags ?? [])],
    core: "server",
    preload: new URL("servers/probe.mjs", import.meta.url).href,
    env: { HEALTH_PROBE_BIND_ADDRESS: "0", BENCH_CLOCK_AHEAD: String(options.clockAhead ?? 0) },
    nodeFlags: [...startFlags(), ...(profiles ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : [])],
  });
}

export async function startGateway(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const child = launchGateway(options);
  return { child, port: await portOf(child) };
}

/** The port that its greeting names. */
export async function portOf(child: Child, millis = 60_000): Promise<number> {
  const until = performance.now() + millis;
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (performance.now() < until && !ended) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)\/graphql/.exec(child.log)?.[1];
    if (port !== undefined) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the gateway does not listen: ${child.log.slice(-2000)}`);
}
