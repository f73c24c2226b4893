// A cluster being thought up: the days before the demo started, of which only the outcome will lie in the storage.
// Promises that after `pour` the storage holds each Event in its last state, written in the order of last writes.

import type { KubeObject } from "../kubeObject.ts";
import type { Storage } from "../server/storage.ts";
import type { ClusterClient } from "./clusterClient.ts";
import type { CoreEvent, EventPatch, NewEvent } from "./eventDraft.ts";
import { hookStatus } from "./hookStatus.ts";
import type { ActiveEvent } from "./khookMemory.ts";
import type { Random } from "./random.ts";
import { patchedEvent, storedEvent } from "./storedEvent.ts";

interface Written {
  readonly event: KubeObject;
  readonly at: number;
}

interface Status {
  readonly hook: KubeObject;
  readonly active: readonly ActiveEvent[];
  readonly at: number;
}

export class DraftClient implements ClusterClient {
  private readonly random: Random;
  private readonly given: readonly KubeObject[];
  /** In the order of last writes. */
  private readonly written = new Map<string, Written>();
  private readonly statuses = new Map<KubeObject, Status>();
  private readonly listeners = new Set<(event: KubeObject) => void>();

  constructor(hooks: readonly KubeObject[], random: Random) {
    this.given = hooks;
    this.random = random;
  }

  create(event: CoreEvent | NewEvent, at: number): boolean {
    const key = keyOf(event.metadata.namespace, event.metadata.name);
    if (this.written.has(key)) return false;
    this.write(key, storedEvent(event, this.random.uuid(), at), at);
    return true;
  }

  patch(namespace: string, name: string, patch: EventPatch, at: number): boolean {
    const key = keyOf(namespace, name);
    const known = this.written.get(key);
    if (known === undefined) return false;
    this.written.delete(key);
    this.write(key, patchedEvent(known.event, patch, at), at);
    return true;
  }

  events(namespace: string): readonly KubeObject[] {
    const own = [...this.written].filter(([, { event }]) => event.metadata.namespace === namespace);
    return own.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { event }]) => event);
  }

  /** Always the same list: in the past that is thought up here nobody changed a Hook. */
  hooks(): readonly KubeObject[] {
    return this.given;
  }

  writeHookStatus(hook: KubeObject, active: readonly ActiveEvent[], at: number): void {
    this.statuses.set(hook, { hook, active, at });
  }

  onEvent(listener: (event: KubeObject) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  pour(storage: Storage): void {
    for (const { event, at } of this.written.values()) storage.create("events", event, { at: new Date(at) });
    for (const { hook, active, at } of this.statuses.values()) {
      storage.updateStatus("hooks", { ...hook, status: hookStatus(active, at) });
    }
  }

  private write(key: string, event: KubeObject, at: number): void {
    this.written.set(key, { event, at });
    for (const listener of this.listeners) listener(event);
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
