// What a report is about: a Kubernetes object by its kind and name, found in labels, fields or the subject, by one rule.
// What names none is about something else, which has a name all the same: a repeat is told by it.
import { asObject, asWord, type JsonObject } from "../../cluster/json.ts";
import type { ResourceReference } from "../../events/event.ts";
import { cut } from "./report.ts";

export interface About {
  /** Where hooks are looked for. */
  readonly namespace: string;
  readonly resource: ResourceReference;
}

/** Where Kubernetes puts its Events of what has no namespace, such as a Node. */
const NO_NAMESPACE = "default";
const CLUSTER_SCOPED: ReadonlySet<string> = new Set(["Node", "Namespace", "PersistentVolume"]);
/** No Kubernetes name is longer. */
const MAX_NAME = 253;

/**
 * The labels by which metrics name objects, and their kinds; the first one that is there counts. What runs pods comes before
 * `pod`: metrics of a Deployment often carry the pod that measured it.
 */
const LABELS: readonly (readonly [label: string, kind: string])[] = [
  ["deployment", "Deployment"],
  ["statefulset", "StatefulSet"],
  ["daemonset", "DaemonSet"],
  ["cronjob", "CronJob"],
  ["job_name", "Job"],
  ["replicaset", "ReplicaSet"],
  ["horizontalpodautoscaler", "HorizontalPodAutoscaler"],
  ["persistentvolumeclaim", "PersistentVolumeClaim"],
  ["persistentvolume", "PersistentVolume"],
  ["pod", "Pod"],
  ["node", "Node"],
];
const CORE_KINDS: ReadonlySet<string> = new Set([
  "Pod",
  "Node",
  "Namespace",
  "PersistentVolume",
  "PersistentVolumeClaim",
]);
/** `Pod/web-1`, `shop/Pod/web-1` */
const SUBJECT = /^\/?(?:([^/]+)\/)?([A-Z][A-Za-z0-9]*)\/([^/]+)$/;

interface Found {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly uid?: string | undefined;
}

/** Labels of an alert. Prometheus moves a label out of the way of its own as `exported_…`: then that is the one meant. */
export function aboutLabels(labels: JsonObject, alertname: string): About {
  const instance = asWord(labels.instance);
  const other = instance === undefined ? { kind: "Alert", name: alertname } : { kind: "Instance", name: instance };
  return about(labelled(labels) ?? { ...other, namespace: labelOf(labels, "namespace") });
}

export interface CloudEventParts {
  readonly source: string;
  readonly subject: string | undefined;
  readonly extensions: JsonObject;
  readonly data: unknown;
}

/** The first of: `data.resource`, `data` itself, its labels, extension attributes, the subject, the event's source. */
export function aboutCloudEvent({ source, subject, extensions, data }: CloudEventParts): About {
  const fields = asObject(data) ?? {};
  const found = objectIn(asObject(fields.resource)) ??
    objectIn(fields) ??
    labelled(fields) ??
    objectIn(extensions) ??
    subjectOf(subject) ?? { kind: "CloudEvent", name: subject ?? source };
  const namespace = found.namespace ?? asWord(fields.namespace) ?? asWord(extensions.namespace);
  return about({ ...found, namespace });
}

/** `kind` and `name`, as references have them, or `metadata.name`, as objects do. */
function objectIn(fields: JsonObject | undefined): Found | undefined {
  const metadata = asObject(fields?.metadata) ?? {};
  const kind = asWord(fields?.kind);
  const name = asWord(fields?.name) ?? asWord(metadata.name);
  if (kind === undefined || name === undefined) return undefined;
  return {
    kind,
    name,
    namespace: asWord(fields?.namespace) ?? asWord(metadata.namespace),
    apiVersion: asWord(fields?.apiVersion) ?? asWord(fields?.apiversion), // an extension attribute is in lower case
    uid: asWord(fields?.uid) ?? asWord(metadata.uid),
  };
}

function labelled(labels: JsonObject): Found | undefined {
  for (const [label, kind] of LABELS) {
    const name = labelOf(labels, label);
    if (name === undefined) continue;
    const uid = kind === "Pod" ? asWord(labels.uid) : undefined;
    return { kind, name, namespace: labelOf(labels, "namespace"), uid };
  }
  return undefined;
}

function labelOf(labels: JsonObject, name: string): string | undefined {
  return asWord(labels[`exported_${name}`]) ?? asWord(labels[name]);
}

function subjectOf(subject: string | undefined): Found | undefined {
  const [, namespace, kind, name] = SUBJECT.exec(subject ?? "") ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, name, namespace };
}

function about({ kind, name, namespace, apiVersion, uid }: Found): About {
  const isNamespaced = !CLUSTER_SCOPED.has(kind);
  const inside = cut(namespace ?? NO_NAMESPACE, MAX_NAME);
  return {
    namespace: inside,
    resource: {
      apiVersion: cut(apiVersion ?? (CORE_KINDS.has(kind) ? "v1" : ""), MAX_NAME),
      kind: cut(kind, MAX_NAME),
      name: cut(name, MAX_NAME),
      namespace: isNamespaced && namespace !== undefined ? inside : null,
      uid: uid === undefined ? null : cut(uid, MAX_NAME),
    },
  };
}
