// Everything that can go wrong with a workload, by name, and how it ends.
// Promises that each trouble is a script of finite length after which the workload is whole again.

import { SECOND } from "./kubeTime.ts";
import { replacePod, rollOut, type Scene } from "./lifecycle.ts";
import { imagePull, mount, nodeNotReady, unschedulable } from "./placement.ts";
import { connectionResets, execProbe, liveness, pendingMigrations, readiness, startup } from "./probes.ts";
import type { Pod } from "./replicas.ts";
import { crashLoop, createContainer, longCrashLoop, oomKill, oomReport } from "./restarts.ts";
import type { Script } from "./timeline.ts";

export const TROUBLES: ReadonlyMap<string, (scene: Scene, pod: Pod) => Script> = new Map([
  ["crash-loop", crashLoop],
  ["long-crash-loop", longCrashLoop],
  ["create-container", createContainer],
  ["oom-kill", oomKill],
  ["oom-report", oomReport],
  ["liveness", liveness],
  ["readiness", readiness],
  ["startup", startup],
  ["connection-resets", connectionResets],
  ["pending-migrations", pendingMigrations],
  ["exec-probe", execProbe],
  ["unschedulable", unschedulable],
  ["image-pull", imagePull],
  ["mount", mount],
  ["node-not-ready", nodeNotReady],
]);

/** One of the workload's own troubles befalls one of its pods, and somebody mends it. */
export function* trouble(scene: Scene, name = scene.random.pick(scene.replicas.workload.troubles)): Script {
  const befall = TROUBLES.get(name);
  if (befall === undefined) throw new RangeError(`no such trouble: ${name}`);
  const pod = scene.random.pick(scene.replicas.pods);
  yield* befall(scene, pod);
  yield scene.random.integer(2, 20) * SECOND;
  if (scene.replicas.workload.kind !== "Job" && scene.random.chance(0.25)) yield* rollOut(scene);
  else if (scene.replicas.pods.includes(pod)) yield* replacePod(scene, pod);
}
