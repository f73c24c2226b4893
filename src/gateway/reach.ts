// Who can reach what the gateway listens on, by its settings.
// What nobody is asked for is for this machine alone.
import { effectiveModes, type Listening } from "../access/exposure.ts";
import type { BindAddress, Config } from "../settings.ts";

/** What serves nobody but this machine, and asks nobody who it is, tells nobody else of itself by its metrics either. */
export function withinReach(config: Config): Config {
  const isOpen = effectiveModes(config.authModes, config.host).includes("none") && !config.allowUnauthenticated;
  return isOpen ? { ...config, metricsBindAddress: onLoopback(config.metricsBindAddress) } : config;
}

/** Where something is told that is not everybody's to know. */
export function listeners({ host, metricsBindAddress: metrics }: Config): readonly Listening[] {
  const api = { setting: `--host ${host}`, host };
  if (metrics?.host === undefined) return [api];
  return [api, { setting: `--metrics-bind-address ${spelled(metrics)}`, host: metrics.host }];
}

/** Nobody but the one who tries it is to reach a demo, unless an address says so. */
export function onLoopback(address: BindAddress | null): BindAddress | null {
  return address && { ...address, host: address.host ?? "127.0.0.1" };
}

export function spelled({ host = "", port }: BindAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
