// Lets in what the demo only keeps: config maps, secrets, definitions of custom resources.
// Promises the rules for their metadata and a real server's defaults.

import type { KubeObject } from "../kubeObject.ts";
import {
  type BuiltinWrite,
  changedMetadata,
  checkVersionGiven,
  judgedMetadata,
  newMetadata,
  readBuiltin,
  refuseFaults,
} from "./builtinRequest.ts";
import { definitionKind } from "./definitionTypes.ts";
import { isJsonObject } from "./fieldType.ts";
import { dnsSubdomain } from "./nameRules.ts";
import type { ObjectKind } from "./objectKind.ts";
import { changedMetadataFaults, newMetadataFaults } from "./objectMeta.ts";
import { type Admission, admission } from "./requestObject.ts";

export interface PlainWrite extends BuiltinWrite {
  readonly kind: ObjectKind;
}

export function admitPlain(object: unknown, write: PlainWrite): Admission {
  const { kind, previous } = write;
  const { group } = kind.type;
  return admission((warn) => {
    const read = readBuiltin(object, kind, write, warn);
    if (write.operation === "create" || previous === undefined) {
      const created = withDefaults({ ...read, metadata: newMetadata(read, write) });
      refuseFaults(created, group, newMetadataFaults(judgedMetadata(created.metadata), write, dnsSubdomain));
      return created;
    }
    if (kind === definitionKind) checkVersionGiven(read, kind);
    const changed: KubeObject = { ...read, metadata: changedMetadata(read, previous, kind) };
    refuseFaults(changed, group, changedMetadataFaults(changed.metadata, previous.metadata));
    if (!kind.hasStatus) return changed;
    return write.operation === "status"
      ? { ...previous, status: changed.status }
      : { ...changed, status: previous.status };
  });
}

function withDefaults(object: KubeObject): KubeObject {
  if (object.kind === "Secret") return { ...object, type: object.type ?? "Opaque" };
  if (object.kind !== definitionKind.type.kind) return object;
  const spec = isJsonObject(object.spec) ? object.spec : {};
  // Its status is the server's own affair.
  const { status: _status, ...rest } = object;
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
    spec: { ...spec, conversion: spec.conversion ?? { strategy: "None" } },
  };
}
