// One workload and the pods that stand for it at the moment, named as its controller would name them.
// Promises as many pods as replicas; a new pod never has the name of an earlier one, except in a StatefulSet.
import type { ObjectReference } from "./eventDraft.ts";
import type { Random } from "./random.ts";

export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet" | "Job";

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly kind: WorkloadKind;
  readonly container: string;
  readonly image: string;
  readonly port: number;
  readonly replicas: number;
  /** The memory limit, as an OOM report names it. */
  readonly memory: string;
  /** The program that runs in the container, as the kernel names it. */
  readonly program: string;
  /** What goes wrong here, by name of the failure; one named twice is twice as likely. */
  readonly troubles: readonly string[];
}

export interface Pod {
  readonly workload: Workload;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly resourceVersion: string;
}

const API_VERSIONS: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
};

export class Replicas {
  readonly workload: Workload;
  readonly reference: ObjectReference;
  readonly autoscaler: ObjectReference;
  private readonly nodes: readonly string[];
  private readonly random: Random;
  private set: string;
  private setUid: string;
  private current: Pod[];

  constructor(workload: Workload, nodes: readonly string[], random: Random) {
    this.workload = workload;
    this.nodes = nodes;
    this.random = random;
    const { namespace, name, kind } = workload;
    this.reference = { kind, namespace, name, uid: random.uuid(), apiVersion: API_VERSIONS[kind] };
    const autoscaling = { kind: "HorizontalPodAutoscaler", apiVersion: "autoscaling/v2" };
    this.autoscaler = { ...autoscaling, namespace, name, uid: random.uuid() };
    this.set = this.newSet();
    this.setUid = random.uuid();
    this.current = Array.from({ length: workload.replicas }, (_, ordinal) => this.newPod(ordinal));
  }

  get pods(): readonly Pod[] {
    return this.current;
  }

  /** What creates the pods: the ReplicaSet of a Deployment, else the workload itself. */
  get owner(): ObjectReference {
    if (this.workload.kind !== "Deployment") return this.reference;
    const { namespace } = this.workload;
    return { kind: "ReplicaSet", namespace, name: this.set, uid: this.setUid, apiVersion: "apps/v1" };
  }

  /** A pod that is gone is followed by a new one in its place. */
  replace(gone: Pod): Pod {
    const place = Math.max(0, this.current.indexOf(gone));
    const next = this.newPod(place);
    this.current[place] = next;
    return next;
  }

  /** A new revision: all pods will be of a new set. */
  revise(): void {
    this.set = this.newSet();
    this.setUid = this.random.uuid();
  }

  private newSet(): string {
    return `${this.workload.name}-${this.random.suffix(this.random.integer(9, 10))}`;
  }

  private newPod(ordinal: number): Pod {
    const node = this.random.integer(0, this.nodes.length - 1);
    return {
      workload: this.workload,
      name: this.podName(ordinal),
      uid: this.random.uuid(),
      node: this.nodes[node] ?? "worker-1",
      ip: `10.244.${node + 1}.${this.random.integer(4, 250)}`,
      resourceVersion: String(this.random.integer(18_400_000, 99_999_999)),
    };
  }

  private podName(ordinal: number): string {
    const { kind, name } = this.workload;
    if (kind === "Deployment") return `${this.set}-${this.random.suffix(5)}`;
    return kind === "StatefulSet" ? `${name}-${ordinal}` : `${name}-${this.random.suffix(5)}`;
  }
}

export function podReference({ workload, name, uid, resourceVersion }: Pod): ObjectReference {
  return { kind: "Pod", namespace: workload.namespace, name, uid, apiVersion: "v1", resourceVersion };
}

/** The pod, seen at its container. */
export function containerReference(pod: Pod): ObjectReference {
  return { ...podReference(pod), fieldPath: `spec.containers{${pod.workload.container}}` };
}
