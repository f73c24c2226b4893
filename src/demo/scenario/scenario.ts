// The life of the demo's cluster: 20 workloads to which things happen, and a khook that watches.
// Promises that the seed and the times it is stepped to decide everything; how finely it is stepped changes nothing.
import type { ClusterClient } from "./clusterClient.ts";
import { CoreRecorder } from "./coreRecorder.ts";
import { Khook } from "./khook.ts";
import { HOUR, MINUTE, SECOND } from "./kubeTime.ts";
import { replacePod, rescale, rollOut, type Scene } from "./lifecycle.ts";
import type { Random } from "./random.ts";
import { Replicas } from "./replicas.ts";
import { Stage } from "./stage.ts";
import { type Script, Timeline } from "./timeline.ts";
import { trouble } from "./troubles.ts";
import { NODES, WORKLOADS } from "./workloads.ts";

export interface ScenarioOptions {
  readonly cluster: ClusterClient;
  readonly random: Random;
  /** Where virtual time starts, in milliseconds. */
  readonly start: number;
}

/** Mean waits between two things of a kind, in milliseconds. */
interface Pace {
  readonly trouble: number;
  readonly chore: number;
}

const QUIET: Pace = { trouble: 27 * MINUTE, chore: 3 * HOUR };
const LIVELY: Pace = { trouble: 14 * SECOND, chore: 25 * SECOND };
const STEADY: Pace = { trouble: 80 * SECOND, chore: 5 * MINUTE };

/** For so long after the curtain rises there is more to see than a cluster usually shows. */
const LIVELY_FOR = 10 * MINUTE;
const FIRST_AFTER: Pace = { trouble: 1.5 * SECOND, chore: 4 * SECOND };

export class Scenario {
  readonly timeline: Timeline;
  readonly khook: Khook;
  private readonly stage: Stage;
  private readonly random: Random;
  private readonly idle: Replicas[];
  /** Counts the raisings; who directed an earlier act leaves. */
  private act = 0;
  private raised: number | undefined;
  private scenes = 0;

  constructor({ cluster, random, start }: ScenarioOptions) {
    this.random = random;
    const timeline = new Timeline(start);
    this.timeline = timeline;
    this.stage = new Stage({ sink: cluster, timeline, random: random.fork("stage"), nodes: NODES });
    this.idle = WORKLOADS.map(
      (workload) => new Replicas(workload, NODES, random.fork(`${workload.namespace}/${workload.name}`)),
    );
    const recorder = new CoreRecorder({
      source: { component: "khook" },
      sink: cluster,
      now: () => timeline.now,
      random: random.fork("khook recorder"),
    });
    this.khook = new Khook({ cluster, recorder, timeline, random: random.fork("khook") });
    this.khook.start();
    timeline.play(this.stage.scheduler.upkeep());
    timeline.play(this.direct("past trouble", "trouble"));
    timeline.play(this.direct("past chores", "chore"));
  }

  /**
   * From here on somebody is watching: the first thing goes wrong at once, and more follow soon. Raising it again
   * starts the lively minutes anew.
   */
  raiseCurtain(): void {
    this.act += 1;
    this.raised = this.timeline.now;
    this.timeline.play(this.direct("trouble", "trouble"));
    this.timeline.play(this.direct("chores", "chore"));
  }

  /** Lets everything happen that is due by `now` (milliseconds), and answers how much that was. */
  step(now: number): number {
    return this.timeline.runUntil(now);
  }

  /** Steps with the clock until the signal aborts. Never waits over a second, so a clock that jumps is followed. */
  async run(clock: () => number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.step(clock());
      const soon = (this.timeline.next ?? Number.POSITIVE_INFINITY) - clock();
      await sleep(Math.min(Math.max(soon, 5), SECOND), signal);
    }
  }

  /** Starts one thing after another, until the curtain is raised (again). */
  private *direct(name: string, kind: keyof Pace): Script {
    const random = this.random.fork(`${name} ${this.act}`);
    const { act } = this;
    const meanWait = () => this.pace()[kind] / this.bustle();
    yield act === 0 ? random.waiting(meanWait()) : FIRST_AFTER[kind];
    while (this.act === act) {
      this.begin(random, kind);
      yield random.waiting(meanWait());
    }
  }

  /** What is under way stays under way: a workload has one thing happen to it at a time. */
  private begin(random: Random, kind: keyof Pace): void {
    if (this.idle.length === 0) return;
    const [replicas] = this.idle.splice(random.integer(0, this.idle.length - 1), 1);
    if (replicas === undefined) return;
    this.scenes += 1;
    const scene: Scene = { stage: this.stage, replicas, random: this.random.fork(`scene ${this.scenes}`) };
    this.timeline.play(kind === "trouble" ? trouble(scene) : chore(scene), () => this.idle.push(replicas));
  }

  private pace(): Pace {
    if (this.raised === undefined) return QUIET;
    return this.timeline.now - this.raised < LIVELY_FOR ? LIVELY : STEADY;
  }

  /** More goes wrong at work than at night: from 0.4 at 02:00 UTC to 1.6 at 14:00 UTC, in the past only. */
  private bustle(): number {
    if (this.raised !== undefined) return 1;
    const hour = (this.timeline.now / HOUR) % 24;
    return 1 - 0.6 * Math.cos(((hour - 2) / 24) * 2 * Math.PI);
  }
}

/** What goes on in a cluster without anything being wrong. Jobs and the like are neither revised nor scaled. */
function* chore(scene: Scene): Script {
  const { random, replicas } = scene;
  const kind = replicas.workload.kind === "Deployment" ? random.integer(1, 4) : 4;
  if (kind === 1) yield* rollOut(scene);
  else if (kind === 2) yield* rescale(scene);
  else yield* replacePod(scene, random.pick(replicas.pods));
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener("abort", wake);
  });
}
