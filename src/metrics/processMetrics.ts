// What Prometheus and Node call their own, `process_*` and `nodejs_*`: the library's default metrics, but for two kinds.
// Garbage collections are measured by performance entries, each of which leaves some 20 KB for the next full collection: under
// load that brings one every two seconds; and of entries that come together only the first is counted. To count every handle
// of the process costs a scrape milliseconds where there are many streams, and their totals are gauges.
import type { Registry } from "prom-client";
import eventLoopLag from "prom-client/lib/metrics/eventLoopLag.js";
import heapSizeAndUsed from "prom-client/lib/metrics/heapSizeAndUsed.js";
import heapSpacesSizeAndUsed from "prom-client/lib/metrics/heapSpacesSizeAndUsed.js";
import osMemoryHeap from "prom-client/lib/metrics/osMemoryHeap.js";
import processCpuTotal from "prom-client/lib/metrics/processCpuTotal.js";
import processMaxFileDescriptors from "prom-client/lib/metrics/processMaxFileDescriptors.js";
import processOpenFileDescriptors from "prom-client/lib/metrics/processOpenFileDescriptors.js";
import processStartTime from "prom-client/lib/metrics/processStartTime.js";
import version from "prom-client/lib/metrics/version.js";

/** Milliseconds between two looks at how late the event loop is. */
const LAG_RESOLUTION = 10;

const COLLECTORS = [
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
];

export function collectProcessMetrics(registry: Registry): void {
  for (const collector of COLLECTORS) collector(registry, { eventLoopMonitoringPrecision: LAG_RESOLUTION });
}
