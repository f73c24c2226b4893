// How a recorder's create and patch become the Event as it is stored, the API server's own additions included.
// Promises a uid, a creation time and managedFields of the client that wrote, as after a real request.

import { fromCore, fromNew } from "../admission/eventViews.ts";
import type { KubeObject } from "../kubeObject.ts";
import type { CoreEvent, EventPatch, NewEvent } from "./eventDraft.ts";
import { kubeTime } from "./kubeTime.ts";

/** The name of the program that a component runs in, where it is not its own. */
const MANAGERS: Readonly<Record<string, string>> = {
  kubelet: "kubelet",
  "default-scheduler": "kube-scheduler",
  "cluster-autoscaler": "cluster-autoscaler",
  "kernel-monitor": "node-problem-detector",
  "oom-event-generator": "oom-event-generator",
  khook: "manager",
};

const CORE_FIELDS = {
  "f:count": {},
  "f:firstTimestamp": {},
  "f:involvedObject": {},
  "f:lastTimestamp": {},
  "f:message": {},
  "f:reason": {},
  "f:reportingComponent": {},
  "f:reportingInstance": {},
  "f:source": { "f:component": {}, "f:host": {} },
  "f:type": {},
};

const NEW_FIELDS = {
  "f:action": {},
  "f:eventTime": {},
  "f:note": {},
  "f:reason": {},
  "f:regarding": {},
  "f:reportingController": {},
  "f:reportingInstance": {},
  "f:type": {},
};

const SERIES_FIELDS = { ...NEW_FIELDS, "f:series": { ".": {}, "f:count": {}, "f:lastObservedTime": {} } };

export function storedEvent(event: CoreEvent | NewEvent, uid: string, at: number): KubeObject {
  const created = kubeTime(at);
  const isCore = event.apiVersion === "v1";
  const component = isCore ? event.source.component : event.reportingController;
  const managedFields = [
    {
      manager: MANAGERS[component] ?? "kube-controller-manager",
      operation: "Update",
      apiVersion: event.apiVersion,
      time: created,
      fieldsType: "FieldsV1",
      fieldsV1: isCore ? CORE_FIELDS : "series" in event ? SERIES_FIELDS : NEW_FIELDS,
    },
  ];
  const metadata = { ...event.metadata, uid, creationTimestamp: created, managedFields };
  return isCore ? fromCore({ ...event, metadata }) : fromNew({ ...event, metadata });
}

export function patchedEvent(stored: KubeObject, patch: EventPatch, at: number): KubeObject {
  const [entry] = stored.metadata.managedFields ?? [];
  if (typeof entry !== "object" || entry === null) return { ...stored, ...patch };
  const fieldsV1 = "series" in patch ? { fieldsV1: SERIES_FIELDS } : {};
  const managedFields = [{ ...entry, ...fieldsV1, time: kubeTime(at) }];
  return { ...stored, metadata: { ...stored.metadata, managedFields }, ...patch };
}
