// Pods and places: what the scheduler cannot fit, images and volumes that do not come, nodes that go away.
// Promises the texts of scheduler, kubelet, autoscaler and node controllers.
import { MINUTE, SECOND } from "./kubeTime.ts";
import { createPod, type Scene, schedulePod, startContainer, stopPod } from "./lifecycle.ts";
import { containerReference, type Pod, podReference } from "./replicas.ts";
import type { Script } from "./timeline.ts";

export function* unschedulable(scene: Scene, gone: Pod): Script {
  const { stage, replicas, random } = scene;
  yield* stopPod(scene, gone);
  const pod = replicas.replace(gone);
  const text = `0/${stage.nodes.length} nodes are available: ${random.pick(SCHEDULING_FAULTS)} preemption: 0/${stage.nodes.length} nodes are available: ${stage.nodes.length} No preemption victims found for incoming pod.`;
  for (let tries = random.integer(2, 9); tries > 0; tries -= 1) {
    stage.scheduler.record({
      regarding: podReference(pod),
      type: "Warning",
      reason: "FailedScheduling",
      action: "Scheduling",
      note: text,
    });
    yield random.integer(25, 300) * SECOND;
  }
  const autoscaler = stage.controller("cluster-autoscaler");
  autoscaler.normal(
    podReference(pod),
    "TriggeredScaleUp",
    `pod triggered scale-up: [{workers-${pod.node} 5->6 (max: 10)}]`,
  );
  yield random.integer(40, 110) * SECOND;
  yield* schedulePod(scene, pod);
  yield* startContainer(scene, pod);
}

const SCHEDULING_FAULTS = [
  "1 node(s) had untolerated taint {nvidia.com/gpu: present}, 5 Insufficient memory.",
  "6 Insufficient nvidia.com/gpu.",
  "2 node(s) had volume node affinity conflict, 4 Insufficient cpu.",
  "6 node(s) didn't match Pod's node affinity/selector.",
  "1 node(s) were unschedulable, 5 node(s) didn't match pod topology spread constraints.",
  "pod has unbound immediate PersistentVolumeClaims.",
] as const;

export function* imagePull({ stage, random }: Scene, pod: Pod): Script {
  const kubelet = stage.kubelet(pod.node);
  const about = containerReference(pod);
  const { image } = pod.workload;
  const fault = random.pick([
    `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
    `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized`,
    `rpc error: code = DeadlineExceeded desc = failed to pull and unpack image "${image}": context deadline exceeded while copying container layer`,
  ]);
  let backOff = 10 * SECOND;
  for (let tries = random.integer(3, 6); tries > 0; tries -= 1) {
    kubelet.normal(about, "Pulling", `Pulling image "${image}"`);
    yield random.integer(400, 5_000);
    kubelet.warning(about, "Failed", `Failed to pull image "${image}": ${fault}`);
    kubelet.warning(about, "Failed", "Error: ErrImagePull");
    for (let waited = 0; waited < backOff; waited += 13 * SECOND) {
      yield 13 * SECOND;
      kubelet.normal(about, "BackOff", `Back-off pulling image "${image}"`);
      kubelet.warning(about, "Failed", "Error: ImagePullBackOff");
    }
    backOff = Math.min(2 * backOff, 5 * MINUTE);
  }
}

export function* mount({ stage, random }: Scene, pod: Pod): Script {
  const kubelet = stage.kubelet(pod.node);
  const { name } = pod.workload;
  let wait = 1 * SECOND;
  for (let tries = random.integer(6, 10); tries > 0; tries -= 1) {
    const text = `MountVolume.SetUp failed for volume "${name}-tls" : secret "${name}-tls" not found`;
    kubelet.warning(podReference(pod), "FailedMount", text);
    yield wait;
    wait = Math.min(2 * wait, 2 * MINUTE + 2 * SECOND);
  }
}

/** A node is lost for some minutes: its pods are marked, one is moved, then it comes back. */
export function* nodeNotReady(scene: Scene, pod: Pod): Script {
  const { stage, random, replicas } = scene;
  const lost = pod.node;
  const lifecycle = stage.controller("node-controller");
  lifecycle.normal(stage.node(lost), "NodeNotReady", `Node ${lost} status is now: NodeNotReady`);
  yield random.integer(50, 400);
  const there = replicas.pods.filter(({ node }) => node === lost);
  for (const one of there) lifecycle.warning(podReference(one), "NodeNotReady", "Node is not ready");
  yield random.integer(2, 5) * MINUTE;
  const { namespace } = pod.workload;
  const text = `Marking for deletion Pod ${namespace}/${pod.name}`;
  stage.controller("taint-eviction-controller").normal(podReference(pod), "TaintManagerEviction", text);
  yield* createPod(scene, replicas.replace(pod));
  yield random.integer(10, 90) * SECOND;
  const kubelet = stage.kubelet(lost);
  kubelet.normal(stage.ownNode(lost), "Starting", "Starting kubelet.");
  kubelet.warning(stage.ownNode(lost), "Rebooted", `Node ${lost} has been rebooted, boot id: ${random.uuid()}`);
  yield 2 * SECOND;
  kubelet.normal(stage.ownNode(lost), "NodeReady", `Node ${lost} status is now: NodeReady`);
}
