// Containers that die: crash loops, memory, containers that cannot even be made.
// Promises kubelet's texts, and its back-off: 10 s, doubled with each restart up to 5 minutes.
import { MINUTE, SECOND } from "./kubeTime.ts";
import { type Scene, startContainer } from "./lifecycle.ts";
import { containerReference, type Pod, podReference } from "./replicas.ts";
import type { Script } from "./timeline.ts";

const FIRST_BACK_OFF = 10 * SECOND;
const LONGEST_BACK_OFF = 5 * MINUTE;

export function* crashLoop(scene: Scene, pod: Pod): Script {
  yield* crashes(scene, pod, scene.random.integer(4, 7));
}

/** Over an hour of it: longer than khook, which goes by the Event's creation, will look at it. */
export function* longCrashLoop(scene: Scene, pod: Pod): Script {
  yield* crashes(scene, pod, scene.random.integer(14, 20));
}

function* crashes(scene: Scene, pod: Pod, restarts: number): Script {
  const { random } = scene;
  let backOff = FIRST_BACK_OFF;
  yield* startContainer(scene, pod);
  for (let restart = 0; restart < restarts; restart += 1) {
    yield random.integer(1, 8) * SECOND;
    if (restart > 0) {
      yield* backingOff(scene, pod, backOff);
      backOff = Math.min(2 * backOff, LONGEST_BACK_OFF);
    }
    yield* startContainer(scene, pod);
  }
}

/** While it waits, kubelet says so at every sync of the pod. */
function* backingOff({ stage, random }: Scene, pod: Pod, backOff: number): Script {
  const { container, namespace } = pod.workload;
  const text = `Back-off restarting failed container ${container} in pod ${pod.name}_${namespace}(${pod.uid})`;
  for (let waited = 0; waited < backOff; ) {
    stage.kubelet(pod.node).warning(containerReference(pod), "BackOff", text);
    const wait = random.integer(10_000, 15_000);
    waited += wait;
    yield wait;
  }
}

/** The kernel says it on the node, a reporter says it on the pod, the container comes up again. */
export function* oomKill(scene: Scene, pod: Pod): Script {
  const { stage, random } = scene;
  for (let kills = random.integer(1, 4); kills > 0; kills -= 1) {
    stage.kernelMonitor(pod.node).warning(stage.node(pod.node), "OOMKilling", kernelReport(scene, pod));
    yield random.integer(200, 1_500);
    const { container, memory } = pod.workload;
    const text = `Container ${container} of pod ${pod.name} was OOM killed (exit code 137, memory limit ${memory})`;
    stage.controller("oom-event-generator").warning(podReference(pod), "OOMKilled", text);
    yield random.integer(500, 2_000);
    yield* startContainer(scene, pod);
    yield random.integer(20, 200) * SECOND;
  }
}

/** The same, from an agent that puts the kernel's own words on the pod. */
export function* oomReport(scene: Scene, pod: Pod): Script {
  const { stage, random } = scene;
  for (let kills = random.integer(1, 3); kills > 0; kills -= 1) {
    stage.controller("oom-event-generator").warning(podReference(pod), "Killing", kernelReport(scene, pod));
    yield random.integer(500, 2_000);
    yield* startContainer(scene, pod);
    yield random.integer(30, 240) * SECOND;
  }
}

function kernelReport({ random }: Scene, pod: Pod): string {
  const resident = random.integer(180_000, 8_000_000);
  return `Memory cgroup out of memory: Killed process ${random.integer(2_000, 4_190_000)} (${pod.workload.program}) total-vm:${resident + random.integer(200_000, 4_000_000)}kB, anon-rss:${resident}kB, file-rss:${random.integer(0, 40_000)}kB, shmem-rss:0kB, UID:${random.pick([0, 1000, 65532])} pgtables:${random.integer(400, 18_000)}kB oom_score_adj:${random.integer(900, 999)}`;
}

const CREATE_FAULTS: readonly ((scene: Scene, pod: Pod) => string)[] = [
  (_scene, { workload }) =>
    `Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/app/${workload.program}": stat /app/${workload.program}: no such file or directory`,
  (_scene, pod) =>
    `Error: container has runAsNonRoot and image will run as root (pod: "${pod.name}_${pod.workload.namespace}(${pod.uid})", container: ${pod.workload.container})`,
  (_scene, { workload }) => `Error: configmap "${workload.name}-config" not found`,
  (_scene, { workload }) =>
    `Error: couldn't find key DATABASE_URL in Secret ${workload.namespace}/${workload.name}-credentials`,
];

/** The image is there, the container cannot be made. Some of kubelet's texts say "container", some do not. */
export function* createContainer(scene: Scene, pod: Pod): Script {
  const { stage, random } = scene;
  const text = random.pick(CREATE_FAULTS)(scene, pod);
  const kubelet = stage.kubelet(pod.node);
  for (let tries = random.integer(5, 14); tries > 0; tries -= 1) {
    const { image } = pod.workload;
    kubelet.normal(containerReference(pod), "Pulled", `Container image "${image}" already present on machine`);
    yield random.integer(30, 400);
    kubelet.warning(containerReference(pod), "Failed", text);
    yield random.integer(11_000, 15_000);
  }
}
