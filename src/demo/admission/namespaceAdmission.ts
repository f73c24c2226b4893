// Lets a Namespace in, and gives it what a real server gives every new one.
// Promises the label with its own name, the finalizer, and the phase Active; updates keep the last two.

import type { KubeObject, ObjectMeta } from "../kubeObject.ts";
import {
  type BuiltinWrite,
  changedMetadata,
  judgedMetadata,
  newMetadata,
  readBuiltin,
  refuseFaults,
} from "./builtinRequest.ts";
import { dnsLabel } from "./nameRules.ts";
import { namespaceKind } from "./objectKind.ts";
import { changedMetadataFaults, newMetadataFaults } from "./objectMeta.ts";
import { type Admission, admission } from "./requestObject.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

export function admitNamespace(object: unknown, write: Omit<BuiltinWrite, "namespace">): Admission {
  return admission((warn) => {
    const place = { ...write, namespace: undefined };
    const namespace = readBuiltin(object, namespaceKind, place, warn);
    const { previous } = write;
    if (write.operation === "create" || previous === undefined) {
      const created = { ...namespace, metadata: labelled(newMetadata(namespace, place)), ...namespaceKind.preset };
      refuseFaults(created, "", newMetadataFaults(judgedMetadata(created.metadata), place, dnsLabel));
      return created;
    }
    const metadata = labelled(changedMetadata(namespace, previous, namespaceKind));
    refuseFaults(namespace, "", changedMetadataFaults(metadata, previous.metadata));
    if (write.operation === "status") return withParts(previous, previous.metadata, previous.spec, namespace.status);
    return withParts(namespace, metadata, previous.spec, previous.status);
  });
}

function withParts(object: KubeObject, metadata: ObjectMeta, spec: unknown, status: unknown): KubeObject {
  return { kind: object.kind, apiVersion: object.apiVersion, metadata, spec, status };
}

function labelled(metadata: ObjectMeta): ObjectMeta {
  const { name } = metadata;
  if (name === undefined) return metadata;
  const labels = Object.entries({ ...metadata.labels, [NAME_LABEL]: name });
  labels.sort(([first], [second]) => (first < second ? -1 : 1));
  const { ownerReferences, finalizers, managedFields, annotations, labels: _labels, ...identity } = metadata;
  const rest = Object.entries({ annotations, ownerReferences, finalizers, managedFields });
  return {
    ...identity,
    labels: Object.fromEntries(labels),
    ...Object.fromEntries(rest.filter(([, value]) => value !== undefined)),
  };
}
