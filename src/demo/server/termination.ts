// The end of namespaces and of the Hook CRD: what is in them goes first, they themselves last.
// Promises DELETED for every object on the way, and the end of all Hook watches when the CRD goes.
import { isJsonObject } from "../admission/fieldType.ts";
import type { KubeObject, ResourceName } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import type { Storage } from "./storage.ts";

const CRD_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";
export const HOOK_CRD = "hooks.kagent.dev";
const CONTENT: readonly ResourceName[] = ["events", "configmaps", "secrets", "serviceaccounts", "leases", "hooks"];

export interface TerminationOptions {
  readonly storage: Storage;
  readonly now: () => Date;
  /** How long the controllers that clean up take to notice, in milliseconds. */
  readonly delayMs: number;
  readonly endWatches: (resource: ResourceName) => void;
}

export class Termination {
  private readonly options: TerminationOptions;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(options: TerminationOptions) {
    this.options = options;
  }

  /** Marks the namespace and answers it; its content follows shortly. */
  ofNamespace(namespace: KubeObject): KubeObject {
    const { storage } = this.options;
    if (namespace.metadata.deletionTimestamp !== undefined) return namespace;
    const name = namespace.metadata.name ?? "";
    const marked = storage.replace("namespaces", {
      ...namespace,
      metadata: { ...namespace.metadata, deletionTimestamp: this.timestamp() },
      status: { phase: "Terminating" },
    });
    this.soon(() => {
      for (const resource of CONTENT) this.empty(resource, name);
      if (storage.get("namespaces", undefined, name) !== undefined) storage.delete("namespaces", undefined, name);
    });
    return marked;
  }

  /** Marks the definition and answers it; its Hooks follow, and then the resource is unknown. */
  ofCrd(crd: KubeObject): KubeObject {
    const { storage, endWatches } = this.options;
    if (crd.metadata.deletionTimestamp !== undefined) return crd;
    const name = crd.metadata.name ?? "";
    const marked = storage.replace("customresourcedefinitions", {
      ...crd,
      metadata: { ...crd.metadata, deletionTimestamp: this.timestamp(), finalizers: [CRD_FINALIZER] },
      status: this.terminating(crd.status),
    });
    this.soon(() => {
      if (name === HOOK_CRD) this.empty("hooks", undefined);
      if (storage.get("customresourcedefinitions", undefined, name) !== undefined) {
        storage.delete("customresourcedefinitions", undefined, name);
      }
      if (name === HOOK_CRD) endWatches("hooks");
    });
    return marked;
  }

  private terminating(status: unknown): unknown {
    const before = isJsonObject(status) ? status : {};
    const condition = {
      type: "Terminating",
      status: "True",
      lastTransitionTime: this.timestamp(),
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    };
    return { ...before, conditions: [...(Array.isArray(before.conditions) ? before.conditions : []), condition] };
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private empty(resource: ResourceName, namespace: string | undefined): void {
    const { storage } = this.options;
    for (const { metadata } of storage.list(resource, namespace)) {
      storage.delete(resource, metadata.namespace, metadata.name ?? "");
    }
  }

  private soon(act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, this.options.delayMs);
    this.timers.add(timer);
  }

  private timestamp(): string {
    return kubeTime(this.options.now().getTime());
  }
}
