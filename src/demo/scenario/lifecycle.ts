// What goes right: pods that come and go, rollouts, scaling. The Normal Events that any cluster is full of.
// Promises the reasons, texts and speakers of scheduler, kubelet and controllers of a current Kubernetes.
import { SECOND } from "./kubeTime.ts";
import type { Random } from "./random.ts";
import { containerReference, type Pod, podReference, type Replicas } from "./replicas.ts";
import type { Stage } from "./stage.ts";
import type { Script } from "./timeline.ts";

/** One thing that happens to a workload. */
export interface Scene {
  readonly stage: Stage;
  readonly replicas: Replicas;
  readonly random: Random;
}

export function* schedulePod({ stage }: Scene, pod: Pod): Script {
  const { namespace } = pod.workload;
  stage.scheduler.record({
    regarding: podReference(pod),
    type: "Normal",
    reason: "Scheduled",
    action: "Binding",
    note: `Successfully assigned ${namespace}/${pod.name} to ${pod.node}`,
  });
  yield 400;
}

/** From the image that is already on the node to a running container. */
export function* startContainer({ stage, random }: Scene, pod: Pod): Script {
  const kubelet = stage.kubelet(pod.node);
  const { container, image } = pod.workload;
  const about = containerReference(pod);
  kubelet.normal(about, "Pulled", `Container image "${image}" already present on machine`);
  yield random.integer(60, 300);
  kubelet.normal(about, "Created", `Created container: ${container}`);
  yield random.integer(80, 500);
  kubelet.normal(about, "Started", `Started container ${container}`);
}

export function* pullImage({ stage, random }: Scene, pod: Pod): Script {
  const kubelet = stage.kubelet(pod.node);
  const { image } = pod.workload;
  kubelet.normal(containerReference(pod), "Pulling", `Pulling image "${image}"`);
  const took = random.integer(800, 14_000);
  yield took;
  const waited = random.integer(0, 900);
  kubelet.normal(
    containerReference(pod),
    "Pulled",
    `Successfully pulled image "${image}" in ${goSeconds(took)} (${goSeconds(took + waited)} including waiting). Image size: ${random.integer(9_000_000, 900_000_000)} bytes.`,
  );
}

export function* createPod(scene: Scene, pod: Pod): Script {
  const { stage, replicas, random } = scene;
  const { owner } = replicas;
  const speaker = `${owner.kind.toLowerCase()}-controller`;
  const text =
    owner.kind === "StatefulSet"
      ? `create Pod ${pod.name} in StatefulSet ${owner.name} successful`
      : `Created pod: ${pod.name}`;
  stage.controller(speaker).normal(owner, "SuccessfulCreate", text);
  yield random.integer(10, 90);
  yield* schedulePod(scene, pod);
  if (random.chance(0.4)) yield* pullImage(scene, pod);
  yield* startContainer(scene, pod);
}

export function* stopPod({ stage, replicas, random }: Scene, pod: Pod, owner = replicas.owner): Script {
  const speaker = `${owner.kind.toLowerCase()}-controller`;
  const text =
    owner.kind === "StatefulSet"
      ? `delete Pod ${pod.name} in StatefulSet ${owner.name} successful`
      : `Deleted pod: ${pod.name}`;
  stage.controller(speaker).normal(owner, "SuccessfulDelete", text);
  yield random.integer(20, 200);
  stage.kubelet(pod.node).normal(containerReference(pod), "Killing", `Stopping container ${pod.workload.container}`);
  yield random.integer(200, 3_000);
}

/** Somebody (or the controller) deletes a pod, and its successor comes up. */
export function* replacePod(scene: Scene, pod: Pod): Script {
  yield* stopPod(scene, pod);
  yield* createPod(scene, scene.replicas.replace(pod));
}

/** A new revision, pod by pod. */
export function* rollOut(scene: Scene): Script {
  const { stage, replicas, random } = scene;
  const deployment = replicas.workload.kind === "Deployment";
  const before = replicas.owner;
  if (deployment) replicas.revise();
  const total = replicas.pods.length;
  const controller = stage.controller("deployment-controller");
  for (const [index, pod] of [...replicas.pods].entries()) {
    if (deployment) {
      const text = `Scaled up replica set ${replicas.owner.name} from ${index} to ${index + 1}`;
      controller.normal(replicas.reference, "ScalingReplicaSet", text);
    }
    yield random.integer(20, 60);
    yield* createPod(scene, replicas.replace(pod));
    yield random.integer(2_000, 9_000);
    if (deployment) {
      const text = `Scaled down replica set ${before.name} from ${total - index} to ${total - index - 1}`;
      controller.normal(replicas.reference, "ScalingReplicaSet", text);
    }
    yield* stopPod(scene, pod, before);
  }
}

/** The autoscaler changes its mind. Only its own words are of interest here, not the pods. */
export function* rescale({ stage, replicas, random }: Scene): Script {
  const autoscaler = stage.controller("horizontal-pod-autoscaler");
  const grown = replicas.pods.length + random.integer(1, 3);
  const above = "cpu resource utilization (percentage of request) above target";
  autoscaler.normal(replicas.autoscaler, "SuccessfulRescale", `New size: ${grown}; reason: ${above}`);
  yield random.integer(120, 300) * SECOND;
  const below = "All metrics below target";
  autoscaler.normal(replicas.autoscaler, "SuccessfulRescale", `New size: ${replicas.pods.length}; reason: ${below}`);
}

/** Go prints a Duration of over a second with its fraction and no trailing zeros. */
function goSeconds(milliseconds: number): string {
  return milliseconds < SECOND ? `${milliseconds}ms` : `${Number((milliseconds / SECOND).toFixed(3))}s`;
}
