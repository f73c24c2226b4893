// Which admission a write goes through, by what it writes to, and what ownership of fields it is tracked by.
// Promises an object in stored form, or the Status that refuses it.

import { definitionKind, secretKind } from "../admission/definitionTypes.ts";
import { admitEvent } from "../admission/eventAdmission.ts";
import { admitHook } from "../admission/hookAdmission.ts";
import { schemaOf } from "../admission/hookCrd.ts";
import { admitLease } from "../admission/leaseAdmission.ts";
import { admitNamespace } from "../admission/namespaceAdmission.ts";
import {
  configMapKind,
  coreEventKind,
  hookKind,
  leaseKind,
  namespaceKind,
  newEventKind,
  type ObjectKind,
} from "../admission/objectKind.ts";
import { admitPlain } from "../admission/plainAdmission.ts";
import { type Admission, type FieldValidation } from "../admission/requestObject.ts";
import type { StructuralSchema } from "../admission/structuralSchema.ts";
import type { KubeObject } from "../kubeObject.ts";
import type { Call } from "./api.ts";
import { namespaceOf } from "./reading.ts";
import { HOOK_CRD } from "./termination.ts";

export function admit(
  call: Call,
  object: unknown,
  operation: "create" | "update" | "status",
  previous?: KubeObject,
): Admission {
  const { resource, route } = call;
  const write = {
    namespace: namespaceOf(call),
    name: operation === "create" ? undefined : route.name,
    fieldValidation: fieldValidationOf(call.query),
    previous,
  };
  const mainOperation = operation === "create" ? "create" : "update";
  switch (resource.storage) {
    case "hooks":
      return admitHook(object, { ...write, operation, schema: hookSchemaOf(call) });
    case "events":
      return admitEvent(object, { ...write, operation: mainOperation, view: resource.group === "" ? "core" : "new" });
    case "namespaces":
      return admitNamespace(object, { ...write, operation });
    case "leases":
      return admitLease(object, { ...write, operation: mainOperation });
    default:
      return admitPlain(object, { ...write, operation, kind: kindOf(call) });
  }
}

/** What patches and ownership know of the resource. */
export function kindOf(call: Call): ObjectKind {
  switch (call.resource.storage) {
    case "hooks":
      return hookKind(hookSchemaOf(call));
    case "events":
      return call.resource.group === "" ? coreEventKind : newEventKind;
    case "namespaces":
      return namespaceKind;
    case "leases":
      return leaseKind;
    case "customresourcedefinitions":
      return definitionKind;
    case "secrets":
      return secretKind;
    default:
      return configMapKind;
  }
}

function hookSchemaOf(call: Call): StructuralSchema {
  const crd = call.storage.get("customresourcedefinitions", undefined, HOOK_CRD);
  const schema = crd === undefined ? undefined : schemaOf(crd, call.resource.version);
  // A definition without a schema lets everything through.
  return schema ?? {};
}

function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const asked = query.get("fieldValidation");
  return asked === "Ignore" || asked === "Strict" ? asked : "Warn";
}
