// Lets a Lease in: what leader election writes.
// Promises the rules of a real server; an update says which state it is made on top of.

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
import { type FieldError, forbidden, invalid } from "./fieldError.ts";
import { isJsonObject } from "./fieldType.ts";
import { dnsSubdomain } from "./nameRules.ts";
import { leaseKind } from "./objectKind.ts";
import { changedMetadataFaults, newMetadataFaults } from "./objectMeta.ts";
import { type Admission, admission } from "./requestObject.ts";

export interface LeaseWrite extends BuiltinWrite {
  readonly operation: "create" | "update";
}

export function admitLease(object: unknown, write: LeaseWrite): Admission {
  return admission((warn) => {
    const lease = readBuiltin(object, leaseKind, write, warn);
    const { group } = leaseKind.type;
    const { previous } = write;
    if (write.operation === "create" || previous === undefined) {
      const created = { ...lease, metadata: newMetadata(lease, write) };
      const metadataFaults = newMetadataFaults(judgedMetadata(created.metadata), write, dnsSubdomain);
      refuseFaults(created, group, [...metadataFaults, ...specFaults(created)]);
      return created;
    }
    checkVersionGiven(lease, leaseKind);
    const changed = { ...lease, metadata: changedMetadata(lease, previous, leaseKind) };
    refuseFaults(changed, group, [
      ...changedMetadataFaults(changed.metadata, previous.metadata),
      ...specFaults(changed),
    ]);
    return changed;
  });
}

function specFaults(lease: KubeObject): readonly FieldError[] {
  const spec = isJsonObject(lease.spec) ? lease.spec : {};
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec;
  const faults: FieldError[] = [];
  if (typeof duration === "number" && duration <= 0) {
    faults.push(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
  }
  if (typeof transitions === "number" && transitions < 0) {
    faults.push(invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0"));
  }
  if (typeof preferredHolder === "string" && preferredHolder !== "" && (strategy ?? "") === "") {
    faults.push(forbidden("spec.preferredHolder", "may only be specified when `strategy` is defined"));
  }
  return faults;
}
