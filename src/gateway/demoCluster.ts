// The gateway's demo: an embedded cluster of its own, and the settings that go with it.
// Everything of it is gone when it has stopped.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Demo, startDemo } from "../demo/demo.ts";
import type { GatewayOptions } from "../gateway.ts";
import type { Config } from "../settings.ts";
import { onLoopback } from "./reach.ts";

/** A demo keeps nothing: its store lies in a directory that goes with it. It is reached from this machine alone. */
export async function withDemo(
  { config, log, clock }: GatewayOptions,
  parts: AsyncDisposableStack,
  starting: AbortSignal,
): Promise<{ readonly config: Config; readonly demo: Demo }> {
  const dataDir = await mkdtemp(join(tmpdir(), "khook-gateway-demo-"));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  // Once it has started it is stopped in its turn, behind those who watch it.
  const ending = new AbortController();
  const end = () => ending.abort(starting.reason);
  starting.addEventListener("abort", end, { once: true });
  const demo = await startDemo({
    seed: String(config.demoSeed),
    now: () => new Date(clock.now()),
    signal: ending.signal,
    log: (line) => log.info({}, line),
  }).finally(() => starting.removeEventListener("abort", end));
  parts.defer(() => demo.stop());
  return {
    demo,
    config: {
      ...config,
      dataDir,
      kubeconfig: demo.kubeconfigPath,
      context: undefined,
      metricsBindAddress: onLoopback(config.metricsBindAddress),
      healthProbeBindAddress: onLoopback(config.healthProbeBindAddress),
    },
  };
}
