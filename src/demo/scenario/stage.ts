// Who speaks in the demo's cluster: a kubelet and a kernel monitor for each node, the scheduler, the controllers.
// Promises one recorder for each process, so that each has the caches and limits that it would really have.
import { CoreRecorder } from "./coreRecorder.ts";
import type { EventSink, ObjectReference } from "./eventDraft.ts";
import { EventsRecorder } from "./eventsRecorder.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export interface StageOptions {
  readonly sink: EventSink;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly nodes: readonly string[];
}

export class Stage {
  readonly scheduler: EventsRecorder;
  readonly nodes: readonly string[];
  private readonly options: StageOptions;
  private readonly recorders = new Map<string, CoreRecorder>();
  private readonly nodeUids: ReadonlyMap<string, string>;

  constructor(options: StageOptions) {
    this.options = options;
    this.nodes = options.nodes;
    const uids = options.random.fork("node uids");
    this.nodeUids = new Map(options.nodes.map((node) => [node, uids.uuid()]));
    this.scheduler = new EventsRecorder({
      controller: "default-scheduler",
      instance: "default-scheduler-control-plane-1",
      sink: options.sink,
      now: () => options.timeline.now,
      random: options.random.fork("default-scheduler"),
    });
  }

  kubelet(node: string): CoreRecorder {
    return this.recorder("kubelet", node);
  }

  /** The node problem detector's reader of the kernel log. */
  kernelMonitor(node: string): CoreRecorder {
    return this.recorder("kernel-monitor", node);
  }

  /** Anything that runs once in the cluster. */
  controller(component: string): CoreRecorder {
    return this.recorder(component);
  }

  /** The node as its controller refers to it. */
  node(name: string): ObjectReference {
    return { kind: "Node", name, uid: this.nodeUids.get(name) ?? name, apiVersion: "v1" };
  }

  /** The node as its own kubelet refers to it: by name only, also where a uid belongs. */
  ownNode(name: string): ObjectReference {
    return { kind: "Node", name, uid: name };
  }

  private recorder(component: string, host?: string): CoreRecorder {
    const key = host === undefined ? component : `${component} on ${host}`;
    let recorder = this.recorders.get(key);
    if (recorder === undefined) {
      recorder = new CoreRecorder({
        source: host === undefined ? { component } : { component, host },
        sink: this.options.sink,
        now: () => this.options.timeline.now,
        random: this.options.random.fork(key),
      });
      this.recorders.set(key, recorder);
    }
    return recorder;
  }
}
