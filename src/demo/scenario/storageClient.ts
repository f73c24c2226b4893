// The scenario's way to the API server's storage, past HTTP.
// Promises the same result as the requests of the real clients; what somebody else deleted meanwhile is no error.

import type { KubeObject } from "../kubeObject.ts";
import type { Storage } from "../server/storage.ts";
import type { ClusterClient } from "./clusterClient.ts";
import type { CoreEvent, EventPatch, NewEvent } from "./eventDraft.ts";
import { hookStatus } from "./hookStatus.ts";
import type { ActiveEvent } from "./khookMemory.ts";
import type { Random } from "./random.ts";
import { patchedEvent, storedEvent } from "./storedEvent.ts";

export class StorageClient implements ClusterClient {
  private readonly storage: Storage;
  private readonly random: Random;

  constructor(storage: Storage, random: Random) {
    this.storage = storage;
    this.random = random;
  }

  create(event: CoreEvent | NewEvent, at: number): boolean {
    const { namespace, name } = event.metadata;
    if (this.storage.get("events", namespace, name) !== undefined) return false;
    this.storage.create("events", storedEvent(event, this.random.uuid(), at), { at: new Date(at) });
    return true;
  }

  patch(namespace: string, name: string, patch: EventPatch, at: number): boolean {
    const stored = this.storage.get("events", namespace, name);
    if (stored === undefined) return false;
    this.storage.replace("events", patchedEvent(stored, patch, at), { at: new Date(at) });
    return true;
  }

  events(namespace: string): readonly KubeObject[] {
    return this.storage.list("events", namespace);
  }

  hooks(): readonly KubeObject[] {
    return this.storage.list("hooks");
  }

  writeHookStatus({ metadata }: KubeObject, active: readonly ActiveEvent[], at: number): void {
    const hook = this.storage.get("hooks", metadata.namespace, metadata.name ?? "");
    if (hook === undefined || hook.metadata.uid !== metadata.uid) return;
    this.storage.updateStatus("hooks", { ...hook, status: hookStatus(active, at) });
  }

  onEvent(listener: (event: KubeObject) => void): () => void {
    return this.storage.subscribe("events", ({ type, object }) => {
      if (type !== "DELETED") listener(object);
    });
  }
}
