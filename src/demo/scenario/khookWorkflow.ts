// khook's work in one namespace: one goroutine that takes Events one by one and waits for each agent call.
// Promises khook's audit Events in its own words, its duplicates, its minute of status, and that a closed watch is the
// end of it.

import type { KubeObject } from "../kubeObject.ts";
import type { ClusterClient } from "./clusterClient.ts";
import type { CoreRecorder } from "./coreRecorder.ts";
import type { ObjectReference } from "./eventDraft.ts";
import { callAgent } from "./kagentAgents.ts";
import { khookEventType, staleForKhook, watched } from "./khookMatching.ts";
import type { KhookMemory, Subject } from "./khookMemory.ts";
import { MINUTE } from "./kubeTime.ts";
import type { Random } from "./random.ts";
import type { Script, Timeline } from "./timeline.ts";

export interface EventConfiguration {
  readonly eventType: string;
  readonly agentRef: { readonly name: string; readonly namespace?: string };
  readonly prompt: string;
}

export interface WorkflowOptions {
  readonly hooks: readonly KubeObject[];
  readonly memory: KhookMemory;
  readonly recorder: CoreRecorder;
  readonly cluster: ClusterClient;
  readonly timeline: Timeline;
  readonly random: Random;
}

const CLEAN_UP_EVERY_MINUTES = 5;

export class KhookWorkflow {
  private readonly options: WorkflowOptions;
  private readonly queue: Subject[] = [];
  private watching = true;
  private stopped = false;
  private busy = false;
  private draining = false;
  private statusDue = false;
  private cleanUpDue = false;

  constructor(options: WorkflowOptions) {
    this.options = options;
    options.timeline.play(this.tickers());
  }

  /** How many Events wait for the agent call that is under way. */
  get waiting(): number {
    return this.queue.length;
  }

  receive(event: KubeObject): void {
    if (!this.watching || this.stopped) return;
    const seen = watched(event);
    if (staleForKhook(seen, this.options.timeline.now)) return;
    const eventType = khookEventType(seen);
    if (eventType === undefined) return;
    this.queue.push({ eventType, namespace: seen.namespace, resourceName: seen.resourceName });
    this.drain();
  }

  /** The API server closed the watch: what is queued is still worked off, then nothing, without a word. */
  closeWatch(): void {
    this.watching = false;
    this.drain();
  }

  /** The hooks changed: an agent call under way is cancelled and what is queued is dropped. */
  stop(): void {
    this.stopped = true;
    this.queue.length = 0;
  }

  private *tickers(): Script {
    for (let minute = 1; ; minute += 1) {
      yield MINUTE;
      if (this.stopped) return;
      this.statusDue = true;
      this.cleanUpDue ||= minute % CLEAN_UP_EVERY_MINUTES === 0;
      this.drain();
    }
  }

  private drain(): void {
    if (this.draining) return;
    this.draining = true;
    while (!this.busy && !this.stopped) {
      this.serveTickers();
      const subject = this.queue.shift();
      if (subject === undefined) {
        if (!this.watching) this.stopped = true;
        break;
      }
      this.busy = true;
      this.options.timeline.play(this.process(subject), () => {
        this.busy = false;
        this.drain();
      });
    }
    this.draining = false;
  }

  private serveTickers(): void {
    const { hooks, memory, cluster, timeline } = this.options;
    if (this.cleanUpDue) for (const hook of hooks) memory.forgetExpired(nameOf(hook), timeline.now);
    if (this.statusDue) {
      for (const hook of hooks) cluster.writeHookStatus(hook, memory.active(nameOf(hook), timeline.now), timeline.now);
    }
    this.cleanUpDue = false;
    this.statusDue = false;
  }

  private *process(subject: Subject): Script {
    for (const hook of this.options.hooks) {
      for (const configuration of configurationsOf(hook)) {
        if (this.stopped) return;
        if (configuration.eventType === subject.eventType) yield* this.notify(hook, configuration, subject);
      }
    }
  }

  private *notify(hook: KubeObject, configuration: EventConfiguration, subject: Subject): Script {
    const { memory, recorder, timeline, random } = this.options;
    const { eventType, resourceName } = subject;
    const agent = configuration.agentRef.name;
    const about = referenceTo(hook);
    if (memory.isDuplicate(nameOf(hook), subject, timeline.now)) {
      recorder.normal(
        about,
        "DuplicateEventIgnored",
        `Duplicate event ${eventType} ignored for resource ${resourceName} (within deduplication window)`,
      );
      return;
    }
    memory.record(nameOf(hook), subject, timeline.now);
    recorder.normal(
      about,
      "EventFiring",
      `Event ${eventType} fired for resource ${resourceName}, calling agent ${agent}`,
    );
    const namespace = configuration.agentRef.namespace ?? hook.metadata.namespace ?? "";
    const { took, outcome } = callAgent({ namespace, name: agent }, random);
    yield took;
    const result = this.stopped ? { error: "failed to send A2A message: context canceled" } : outcome;
    if ("error" in result) {
      recorder.warning(
        about,
        "AgentCallFailure",
        `Failed to call agent ${agent} for event ${eventType} on resource ${resourceName}: ${result.error}`,
      );
      return;
    }
    recorder.normal(
      about,
      "AgentCallSuccess",
      `Successfully called agent ${agent} for event ${eventType} on resource ${resourceName} (request: ${result.requestId})`,
    );
    memory.markNotified(nameOf(hook), subject, timeline.now);
  }
}

/** A Hook that was accepted has valid entries; one without a spec (which the CRD lets through) has none. */
export function configurationsOf(hook: KubeObject): readonly EventConfiguration[] {
  const { spec } = hook;
  if (typeof spec !== "object" || spec === null || !("eventConfigurations" in spec)) return [];
  // The API server has checked these against the CRD before it stored them.
  return spec.eventConfigurations as readonly EventConfiguration[];
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace = "", name = "", uid = "", resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}
