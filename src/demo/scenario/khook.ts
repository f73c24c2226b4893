// The khook controller as the cluster sees it: it watches Events where there are Hooks, and starts anew where Hooks change.
// Promises khook's behaviour, its silent blindness included: a namespace whose watch was closed stays dark until its
// Hooks change.

import type { KubeObject } from "../kubeObject.ts";
import type { ClusterClient } from "./clusterClient.ts";
import type { CoreRecorder } from "./coreRecorder.ts";
import { KhookMemory } from "./khookMemory.ts";
import { configurationsOf, KhookWorkflow } from "./khookWorkflow.ts";
import { SECOND } from "./kubeTime.ts";
import type { Random } from "./random.ts";
import type { Script, Timeline } from "./timeline.ts";

export interface KhookOptions {
  readonly cluster: ClusterClient;
  readonly recorder: CoreRecorder;
  readonly timeline: Timeline;
  readonly random: Random;
}

const LOOK_FOR_HOOKS_EVERY = 30 * SECOND;

interface Running {
  readonly workflow: KhookWorkflow;
  readonly signature: string;
}

export class Khook {
  private readonly options: KhookOptions;
  private readonly memory = new KhookMemory();
  private readonly running = new Map<string, Running>();
  private restarts = 0;
  private seen: readonly KubeObject[] = [];

  constructor(options: KhookOptions) {
    this.options = options;
  }

  /** The namespaces it works in, blind ones included. */
  get namespaces(): readonly string[] {
    return [...this.running.keys()];
  }

  /** How much it remembers of what is active, and how many Events wait to be worked on. */
  get load(): { readonly remembered: number; readonly waiting: number } {
    const waiting = this.running.values().reduce((sum, { workflow }) => sum + workflow.waiting, 0);
    return { remembered: this.memory.size, waiting };
  }

  start(): void {
    this.options.cluster.onEvent((event) => this.receive(event));
    this.options.timeline.play(this.discovery());
  }

  /** The API server closes khook's watch of this namespace, or of all; khook does not notice. */
  goBlind(namespace?: string): void {
    for (const [name, { workflow }] of this.running) {
      if (namespace === undefined || namespace === name) workflow.closeWatch();
    }
  }

  /** An Event arrives by watch a moment after it was written, never within the write. */
  private receive(event: KubeObject): void {
    const { timeline } = this.options;
    timeline.schedule(timeline.now + 1, () =>
      this.running.get(event.metadata.namespace ?? "")?.workflow.receive(event),
    );
  }

  private *discovery(): Script {
    for (;;) {
      this.discover();
      yield LOOK_FOR_HOOKS_EVERY;
    }
  }

  private discover(): void {
    const hooks = this.options.cluster.hooks();
    if (hooks === this.seen) return;
    this.seen = hooks;
    const found = Map.groupBy(hooks, ({ metadata }) => metadata.namespace ?? "");
    for (const [namespace, own] of found) this.keepRunning(namespace, own);
    for (const [namespace, { workflow }] of this.running) {
      if (found.has(namespace)) continue;
      workflow.stop();
      this.running.delete(namespace);
    }
  }

  private keepRunning(namespace: string, hooks: readonly KubeObject[]): void {
    const signature = signatureOf(hooks);
    const before = this.running.get(namespace);
    if (before?.signature === signature) return;
    before?.workflow.stop();
    this.restarts += 1;
    const { cluster, recorder, timeline } = this.options;
    const random = this.options.random.fork(`${namespace} ${this.restarts}`);
    const workflow = new KhookWorkflow({ hooks, memory: this.memory, recorder, cluster, timeline, random });
    this.running.set(namespace, { workflow, signature });
    // Its watch names no resourceVersion, so all that is there comes again.
    for (const event of cluster.events(namespace)) workflow.receive(event);
  }
}

/** What khook compares to see that hooks changed: types, agent names and prompts, nothing else. */
function signatureOf(hooks: readonly KubeObject[]): string {
  return hooks
    .map((hook) => {
      const parts = configurationsOf(hook).map(
        ({ eventType, agentRef, prompt }) => `${eventType}|${agentRef.name}|${prompt}`,
      );
      return `${hook.metadata.namespace}/${hook.metadata.name}@${parts.join(";")}`;
    })
    .join(",");
}
