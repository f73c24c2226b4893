// What a recorder knows of an Event before the API server has it: the two API views and the object they are about.
// Promises the field names, nulls and order of fields of the real clients; content is up to the caller.
import type { KubeObject, ObjectMeta } from "../kubeObject.ts";

/** core/v1 ObjectReference, as an Event's `involvedObject` or `regarding`. */
export interface ObjectReference {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly apiVersion?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

export type EventLevel = "Normal" | "Warning";

/** Which component speaks, and on which node if it lives on one. */
export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

/** An Event as tools/record of client-go sends it. */
export interface CoreEvent extends KubeObject {
  readonly apiVersion: "v1";
  readonly kind: "Event";
  readonly metadata: ObjectMeta & { readonly name: string; readonly namespace: string };
  readonly involvedObject: ObjectReference;
  readonly reason: string;
  readonly message: string;
  readonly source: EventSource;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly type: EventLevel;
  readonly eventTime: null;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

export interface EventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** An Event as tools/events of client-go sends it. */
export interface NewEvent extends KubeObject {
  readonly apiVersion: "events.k8s.io/v1";
  readonly kind: "Event";
  readonly metadata: ObjectMeta & { readonly name: string; readonly namespace: string };
  readonly eventTime: string;
  readonly series?: EventSeries;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly note: string;
  readonly type: EventLevel;
}

/** What a recorder's PATCH of a repeat changes. */
export type EventPatch =
  | { readonly count: number; readonly lastTimestamp: string; readonly message: string }
  | { readonly series: EventSeries };

/** Where recorders send Events. `at` is the instant of the write in milliseconds. */
export interface EventSink {
  /** False when an Event of that name is there already. */
  create(event: CoreEvent | NewEvent, at: number): boolean;
  /** False when no Event of that name is there (any more). */
  patch(namespace: string, name: string, patch: EventPatch, at: number): boolean;
}

/** The namespace an Event about this object lies in: that of the object, `default` for what has none. */
export function eventNamespace(about: ObjectReference): string {
  return about.namespace ?? "default";
}

/** `<object>.<nanoseconds in hex>`; `nanos` is what goes beyond the millisecond. */
export function eventName(about: ObjectReference, at: number, nanos: number): string {
  return `${about.name}.${(BigInt(Math.floor(at)) * 1_000_000n + BigInt(nanos)).toString(16)}`;
}
