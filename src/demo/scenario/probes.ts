// Probes that fail: kubelet's Unhealthy, and what follows from it.
// Promises kubelet's texts; a liveness or startup probe that failed often enough has the container restarted.
import { SECOND } from "./kubeTime.ts";
import { type Scene, startContainer } from "./lifecycle.ts";
import { containerReference, type Pod } from "./replicas.ts";
import type { Script } from "./timeline.ts";

type Probe = "Liveness" | "Readiness" | "Startup";

const PERIOD = 10 * SECOND;

export function* liveness(scene: Scene, pod: Pod): Script {
  for (let restarts = scene.random.integer(1, 4); restarts > 0; restarts -= 1) {
    yield* failing(scene, pod, "Liveness", 3, httpFault(scene, pod, "/healthz"));
    yield* restart(scene, pod, "liveness");
    yield scene.random.integer(30, 120) * SECOND;
  }
}

export function* readiness(scene: Scene, pod: Pod): Script {
  yield* failing(scene, pod, "Readiness", scene.random.integer(4, 40), httpFault(scene, pod, "/ready"));
}

export function* startup(scene: Scene, pod: Pod): Script {
  yield* startContainer(scene, pod);
  yield* failing(scene, pod, "Startup", scene.random.integer(6, 30), httpFault(scene, pod, "/startup"));
  yield* restart(scene, pod, "startup");
}

/** Each text names another source port, so the recorder soon combines them. */
export function* connectionResets({ stage, random }: Scene, pod: Pod): Script {
  const { port } = pod.workload;
  for (let times = random.integer(12, 40); times > 0; times -= 1) {
    const gateway = pod.ip.replace(/\d+$/, "1");
    const text = `Readiness probe failed: Get "http://${pod.ip}:${port}/ready": read tcp ${gateway}:${random.integer(32_768, 60_999)}->${pod.ip}:${port}: read: connection reset by peer`;
    stage.kubelet(pod.node).warning(containerReference(pod), "Unhealthy", text);
    yield PERIOD;
  }
}

/** A readiness probe whose text has "pending" in it, which khook takes for a pod that is pending. */
export function* pendingMigrations({ stage, random }: Scene, pod: Pod): Script {
  for (let left = random.integer(3, 9); left > 0; left -= 1) {
    const text = `Readiness probe failed: HTTP probe failed with statuscode: 503 (migrations pending: ${left})`;
    stage.kubelet(pod.node).warning(containerReference(pod), "Unhealthy", text);
    yield random.integer(2, 5) * PERIOD;
  }
}

/** What programs print when they are asked how they are. */
const COMMAND_OUTPUTS = [
  "psql: Fehler: Verbindung zum Server fehlgeschlagen: Zeitüberschreitung\n",
  "接続が拒否されました (ポート 9092)\n",
  "⚠ réplication en retard de 318 s, nœud exclu du quorum\n",
  "Ошибка: диск заполнен на 98 %\n",
  "🔥 broker not in ISR — under-replicated partitions: 41\n",
  "Code: 209. DB::NetException: Timeout exceeded while reading from socket (127.0.0.1:9000)\n",
  "",
] as const;

export function* execProbe(scene: Scene, pod: Pod): Script {
  const { random } = scene;
  const probe = random.pick(["Liveness", "Readiness"] as const);
  yield* failing(scene, pod, probe, random.integer(3, 15), random.pick(COMMAND_OUTPUTS));
  if (probe === "Liveness") yield* restart(scene, pod, "liveness");
}

function* failing({ stage, random }: Scene, pod: Pod, probe: Probe, times: number, fault: string): Script {
  for (let failure = 0; failure < times; failure += 1) {
    stage.kubelet(pod.node).warning(containerReference(pod), "Unhealthy", `${probe} probe failed: ${fault}`);
    yield PERIOD + random.integer(-200, 200);
  }
}

function* restart(scene: Scene, pod: Pod, probe: "liveness" | "startup"): Script {
  const text = `Container ${pod.workload.container} failed ${probe} probe, will be restarted`;
  scene.stage.kubelet(pod.node).normal(containerReference(pod), "Killing", text);
  yield scene.random.integer(1, 30) * SECOND;
  yield* startContainer(scene, pod);
}

function httpFault({ random }: Scene, { ip, workload }: Pod, path: string): string {
  const url = `http://${ip}:${workload.port}${path}`;
  return random.pick([
    `HTTP probe failed with statuscode: ${random.pick([500, 502, 503])}`,
    `Get "${url}": dial tcp ${ip}:${workload.port}: connect: connection refused`,
    `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    `Get "${url}": EOF`,
  ]);
}
