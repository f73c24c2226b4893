// What a cluster has before anybody does anything: its namespaces, and the CRD of Hooks as khook's chart installs it.
// Promises to leave alone whatever is there already.
import { hookCrd } from "../admission/hookCrd.ts";
import type { KubeObject } from "../kubeObject.ts";
import type { Storage } from "./storage.ts";

const NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

export function bootstrap(storage: Storage, options: { readonly crd?: boolean } = {}): void {
  for (const name of NAMESPACES) {
    if (storage.get("namespaces", undefined, name) === undefined) storage.create("namespaces", namespaceObject(name));
  }
  const isMissing = storage.get("customresourcedefinitions", undefined, "hooks.kagent.dev") === undefined;
  if (options.crd === false || !isMissing) return;
  const { name, annotations } = hookCrd.metadata;
  const metadata = { ...(name === undefined ? {} : { name }), ...(annotations === undefined ? {} : { annotations }) };
  storage.create("customresourcedefinitions", { ...hookCrd, metadata });
  storage.openWatchCache("hooks");
}

export function namespaceObject(name: string): KubeObject {
  return {
    kind: "Namespace",
    apiVersion: "v1",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}
