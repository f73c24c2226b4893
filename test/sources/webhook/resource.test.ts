// Which object a report is about: one line of the rule each.
import { expect, test } from "vitest";
import { aboutCloudEvent, aboutLabels } from "../../../src/sources/webhook/resource.ts";

const LABELS: readonly [what: string, labels: Record<string, string>, about: string][] = [
  ["a pod", { namespace: "shop", pod: "web-1", node: "worker-1" }, "shop: v1 Pod web-1 in shop"],
  ["a deployment, and not the pod that measured it", { namespace: "shop", deployment: "web", pod: "ksm-0" }, "shop:  Deployment web in shop"],
  ["a job by job_name; job is what was scraped", { namespace: "shop", job: "kube-state-metrics", job_name: "backup" }, "shop:  Job backup in shop"],
  ["a claim", { namespace: "shop", persistentvolumeclaim: "data" }, "shop: v1 PersistentVolumeClaim data in shop"],
  ["a node, which has no namespace", { node: "worker-1", instance: "10.0.0.1:9100" }, "default: v1 Node worker-1 in null"],
  ["what Prometheus has moved out of its own way", { exported_namespace: "shop", namespace: "monitoring", exported_pod: "web-1", pod: "exporter-0" }, "shop: v1 Pod web-1 in shop"],
  ["what was scraped, when no object is named", { instance: "db.example.com:9187", job: "postgres" }, "default:  Instance db.example.com:9187 in null"],
  ["the alert itself, when nothing is named", { namespace: "monitoring" }, "monitoring:  Alert Watchdog in monitoring"],
  ["the alert itself, when a label is empty", { pod: "" }, "default:  Alert Watchdog in null"],
]; // biome-ignore format: a table

test.each(LABELS)("labels are about %s", (_what, labels, about) => {
  expect(text(aboutLabels(labels, "Watchdog"))).toBe(about);
});

const PARTS = { source: "/ci", subject: undefined, extensions: {}, data: undefined };
const EVENTS: readonly [what: string, parts: Partial<Parameters<typeof aboutCloudEvent>[0]>, about: string][] = [
  ["data.resource first", { data: { resource: { kind: "Pod", name: "a", namespace: "n" }, kind: "Pod", name: "b" } }, "n: v1 Pod a in n"],
  ["then data as a reference", { data: { kind: "Ingress", name: "b", namespace: "n", pod: "c", apiVersion: "networking.k8s.io/v1" } }, "n: networking.k8s.io/v1 Ingress b in n"],
  ["or data as an object", { data: { apiVersion: "v1", kind: "Pod", metadata: { name: "b", namespace: "n" } } }, "n: v1 Pod b in n"],
  ["then its labels", { data: { pod: "c", namespace: "n" }, extensions: { kind: "Pod", name: "d" } }, "n: v1 Pod c in n"],
  ["then extension attributes", { extensions: { kind: "Pod", name: "d", namespace: "n", apiversion: "v1" }, subject: "Pod/e" }, "n: v1 Pod d in n"],
  ["then a subject that names one", { subject: "n/Pod/e" }, "n: v1 Pod e in n"],
  ["also without its namespace", { subject: "Pod/e", data: { namespace: "n" } }, "n: v1 Pod e in n"],
  ["then whatever the subject is", { subject: "build 17", data: { namespace: "n" } }, "n:  CloudEvent build 17 in n"],
  ["then the source", {}, "default:  CloudEvent /ci in null"],
  ["a kind without a name is none", { data: { kind: "Pod" } }, "default:  CloudEvent /ci in null"],
  ["what is no text is none", { data: { kind: 1, name: {}, pod: ["x"], namespace: 7 } }, "default:  CloudEvent /ci in null"],
]; // biome-ignore format: a table

test.each(EVENTS)("a CloudEvent is about %s", (_what, parts, about) => {
  expect(text(aboutCloudEvent({ ...PARTS, ...parts }))).toBe(about);
});

test("no name is longer than Kubernetes has them", () => {
  const { namespace, resource } = aboutLabels({ namespace: "n".repeat(1000), pod: "p".repeat(1000) }, "A");
  expect([namespace.length, resource.name.length]).toEqual([253, 253]);
});

function text({ namespace, resource }: ReturnType<typeof aboutLabels>): string {
  return `${namespace}: ${resource.apiVersion} ${resource.kind} ${resource.name} in ${resource.namespace}`;
}
