// The library's default metrics one by one, which its own types leave out.
declare module "prom-client/lib/metrics/*.js" {
  import type { Registry } from "prom-client";

  /** Registers the metrics and fills them at each scrape. */
  const collect: (registry: Registry, options: { readonly eventLoopMonitoringPrecision: number }) => void;
  export = collect;
}
