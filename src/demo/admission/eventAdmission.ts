// Lets a Kubernetes Event in through either of its API versions.
// Promises a real server's rules: core/v1 takes nearly anything, events.k8s.io/v1 is strict and its Events are immutable.
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../kubeObject.ts";
import {
  type BuiltinWrite,
  changedMetadata,
  judgedMetadata,
  newMetadata,
  readBuiltin,
  refuseFaults,
} from "./builtinRequest.ts";
import { fromCore, fromNew } from "./eventViews.ts";
import { type FieldError, invalid, required } from "./fieldError.ts";
import { isJsonObject } from "./fieldType.ts";
import { dnsSubdomain, pathSegment, qualifiedName } from "./nameRules.ts";
import { coreEventKind, newEventKind } from "./objectKind.ts";
import { changedMetadataFaults, newMetadataFaults } from "./objectMeta.ts";
import { type Admission, admission, type FieldValidation } from "./requestObject.ts";

export interface EventWrite extends Omit<BuiltinWrite, "operation"> {
  readonly view: "core" | "new";
  readonly operation: "create" | "update";
  readonly fieldValidation: FieldValidation;
}

/** Takes an Event in the form of `view` and answers it in the form it is stored in. `previous` is in that form too. */
export function admitEvent(object: unknown, write: EventWrite): Admission {
  return admission((warn) => {
    const isStrict = write.view === "new";
    const kind = isStrict ? newEventKind : coreEventKind;
    const read = readBuiltin(object, kind, write, warn);
    const event = isStrict ? fromNew(read) : fromCore(read);
    const { previous } = write;
    if (write.operation === "create" || previous === undefined) {
      const created = { ...event, metadata: newMetadata(event, write) };
      refuseFaults(created, "", [
        ...legacyFaults(created),
        ...(isStrict ? strictFaults(created) : []),
        ...newMetadataFaults(judgedMetadata(created.metadata), write, isStrict ? dnsSubdomain : pathSegment),
      ]);
      return created;
    }
    const changed = { ...event, metadata: changedMetadata(event, previous, kind) };
    refuseFaults(changed, "", [
      ...changedMetadataFaults(changed.metadata, previous.metadata),
      ...legacyFaults(changed),
      ...(isStrict ? immutabilityFaults(changed, previous) : []),
    ]);
    return changed;
  });
}

/** The rules both versions share. An Event with an eventTime was made by the newer recorder and must say more. */
function legacyFaults(event: KubeObject): readonly FieldError[] {
  const { namespace = "" } = event.metadata;
  const involved = text(event.involvedObject, "namespace");
  const mismatch = invalid("involvedObject.namespace", involved, "does not match event.namespace");
  const faults: FieldError[] = [];
  if (event.eventTime === null) {
    const matches = involved === "" ? ["", "default"].includes(namespace) : involved === namespace;
    if (!matches) faults.push(mismatch);
  } else {
    if (involved === "" && !["default", "kube-system"].includes(namespace)) faults.push(mismatch);
    const controller = text(event, "reportingComponent");
    if (controller === "") faults.push(required("reportingController"));
    faults.push(...qualifiedName(controller).map((message) => invalid("reportingController", controller, message)));
    for (const [field, limit] of [
      ["reportingInstance", 128],
      ["action", 128],
      ["reason", 128],
    ] as const) {
      if (text(event, field) === "") faults.push(required(field));
      faults.push(...longerThan(event, field, limit));
    }
    faults.push(...longerThan(event, "message", 1024));
  }
  return [...faults, ...dnsSubdomain(namespace).map((message) => invalid("namespace", namespace, message))];
}

/** The rules for a new Event of events.k8s.io/v1. They name fields as core/v1 does. */
function strictFaults(event: KubeObject): readonly FieldError[] {
  const faults: FieldError[] = [...seriesFaults(event)];
  if (event.eventTime === null) faults.push(required("eventTime"));
  const type = text(event, "type");
  if (type !== "Normal" && type !== "Warning") faults.push(invalid("type", "", `has invalid value: ${type}`));
  for (const field of ["firstTimestamp", "lastTimestamp", "count"]) {
    const value = event[field];
    if (value !== null && value !== undefined) faults.push(invalid(field, "", "needs to be unset"));
  }
  if (text(event.source, "component") !== "" || text(event.source, "host") !== "") {
    faults.push(invalid("source", "", "needs to be unset"));
  }
  return faults;
}

const IMMUTABLE = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  // A real server checks the reason twice.
  "reason",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
] as const;

/** Values that stand in a message where the stored form leaves a field out. */
const ZERO: Readonly<Record<string, unknown>> = { count: 0, related: null };

function immutabilityFaults(event: KubeObject, previous: KubeObject): readonly FieldError[] {
  const series = isDeepStrictEqual(event.series, previous.series) ? [] : seriesFaults(event);
  const changed = IMMUTABLE.filter((field) => !isDeepStrictEqual(event[field], previous[field]));
  return [
    ...series,
    ...changed.map((field) => {
      const name = field === "reportingComponent" ? "reportingController" : field;
      return invalid(name, event[field] ?? (field in ZERO ? ZERO[field] : ""), "field is immutable");
    }),
  ];
}

function seriesFaults(event: KubeObject): readonly FieldError[] {
  const { series } = event;
  if (!isJsonObject(series)) return [];
  const faults: FieldError[] = [];
  if (!(typeof series.count === "number" && series.count >= 2)) {
    faults.push(invalid("series.count", "", "should be at least 2"));
  }
  if (typeof series.lastObservedTime !== "string") faults.push(required("series.lastObservedTime"));
  return faults;
}

function longerThan(event: KubeObject, field: string, limit: number): readonly FieldError[] {
  const isLong = Buffer.byteLength(text(event, field)) > limit;
  return isLong ? [invalid(field, "", `can have at most ${limit} characters`)] : [];
}

function text(value: unknown, field: string): string {
  const found = isJsonObject(value) ? value[field] : undefined;
  return typeof found === "string" ? found : "";
}
