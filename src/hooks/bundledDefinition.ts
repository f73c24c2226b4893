// The definition of the Hook resource that comes with the gateway: what khook's CRD says, less its descriptions.
// Used while the cluster's own cannot be read; a test holds it against the CRD.
import type { HookDefinition } from "../events/hookDefinition.ts";

/** `reason` says why it is not the cluster's. */
export function bundledDefinition(reason: string): HookDefinition {
  return { source: "BUNDLED", versions: [{ name: "v1alpha2", schema: SCHEMA }], reason };
}

const SCHEMA = {
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: {
      properties: {
        eventConfigurations: {
          items: {
            properties: {
              agentRef: {
                properties: { name: { minLength: 1, type: "string" }, namespace: { type: "string" } },
                required: ["name"],
                type: "object",
              },
              eventType: { enum: ["pod-restart", "pod-pending", "oom-kill", "probe-failed"], type: "string" },
              prompt: { minLength: 1, type: "string" },
            },
            required: ["agentRef", "eventType", "prompt"],
            type: "object",
          },
          minItems: 1,
          type: "array",
        },
      },
      required: ["eventConfigurations"],
      type: "object",
    },
    status: {
      properties: {
        activeEvents: {
          items: {
            properties: {
              eventType: { type: "string" },
              firstSeen: { format: "date-time", type: "string" },
              lastSeen: { format: "date-time", type: "string" },
              resourceName: { type: "string" },
              status: { enum: ["firing", "resolved"], type: "string" },
            },
            required: ["eventType", "firstSeen", "lastSeen", "resourceName", "status"],
            type: "object",
          },
          type: "array",
        },
        lastUpdated: { format: "date-time", type: "string" },
      },
      type: "object",
    },
  },
  type: "object",
} as const;
