// What the scenario's controllers ask of the API: Events, Hooks, Hook status, Leases.
// Promises nothing by itself; Front lets those who hold it go on unchanged when the cluster behind it is exchanged.

import type { KubeObject } from "../kubeObject.ts";
import type { CoreEvent, EventPatch, EventSink, NewEvent } from "./eventDraft.ts";
import type { ActiveEvent } from "./khookMemory.ts";

export interface ClusterClient extends EventSink {
  /** The Events of a namespace in key order, as a watch without resourceVersion replays them. */
  events(namespace: string): readonly KubeObject[];
  hooks(): readonly KubeObject[];
  /** Writes status as khook does; a Hook that is gone is passed over. */
  writeHookStatus(hook: KubeObject, active: readonly ActiveEvent[], at: number): void;
  /** Tells every later write of an Event; the returned function ends it. */
  onEvent(listener: (event: KubeObject) => void): () => void;
}

export class Front implements ClusterClient {
  private behind: ClusterClient;
  private readonly listeners = new Map<(event: KubeObject) => void, () => void>();

  constructor(behind: ClusterClient) {
    this.behind = behind;
  }

  /** From now on everything goes to another cluster, listeners included. */
  exchange(behind: ClusterClient): void {
    this.behind = behind;
    for (const [listener, end] of this.listeners) {
      end();
      this.listeners.set(listener, behind.onEvent(listener));
    }
  }

  create(event: CoreEvent | NewEvent, at: number): boolean {
    return this.behind.create(event, at);
  }

  patch(namespace: string, name: string, patch: EventPatch, at: number): boolean {
    return this.behind.patch(namespace, name, patch, at);
  }

  events(namespace: string): readonly KubeObject[] {
    return this.behind.events(namespace);
  }

  hooks(): readonly KubeObject[] {
    return this.behind.hooks();
  }

  writeHookStatus(hook: KubeObject, active: readonly ActiveEvent[], at: number): void {
    this.behind.writeHookStatus(hook, active, at);
  }

  onEvent(listener: (event: KubeObject) => void): () => void {
    this.listeners.set(listener, this.behind.onEvent(listener));
    return () => {
      this.listeners.get(listener)?.();
      this.listeners.delete(listener);
    };
  }
}
