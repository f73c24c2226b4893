// The "restricted" Pod Security Standard, as Kubernetes' documentation lists it, for pods on Linux.
// What is left out counts as it does there: a container without its own word has the pod's.
import { at, listAt } from "./manifest.ts";

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** What of the pod the standard forbids. */
export function restrictedFaults(pod: unknown): readonly string[] {
  const faults: string[] = [];
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) if (at(pod, field)) faults.push(field);
  for (const volume of listAt(pod, "volumes")) {
    const types = Object.keys(volume as object).filter((key) => key !== "name"); // a volume is an object by its schema
    if (types.some((type) => !VOLUMES.includes(type))) faults.push(`a volume of ${types.join()}`);
  }
  for (const kind of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const container of listAt(pod, kind)) faults.push(...containerFaults(pod, container));
  }
  return faults;
}

function containerFaults(pod: unknown, container: unknown): readonly string[] {
  const own = (field: string) => at(container, `securityContext.${field}`);
  const effective = (field: string) => own(field) ?? at(pod, `securityContext.${field}`);
  const faults: string[] = [];
  if (own("privileged") === true) faults.push("privileged");
  if (own("allowPrivilegeEscalation") !== false) faults.push("allowPrivilegeEscalation");
  if (effective("runAsNonRoot") !== true) faults.push("runAsNonRoot");
  if (effective("runAsUser") === 0) faults.push("runAsUser 0");
  if (!["RuntimeDefault", "Localhost"].includes(String(effective("seccompProfile.type"))))
    faults.push("seccompProfile");
  if (!listAt(container, "securityContext.capabilities.drop").includes("ALL")) faults.push("capabilities.drop");
  if (listAt(container, "securityContext.capabilities.add").some((each) => each !== "NET_BIND_SERVICE"))
    faults.push("capabilities.add");
  if (listAt(container, "ports").some((port) => at(port, "hostPort"))) faults.push("hostPort");
  if (["httpGet", "tcpSocket"].some((probe) => at(container, `livenessProbe.${probe}.host`))) faults.push("probe host");
  if (own("procMount") !== undefined && own("procMount") !== "Default") faults.push("procMount");
  return faults;
}
