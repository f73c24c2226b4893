// What the API server does with a new custom resource definition: it looks at its names and opens the resource.
// Promises the status of a real server, first empty, then established in a write of its own.
import { definitionKind } from "../admission/definitionTypes.ts";
import { isJsonObject } from "../admission/fieldType.ts";
import { trackUpdate } from "../admission/managedFields.ts";
import type { KubeObject } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import type { Storage } from "./storage.ts";
import { HOOK_CRD } from "./termination.ts";

/** The definition before anybody has looked at it: the server's own part, which no client owns. */
export function withFirstStatus(crd: KubeObject): KubeObject {
  const spec = isJsonObject(crd.spec) ? crd.spec : {};
  const versions: readonly unknown[] = Array.isArray(spec.versions) ? spec.versions : [];
  const stored = versions.filter(isJsonObject).filter((version) => version.storage === true);
  return {
    ...crd,
    status: {
      conditions: null,
      acceptedNames: { plural: "", kind: "" },
      storedVersions: stored.map((version) => version.name),
    },
  };
}

export function establish(storage: Storage, crd: KubeObject, now: Date): void {
  const spec = isJsonObject(crd.spec) ? crd.spec : {};
  const status = isJsonObject(crd.status) ? crd.status : {};
  const names = isJsonObject(spec.names) ? spec.names : {};
  const lastTransitionTime = kubeTime(now.getTime());
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime,
    reason,
    message,
  });
  const established: KubeObject = {
    ...crd,
    status: {
      ...status,
      conditions: [
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
      ],
      acceptedNames: names,
    },
  };
  const tracking = { kind: definitionKind, previous: crd, manager: "kube-apiserver", subresource: "status", now };
  storage.updateStatus("customresourcedefinitions", trackUpdate(established, tracking));
  if (crd.metadata.name === HOOK_CRD) storage.openWatchCache("hooks");
}
