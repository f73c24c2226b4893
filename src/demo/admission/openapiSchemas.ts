// OpenAPI schemas made from the built-in types and from the CRD.
// Promises a component for every struct under a real server's name; descriptions only where they help to explain.
import type { FieldType, StructType } from "./fieldType.ts";
import type { StructuralSchema } from "./structuralSchema.ts";

export type Schema = Readonly<Record<string, unknown>>;
export type Schemas = Readonly<Record<string, Schema>>;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
/** Structs of the meta package, whichever kind they appear in. */
const META_STRUCTS = ["ObjectMeta", "OwnerReference", "ManagedFieldsEntry"];

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Event:
    "Event is a report of an event somewhere in the cluster. It generally denotes some state change in the system.",
  "Event.involvedObject": "The object that this event is about.",
  "Event.regarding": "The object this event is about.",
  "Event.related": "A secondary object for more complex actions.",
  "Event.reason": "Why the action was taken, in short and machine-readable form.",
  "Event.message": "What happened, for people to read.",
  "Event.note": "What happened, for people to read; at most 1 kB.",
  "Event.source": "The component that reported the event.",
  "Event.firstTimestamp": "When the event was first recorded.",
  "Event.lastTimestamp": "When the most recent occurrence of the event was recorded.",
  "Event.count": "How often the event has occurred.",
  "Event.type": "Normal or Warning; new types could be added in the future.",
  "Event.eventTime": "When the event was first observed.",
  "Event.series": "The series of events this event stands for; absent for a single one.",
  "Event.action": "What was done, or failed, regarding the object.",
  "Event.reportingComponent": "The controller that emitted the event, for example `kubernetes.io/kubelet`.",
  "Event.reportingController": "The controller that emitted the event, for example `kubernetes.io/kubelet`.",
  "Event.reportingInstance": "The instance of that controller, for example `kubelet-xyzf`.",
  Lease: "Lease defines a lease concept.",
  "LeaseSpec.holderIdentity": "The identity of the holder of the lease.",
  "LeaseSpec.leaseDurationSeconds": "How long candidates wait, measured from renewTime, before they take the lease.",
  "LeaseSpec.acquireTime": "When the current holder acquired the lease.",
  "LeaseSpec.renewTime": "When the current holder last renewed the lease.",
  "LeaseSpec.leaseTransitions": "How often the lease has changed hands.",
  Namespace: "Namespace provides a scope for names.",
  ConfigMap: "ConfigMap holds configuration data for pods to consume.",
  ObjectMeta: "ObjectMeta is metadata that all persisted resources must have.",
};

export interface SchemaNames {
  /** `#/components/schemas/` or `#/definitions/` */
  readonly prefix: string;
  /** The package of the kind's own structs, as in `io.k8s.api.core.v1`. */
  readonly home: string;
}

/** The component of a struct and of every struct inside it. */
export function structSchemas(type: StructType, names: SchemaNames): Schemas {
  const found = new Map<string, Schema>();
  collect(type, names, found);
  return Object.fromEntries(found);
}

export function componentName(struct: string, names: Pick<SchemaNames, "home">): string {
  return `${META_STRUCTS.includes(struct) ? META : names.home}.${struct}`;
}

function collect(type: StructType, names: SchemaNames, found: Map<string, Schema>): void {
  const component = componentName(type.name, names);
  if (found.has(component)) return;
  found.set(component, {});
  const properties = Object.entries(type.fields).map(([key, field]): [string, Schema] => {
    const schema = schemaOfType(field.type, names, found);
    const description = DESCRIPTIONS[`${type.name}.${key}`];
    return [key, description === undefined ? schema : { description, ...described(schema) }];
  });
  const description = DESCRIPTIONS[type.name];
  found.set(component, {
    ...(description === undefined ? {} : { description }),
    type: "object",
    properties: Object.fromEntries(properties),
    ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
  });
}

/** A reference takes no description beside it, so it goes one level down. */
function described(schema: Schema): Schema {
  return "$ref" in schema ? { allOf: [schema] } : schema;
}

function schemaOfType(type: FieldType, names: SchemaNames, found: Map<string, Schema>): Schema {
  switch (type.form) {
    case "struct":
      collect(type, names, found);
      return { $ref: `${names.prefix}${componentName(type.name, names)}` };
    case "map":
      return { type: "object", additionalProperties: schemaOfType(type.values, names, found) };
    case "list": {
      const list = { type: "array", items: schemaOfType(type.items, names, found) };
      if (type.merge === "atomic") return { ...list, "x-kubernetes-list-type": "atomic" };
      if (type.merge === "set") {
        return { ...list, "x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge" };
      }
      return {
        ...list,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": type.merge.keys,
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": type.merge.keys[0],
      };
    }
    case "time":
    case "microTime":
      return { type: "string", format: "date-time" };
    case "int32":
    case "int64":
      return { type: "integer", format: type.form };
    case "bool":
      return { type: "boolean" };
    case "string":
      return { type: "string" };
    case "any":
      return { type: "object" };
  }
}

/** A custom resource's schema with the metadata that every object has. */
export function customSchema(schema: StructuralSchema, prefix: string): Schema {
  const metadata = {
    description: "Standard object's metadata.",
    allOf: [{ $ref: `${prefix}${META}.ObjectMeta` }],
  };
  return { ...schema, properties: { ...schema.properties, metadata } };
}
