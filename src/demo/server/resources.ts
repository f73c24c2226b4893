// The resources this API server knows: names, verbs, what may be selected by, how stored objects are shown.
// Promises one row per group, version and plural; core/v1 and events.k8s.io/v1 events are two rows over one storage.
import { fromCore, fromNew, toCore, toNew } from "../admission/eventViews.ts";
import type { KubeObject, ResourceName } from "../kubeObject.ts";
import type { ResourceRoute } from "./router.ts";
import { METADATA_FIELDS, type SelectableFields } from "./selectors.ts";

export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
  /** Parts with a path and rights of their own. */
  readonly subresources: readonly string[];
  readonly storage: ResourceName;
  /** Defined by a CRD: written with sorted keys, no strategic merge patch, POST also to a name. */
  readonly custom: boolean;
  /** Served from a watch cache: bookmarks while a watch runs. Events are not. */
  readonly cached: boolean;
  /** Whether PUT works without `metadata.resourceVersion`. */
  readonly unconditionalUpdate: boolean;
  /** Over stored objects. */
  readonly fields: SelectableFields;
  /** What its Go type writes even when empty, as a bookmark shows. */
  readonly empty: Readonly<Record<string, unknown>>;
  /** From the stored form to that of this group and version, and back. */
  readonly show: (stored: KubeObject) => KubeObject;
  readonly keep: (shown: KubeObject) => KubeObject;
}

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const unchanged = (object: KubeObject): KubeObject => object;

/** The text at the first of some paths that leads anywhere. */
function text(...paths: readonly (readonly string[])[]): (object: KubeObject) => string {
  return (object) => {
    for (const path of paths) {
      let value: unknown = object;
      for (const step of path) {
        value = typeof value === "object" && value !== null && step in value ? Reflect.get(value, step) : undefined;
      }
      if (typeof value === "string" && value !== "") return value;
    }
    return "";
  };
}

/** The fields of what an Event is about, under the name that one of its versions gives it. */
function reference(prefix: string): SelectableFields {
  const fields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];
  return Object.fromEntries(
    fields.map((field) => [`${prefix}.${field}`, text(["involvedObject", field], ["regarding", field])]),
  );
}

const EVENT_FIELDS: SelectableFields = { ...METADATA_FIELDS, reason: text(["reason"]), type: text(["type"]) };
const reporter = text(["reportingComponent"], ["reportingController"]);

const BUILT_IN = {
  custom: false,
  cached: true,
  unconditionalUpdate: true,
  verbs: VERBS,
  version: "v1",
  group: "",
  namespaced: true,
  subresources: [],
  fields: METADATA_FIELDS,
  empty: {},
  show: unchanged,
  keep: unchanged,
} as const;

const EVENTS = {
  ...BUILT_IN,
  plural: "events",
  singular: "event",
  kind: "Event",
  shortNames: ["ev"],
  storage: "events",
  cached: false,
  storageVersionHash: "r2yiGXH7wu8=",
} as const;

export const RESOURCES: readonly ApiResource[] = [
  {
    ...BUILT_IN,
    plural: "configmaps",
    singular: "configmap",
    kind: "ConfigMap",
    shortNames: ["cm"],
    storageVersionHash: "qFsyl6wFWjQ=",
    storage: "configmaps",
  },
  {
    ...EVENTS,
    fields: {
      ...EVENT_FIELDS,
      ...reference("involvedObject"),
      reportingComponent: reporter,
      source: text(["source", "component"], ["deprecatedSource", "component"], ["reportingComponent"]),
    },
    empty: {
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    },
    show: toCore,
    keep: fromCore,
  },
  {
    ...BUILT_IN,
    plural: "namespaces",
    singular: "namespace",
    kind: "Namespace",
    namespaced: false,
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    shortNames: ["ns"],
    storageVersionHash: "Q3oi5N2YM8M=",
    subresources: ["finalize", "status"],
    storage: "namespaces",
    fields: { ...METADATA_FIELDS, name: text(["metadata", "name"]), "status.phase": text(["status", "phase"]) },
    empty: { spec: {}, status: {} },
  },
  {
    ...BUILT_IN,
    plural: "secrets",
    singular: "secret",
    kind: "Secret",
    storageVersionHash: "S6u1pOWzb84=",
    storage: "secrets",
    fields: { ...METADATA_FIELDS, type: text(["type"]) },
  },
  {
    ...EVENTS,
    group: "events.k8s.io",
    fields: { ...EVENT_FIELDS, ...reference("regarding"), reportingController: reporter },
    empty: {
      eventTime: null,
      regarding: {},
      deprecatedSource: {},
      deprecatedFirstTimestamp: null,
      deprecatedLastTimestamp: null,
    },
    show: toNew,
    keep: fromNew,
  },
  {
    ...BUILT_IN,
    group: "apiextensions.k8s.io",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    kind: "CustomResourceDefinition",
    namespaced: false,
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    storageVersionHash: "jfWCUB31mvA=",
    subresources: ["status"],
    storage: "customresourcedefinitions",
    unconditionalUpdate: false,
  },
  {
    ...BUILT_IN,
    group: "coordination.k8s.io",
    plural: "leases",
    singular: "lease",
    kind: "Lease",
    storageVersionHash: "gqkMMb/YqFM=",
    storage: "leases",
    unconditionalUpdate: false,
    empty: { spec: {} },
  },
  {
    ...BUILT_IN,
    group: "kagent.dev",
    version: "v1alpha2",
    plural: "hooks",
    singular: "hook",
    kind: "Hook",
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    storageVersionHash: "kk+Miq8Hixs=",
    subresources: ["status"],
    storage: "hooks",
    custom: true,
    unconditionalUpdate: false,
  },
];

export function apiVersionOf(of: { readonly group: string; readonly version: string }): string {
  return of.group === "" ? of.version : `${of.group}/${of.version}`;
}

/** The row for a route, whether or not its CRD is there. */
export function resourceOf(route: Pick<ResourceRoute, "group" | "version" | "resource">): ApiResource | undefined {
  return RESOURCES.find(
    (row) => row.group === route.group && row.version === route.version && row.plural === route.resource,
  );
}
