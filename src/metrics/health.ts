// Metrics of health: what /api/v1/health says of each part, in a form that alerts can wait for.
// Health is put together every second anyway; a scrape asks for what it says now.
import { HEALTH_STATUSES, type Health } from "../events/health.ts";
import type { Registry } from "./registry.ts";

export function healthMetrics(registry: Registry, health: () => Promise<Health>): void {
  registry.part("health", (part) => {
    const statuses = part.gauge(
      "khook_gateway_health_status",
      "1 for the status that the part is in; overall is the gravest of all.",
      ["part", "status"],
    );
    const stalled = part.gauge(
      "khook_gateway_controller_stalled_namespaces",
      "Namespaces in which events matched hooks and khook has said nothing about them for too long.",
    );
    return async () => {
      const overall = await health();
      const { server, pipeline, controller, kagent, store, process } = overall;
      const parts = { overall, server, pipeline, controller, kagent, store, process };
      for (const [name, { status }] of Object.entries(parts)) {
        for (const each of HEALTH_STATUSES) {
          statuses.set({ part: name, status: each.toLowerCase() }, Number(each === status));
        }
      }
      stalled.set(controller.stalledNamespaces.length);
    };
  });
}
