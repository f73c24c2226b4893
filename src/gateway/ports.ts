// The ports beside the API's: probes and metrics. A demo does without one that is taken.
// What watches a real cluster has to have them.
import type { GatewayOptions } from "../gateway.ts";
import type { Certificates } from "../http/certificates.ts";
import { type MetricsServer, startMetricsServer } from "../http/metricsServer.ts";
import { createProbes } from "../http/probes.ts";
import type { Prover } from "../http/proving.ts";
import type { HttpLog } from "../http/requestLog.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Config } from "../settings.ts";
import { spelled } from "./reach.ts";
import { messageOf, StartError } from "./startError.ts";

/** Beside somebody else's a demo does without. */
export async function startProbes(
  { log }: GatewayOptions,
  parts: AsyncDisposableStack,
  { healthProbeBindAddress: address, demo }: Config,
  notReady: () => string | undefined,
): Promise<number | undefined> {
  if (!address) return undefined;
  const probes = createProbes({ ...address, notReady });
  try {
    const { port } = await probes.listen();
    parts.defer(() => probes.close());
    return port;
  } catch (error) {
    const where = `${address.host ?? ""}:${address.port}`;
    if (!demo) throw new StartError(`cannot listen on ${where} for probes: ${messageOf(error)}`);
    log.warn({ address: where }, "no probes: the address is taken");
    return undefined;
  }
}

/** A demo can do without a port for metrics, which may be another demo's; what watches a real cluster is to be scraped. */
export async function serveMetrics(
  { scrape }: Metrics,
  prover: Prover,
  config: Config,
  certificates: Certificates | undefined,
  log: HttpLog,
): Promise<MetricsServer | undefined> {
  const address = config.metricsBindAddress;
  if (address === null) return undefined;
  try {
    const server = await startMetricsServer({ ...address, prover, scrape, certificates });
    log.info({ url: server.url }, "serving metrics");
    return server;
  } catch (error) {
    const reason = `cannot listen for metrics on ${spelled(address)}: ${messageOf(error)}`;
    if (!config.demo) throw new StartError(`${reason} (--metrics-bind-address chooses another, 0 none)`);
    log.warn({ reason }, "metrics are served by the API alone");
    return undefined;
  }
}
