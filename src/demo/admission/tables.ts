// Objects as the tables that kubectl prints.
// Promises the columns, descriptions and cells of a real server; ages are counted to the given moment.

import type { KubeObject, ResourceName } from "../kubeObject.ts";
import { objectMeta } from "./builtinTypes.ts";
import { toCore } from "./eventViews.ts";
import { isJsonObject } from "./fieldType.ts";
import { layout } from "./goStruct.ts";
import { humanDuration } from "./humanDuration.ts";

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object: unknown;
}

export interface Table {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columnDefinitions: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

interface Column extends TableColumn {
  readonly cell: (object: KubeObject, now: Date) => unknown;
}

/** A table of stored objects. Whoever sends it fills in the metadata of the list. */
export function toTable(
  resource: { readonly storage: ResourceName },
  objects: readonly KubeObject[],
  now: Date,
): Table {
  const columns = TABLES[resource.storage] ?? NAME_AND_AGE;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: columns.map(({ cell: _cell, ...definition }) => definition),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, now)),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: partialMetadata(object) },
    })),
  };
}

const layoutMetadata = layout(objectMeta);
const MANAGED_FIELDS_ORDER = ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];

/** Metadata as its Go type writes it, whichever way the object was stored. */
function partialMetadata(object: KubeObject): Readonly<Record<string, unknown>> {
  const metadata = layoutMetadata(object.metadata);
  if (!Array.isArray(metadata.managedFields)) return metadata;
  return { ...metadata, managedFields: metadata.managedFields.map(inOrder) };
}

function inOrder(entry: unknown): unknown {
  if (!isJsonObject(entry)) return entry;
  const present = MANAGED_FIELDS_ORDER.filter((key) => entry[key] !== undefined);
  return Object.fromEntries(present.map((key) => [key, entry[key]]));
}

const UNKNOWN = "<unknown>";

function ago(time: unknown, now: Date): string {
  return typeof time === "string" ? humanDuration(now.getTime() - Date.parse(time)) : UNKNOWN;
}

function column(name: string, description: string, cell: Column["cell"], options: Partial<TableColumn> = {}): Column {
  return { name, type: "string", format: "", description, priority: 0, ...options, cell };
}

const NAME_TEXT =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a " +
  "client to request the generation of an appropriate name automatically. Name is primarily intended for creation " +
  "idempotence and configuration definition. Cannot be updated. More info: " +
  "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const CREATED_TEXT =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed " +
  "to be set in happens-before order across separate operations. Clients may not set this value. It is represented " +
  "in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: " +
  "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

const name = column("Name", NAME_TEXT, (object) => object.metadata.name ?? "", { format: "name" });
const age = column("Age", CREATED_TEXT, (object, now) => ago(object.metadata.creationTimestamp, now));

const NAME_AND_AGE: readonly Column[] = [name, age];

const EVENT_COLUMNS: readonly Column[] = [
  column("Last Seen", "The time at which the most recent occurrence of this event was recorded.", (event, now) => {
    const { series, lastTimestamp, firstTimestamp, eventTime } = toCore(event);
    return ago(isJsonObject(series) ? series.lastObservedTime : (lastTimestamp ?? firstTimestamp ?? eventTime), now);
  }),
  column("Type", "Type of this event (Normal, Warning), new types could be added in the future", (event) => {
    return event.type ?? "";
  }),
  column(
    "Reason",
    "This should be a short, machine understandable string that gives the reason for the transition into the object's " +
      "current status.",
    (event) => event.reason ?? "",
  ),
  column("Object", "The object that this event is about.", (event) => {
    const kind = text(event.involvedObject, "kind").toLowerCase();
    const of = text(event.involvedObject, "name");
    return of === "" ? kind : `${kind}/${of}`;
  }),
  column(
    "Subobject",
    "If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field " +
      "access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a " +
      'container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name ' +
      'of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container ' +
      "with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an " +
      "object.",
    (event) => text(event.involvedObject, "fieldPath"),
    { priority: 1 },
  ),
  column(
    "Source",
    "The component reporting this event. Should be a short machine understandable string.",
    (event) => {
      const component = text(event.source, "component") || text(event, "reportingComponent");
      const host = text(event.source, "host") || text(event, "reportingInstance");
      return host === "" ? component : `${component}, ${host}`;
    },
    { priority: 1 },
  ),
  column("Message", "A human-readable description of the status of this operation.", (event) => {
    return text(event, "message").trim();
  }),
  column(
    "First Seen",
    "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
    (event, now) => ago(event.firstTimestamp ?? event.eventTime, now),
    { priority: 1 },
  ),
  column(
    "Count",
    "The number of times this event has occurred.",
    ({ series, count }) => (isJsonObject(series) ? (series.count ?? 0) : (count ?? 1)),
    { priority: 1 },
  ),
  { ...name, priority: 1 },
];

const TABLES: Readonly<Partial<Record<ResourceName, readonly Column[]>>> = {
  hooks: [name, { ...age, type: "date" }],
  events: EVENT_COLUMNS,
  namespaces: [name, column("Status", "The status of the namespace", (object) => text(object.status, "phase")), age],
  leases: [
    name,
    column(
      "Holder",
      "holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, " +
        "the holder identity must be equal to the elected LeaseCandidate.metadata.name field.",
      (object) => text(object.spec, "holderIdentity"),
    ),
    age,
  ],
  configmaps: [
    name,
    column("Data", "Data contains the configuration data.", (object) =>
      String(size(object.data) + size(object.binaryData)),
    ),
    age,
  ],
  customresourcedefinitions: [
    name,
    column("Created At", CREATED_TEXT, (object) => object.metadata.creationTimestamp ?? "", { type: "date" }),
  ],
};

function size(value: unknown): number {
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function text(value: unknown, field: string): string {
  const found = isJsonObject(value) ? value[field] : undefined;
  return typeof found === "string" ? found : "";
}
