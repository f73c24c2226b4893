// The Hooks of the demo's cluster, as people there would have applied them.
// Promises that the CRD and khook's webhook accept each; the first has a prompt in the shape of khook's own samples.
import type { KubeObject } from "../kubeObject.ts";

interface Configuration {
  readonly eventType: string;
  readonly agentRef: { readonly name: string; readonly namespace?: string };
  readonly prompt: string;
}

interface Manifest {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly eventConfigurations: readonly Configuration[];
}

const RESTART_PROMPT = `AUTONOMOUS MODE: pod {{.ResourceName}} in {{.Namespace}} restarted at {{.EventTime}}.

INSTRUCTIONS:
• Read the logs of the last two containers and the Events of the pod
• Compare the running revision with the one before it
• Look for missing configuration, failing dependencies, limits that are too small
• If a rollout is the cause, roll it back and say so
• Annotate what was changed with: kagentFix=<timestamp>
• Never ask for permission - complete the work without human approval
`;

const MEMORY_PROMPT = `{{.ResourceName}} ran out of memory: {{.EventMessage}}

• Chart its memory over the last hour against its limit
• Say whether this is a leak, a spike of load, or a limit that never fitted
• Propose a new limit; do not apply it
`;

const MANIFESTS: readonly Manifest[] = [
  {
    namespace: "shop",
    name: "basic-pod-monitoring",
    labels: { environment: "production", "monitoring-type": "basic", team: "shop" },
    eventConfigurations: [
      { eventType: "pod-restart", agentRef: { name: "k8s-agent", namespace: "kagent" }, prompt: RESTART_PROMPT },
      { eventType: "oom-kill", agentRef: { name: "k8s-agent", namespace: "kagent" }, prompt: MEMORY_PROMPT },
    ],
  },
  {
    namespace: "shop",
    name: "storefront-probes",
    labels: { environment: "production", team: "web" },
    annotations: { "shop.example.com/runbook": "https://runbooks.example.com/storefront/probes" },
    eventConfigurations: [
      {
        eventType: "probe-failed",
        agentRef: { name: "web-oncall" },
        prompt:
          "A probe of {{.ResourceName}} fails ({{.EventMessage}}). Find out whether the pod, its node or a dependency is at fault.",
      },
    ],
  },
  {
    namespace: "payments",
    name: "payments-oncall",
    labels: { environment: "production", team: "payments", tier: "critical" },
    annotations: { "payments.example.com/escalation": "Bereitschaft Zahlungsverkehr – Zürich" },
    eventConfigurations: [
      {
        eventType: "pod-restart",
        agentRef: { name: "payments-sre", namespace: "kagent" },
        prompt:
          "{{.ResourceName}} restarts ({{.Reason}}: {{.EventMessage}}). Payments may be lost: check the outbox first, then the pod. Change nothing.",
      },
      {
        eventType: "probe-failed",
        agentRef: { name: "payments-sre", namespace: "kagent" },
        prompt: "{{.ResourceName}} does not answer its probe since {{.EventTime}}: {{.EventMessage}}",
      },
      {
        eventType: "oom-kill",
        agentRef: { name: "memory-analyst", namespace: "kagent" },
        prompt: MEMORY_PROMPT,
      },
    ],
  },
  {
    namespace: "payments",
    name: "capacity",
    labels: { environment: "production", team: "payments" },
    eventConfigurations: [
      {
        eventType: "pod-pending",
        agentRef: { name: "capacity-planner", namespace: "kagent" },
        prompt: "{{.ResourceName}} cannot be placed: {{.EventMessage}}. Say what is missing, and for how long already.",
      },
    ],
  },
  {
    namespace: "platform",
    name: "platform-all",
    labels: { environment: "production", team: "platform" },
    eventConfigurations: ["pod-restart", "pod-pending", "oom-kill", "probe-failed"].map((eventType) => ({
      eventType,
      agentRef: { name: "platform-agent", namespace: "kagent" },
      prompt:
        "{{.EventType}} on {{.Namespace}}/{{.ResourceName}} at {{.EventTime}}: {{.EventMessage}}. Triage it in five lines.",
    })),
  },
  {
    namespace: "data",
    name: "data-jobs",
    labels: { environment: "staging", team: "data" },
    eventConfigurations: [
      {
        eventType: "pod-pending",
        agentRef: { name: "capacity-planner", namespace: "kagent" },
        prompt: "Spark or Kafka waits for a place: {{.ResourceName}}, {{.EventMessage}}",
      },
      { eventType: "oom-kill", agentRef: { name: "memory-analyst", namespace: "kagent" }, prompt: MEMORY_PROMPT },
    ],
  },
];

/** The Hooks as objects to be stored; who applied them did it with kubectl, server-side. */
export function demoHooks(creationTimestamp: string, uid: () => string): readonly KubeObject[] {
  return MANIFESTS.map(({ namespace, name, labels, annotations, eventConfigurations }) => ({
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: {
      ...(annotations === undefined ? {} : { annotations }),
      creationTimestamp,
      labels,
      managedFields: [
        {
          apiVersion: "kagent.dev/v1alpha2",
          fieldsType: "FieldsV1",
          fieldsV1: { "f:metadata": { "f:labels": {} }, "f:spec": { "f:eventConfigurations": {} } },
          manager: "kubectl",
          operation: "Apply",
          time: creationTimestamp,
        },
      ],
      name,
      namespace,
      uid: uid(),
    },
    spec: {
      eventConfigurations: eventConfigurations.map(({ agentRef, eventType, prompt }) => ({
        agentRef,
        eventType,
        prompt,
      })),
    },
  }));
}
