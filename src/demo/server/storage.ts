// What etcd is to a real API server: objects by resource, namespace and name, under one store-wide revision.
// Promises: every write gets its own rising revision, is kept first and told second, and never changes an object
// in place; a past revision can be read until it is compacted; lists come in key order.
import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectMeta, ResourceName } from "../kubeObject.ts";
import { kubeTime } from "../scenario/kubeTime.ts";
import { type Change, ChangeLog, type ChangeType } from "./changeLog.ts";
import { Shelf, span } from "./shelf.ts";

export type ChangeListener = (change: Change) => void;

export interface StorageOptions {
  readonly now: () => Date;
  /** How long an Event lives after its last write, in milliseconds (a real server: one hour). */
  readonly eventTtlMs: number;
  readonly uid: () => string;
  /** How many past writes stay readable; older ones count as compacted. */
  readonly historySize?: number;
}

export interface WriteOptions {
  /** When the write counts as made: Events live `eventTtlMs` from here. Default: now. */
  readonly at?: Date;
}

export interface PageRequest {
  readonly namespace?: string | undefined;
  /** Read as of this revision; default: now. */
  readonly revision?: number | undefined;
  /** Start after this key. */
  readonly after?: string | undefined;
  /** At most so many objects that `accepts` takes; default: all. */
  readonly limit?: number | undefined;
  readonly accepts?: ((object: KubeObject) => boolean) | undefined;
}

export interface Page {
  readonly revision: number;
  readonly items: readonly KubeObject[];
  /** The key to go on after, when something is left. */
  readonly next: string | undefined;
  /** How many keys are left after `next`, whether or not `accepts` would take them. */
  readonly remaining: number;
}

export type StorageFault = "AlreadyExists" | "NotFound" | "Conflict" | "Expired";

/** A write or read that cannot be done as asked; `fault` says in which way. */
export class StorageError extends Error {
  readonly fault: StorageFault;
  readonly resource: ResourceName;
  readonly object: string;

  constructor(fault: StorageFault, resource: ResourceName, object: string, message: string) {
    super(message);
    this.name = "StorageError";
    this.fault = fault;
    this.resource = resource;
    this.object = object;
  }
}

/** Resources whose `metadata.generation` counts changes of everything but metadata and status. */
const WITH_GENERATION: ReadonlySet<ResourceName> = new Set(["hooks", "customresourcedefinitions"]);

const NOTHING: ReadonlyMap<string, KubeObject | undefined> = new Map();

export class Storage {
  private readonly options: StorageOptions;
  private readonly log: ChangeLog;
  private readonly shelves = new Map<ResourceName, Shelf>();
  private readonly listeners = new Map<ResourceName, Set<ChangeListener>>();
  private readonly expiries = new Map<string, number>();
  private soonestExpiry = Number.POSITIVE_INFINITY;
  private head = 1;

  constructor(options: StorageOptions) {
    this.options = options;
    this.log = new ChangeLog(options.historySize ?? 20_000);
  }

  /** The revision of the latest write. */
  get revision(): number {
    return this.head;
  }

  /** The revision up to which history of this resource is gone: older reads and watches are refused. */
  compactedRevision(resource: ResourceName): number {
    return this.log.compactedRevision(resource);
  }

  /** Keeps a new object. A uid or creationTimestamp that is already set is kept: history may be written at start. */
  create(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const fresh = this.rehearse(resource, object);
    return this.write(resource, "ADDED", keyOfObject(fresh), fresh, undefined, options);
  }

  /** What `create` would keep, resourceVersion aside, without keeping it. */
  rehearse(resource: ResourceName, object: KubeObject): KubeObject {
    const name = object.metadata.name ?? this.generateName(object.metadata);
    if (this.shelf(resource).objects.has(keyOf(object.metadata.namespace, name))) {
      throw this.error("AlreadyExists", resource, name, "already exists");
    }
    const { resourceVersion: _asked, ...given } = object.metadata;
    const metadata: ObjectMeta = {
      ...given,
      name,
      uid: given.uid ?? this.options.uid(),
      creationTimestamp: given.creationTimestamp ?? kubeTime(this.options.now().getTime()),
      ...(WITH_GENERATION.has(resource) ? { generation: given.generation ?? 1 } : {}),
    };
    return { ...object, metadata };
  }

  /**
   * Writes the main part as PUT does: status stays, generation rises when anything but metadata and status changed, a
   * write that changes nothing is none. With `metadata.resourceVersion` set, only on top of exactly that version.
   */
  update(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const previous = this.expect(resource, object);
    const { status: _ignored, ...main } = object;
    const next = WITH_GENERATION.has(resource)
      ? { ...main, ...("status" in previous ? { status: previous.status } : {}) }
      : object;
    const changed = WITH_GENERATION.has(resource) && !isDeepStrictEqual(desired(next), desired(previous));
    const generation = changed ? { generation: (previous.metadata.generation ?? 0) + 1 } : {};
    return this.replace(
      resource,
      { ...next, apiVersion: object.apiVersion, kind: object.kind, metadata: { ...object.metadata, ...generation } },
      options,
    );
  }

  /** Writes `status` (and managedFields), as PUT on the status subresource does; all else stays. */
  updateStatus(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const previous = this.expect(resource, object);
    const { managedFields } = object.metadata;
    const metadata = { ...previous.metadata, ...(managedFields === undefined ? {} : { managedFields }) };
    const { status: _old, ...rest } = previous;
    const status = "status" in object ? { status: object.status } : {};
    return this.replace(
      resource,
      { ...rest, ...status, apiVersion: previous.apiVersion, kind: previous.kind, metadata },
      options,
    );
  }

  /** Puts the object in place of the one of its name exactly as given, identity and creation time aside. */
  replace(resource: ResourceName, object: KubeObject, options: WriteOptions = {}): KubeObject {
    const previous = this.expect(resource, object);
    const { uid, creationTimestamp, generation, resourceVersion } = previous.metadata;
    const metadata: ObjectMeta = {
      ...(generation === undefined ? {} : { generation }),
      ...object.metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const next = { ...object, metadata };
    if (isDeepStrictEqual(next, previous)) return previous;
    return this.write(resource, "MODIFIED", keyOfObject(object), next, previous, options);
  }

  /** Removes the object and answers its last state under the deletion's revision. */
  delete(resource: ResourceName, namespace: string | undefined, name: string): KubeObject {
    const key = keyOf(namespace, name);
    const previous = this.shelf(resource).objects.get(key);
    if (previous === undefined) throw this.error("NotFound", resource, name, "not found");
    return this.write(resource, "DELETED", key, previous, previous, {});
  }

  get(resource: ResourceName, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.shelf(resource).objects.get(keyOf(namespace, name));
  }

  /** How many objects there are now, in one namespace or in all. */
  count(resource: ResourceName, namespace?: string): number {
    if (namespace === undefined) return this.shelf(resource).objects.size;
    const [from, to] = span(this.shelf(resource).ordered(), namespace, undefined);
    return to - from;
  }

  /** Everything there is now, in key order. */
  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    return this.page(resource, { namespace }).items;
  }

  /**
   * Some objects in key order as they were at one revision. Throws `Expired` for a compacted revision. Costs what is
   * read plus what was written since that revision, never the whole resource.
   */
  page(resource: ResourceName, request: PageRequest): Page {
    const revision = request.revision ?? this.head;
    if (revision < this.compactedRevision(resource)) {
      throw this.error("Expired", resource, "", "mvcc: required revision has been compacted");
    }
    const shelf = this.shelf(resource);
    const past = revision < this.head ? this.log.before(resource, revision) : NOTHING;
    let keys = shelf.ordered();
    const gone = [...past.keys()].filter((key) => !shelf.objects.has(key));
    if (gone.length > 0) keys = [...keys, ...gone].sort();
    const [from, to] = span(keys, request.namespace, request.after);
    const limit = request.limit ?? Number.POSITIVE_INFINITY;
    const items: KubeObject[] = [];
    let index = from;
    for (; index < to && items.length < limit; index += 1) {
      const key = keys[index];
      if (key === undefined) break;
      const object = past.has(key) ? past.get(key) : shelf.objects.get(key);
      if (object !== undefined && (request.accepts?.(object) ?? true)) items.push(object);
    }
    let remaining = to - index;
    const [first = "", last = ""] = [keys[index], keys[to - 1]];
    // Keys that were not there yet at this revision do not count.
    for (const [key, object] of past) {
      if (object === undefined && remaining > 0 && key >= first && key <= last) remaining -= 1;
    }
    return { revision, items, next: remaining > 0 ? keys[index - 1] : undefined, remaining };
  }

  /** Tells every later write of the resource; the returned function ends it. */
  subscribe(resource: ResourceName, listener: ChangeListener): () => void {
    let listeners = this.listeners.get(resource);
    if (listeners === undefined) {
      listeners = new Set();
      this.listeners.set(resource, listeners);
    }
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** The writes of a resource after a revision, or undefined when some of them are no longer known. */
  changesSince(resource: ResourceName, revision: number): readonly Change[] | undefined {
    if (revision < this.compactedRevision(resource)) return undefined;
    return this.log.since(resource, revision);
  }

  /**
   * Forgets the past. Reads and watches from an older revision are refused from now on. With `watchCache: "kept"` it
   * is what etcd's five-minute compaction does (only Events notice); by default also what a restart of the API server does.
   */
  compact(options: { readonly watchCache?: "kept" | "dropped" } = {}): void {
    this.log.compact(this.head, options.watchCache ?? "dropped");
  }

  /** Begins the watch cache of a resource now, as the server does when a CRD has been established. */
  openWatchCache(resource: ResourceName): void {
    this.log.openCache(resource, this.head);
  }

  /** Moves the revision on without a write, as writes to resources that nobody looks at do. */
  tick(revisions = 1): void {
    this.head += revisions;
  }

  /** Deletes the Events whose time to live is over, and says how many. */
  expireEvents(): number {
    const now = this.options.now().getTime();
    if (now < this.soonestExpiry) return 0;
    let expired = 0;
    this.soonestExpiry = Number.POSITIVE_INFINITY;
    for (const [key, expiry] of this.expiries) {
      if (expiry > now) {
        this.soonestExpiry = Math.min(this.soonestExpiry, expiry);
        continue;
      }
      const previous = this.shelf("events").objects.get(key);
      if (previous === undefined) continue;
      this.write("events", "DELETED", key, previous, previous, {});
      expired += 1;
    }
    return expired;
  }

  private write(
    resource: ResourceName,
    type: ChangeType,
    key: string,
    object: KubeObject,
    previous: KubeObject | undefined,
    options: WriteOptions,
  ): KubeObject {
    this.head += 1;
    const stamped: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.head) } };
    const shelf = this.shelf(resource);
    if (type === "DELETED") shelf.delete(key);
    else shelf.set(key, stamped);
    if (resource === "events") this.schedule(type, key, options.at ?? this.options.now());
    const change: Change = { revision: this.head, resource, type, key, object: stamped, previous };
    this.log.add(change);
    for (const listener of this.listeners.get(resource) ?? []) listener(change);
    return stamped;
  }

  private schedule(type: ChangeType, key: string, at: Date): void {
    if (type === "DELETED") {
      this.expiries.delete(key);
      return;
    }
    const expiry = at.getTime() + this.options.eventTtlMs;
    this.expiries.set(key, expiry);
    this.soonestExpiry = Math.min(this.soonestExpiry, expiry);
  }

  private expect(resource: ResourceName, object: KubeObject): KubeObject {
    const name = object.metadata.name ?? "";
    const previous = this.shelf(resource).objects.get(keyOfObject(object));
    if (previous === undefined) throw this.error("NotFound", resource, name, "not found");
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== previous.metadata.resourceVersion) {
      throw this.error("Conflict", resource, name, "the object has been modified");
    }
    return previous;
  }

  private error(fault: StorageFault, resource: ResourceName, object: string, message: string): StorageError {
    return new StorageError(fault, resource, object, message);
  }

  private generateName(metadata: ObjectMeta): string {
    return `${metadata.generateName ?? ""}${this.options.uid().replaceAll("-", "").slice(-5)}`;
  }

  private shelf(resource: ResourceName): Shelf {
    let shelf = this.shelves.get(resource);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.shelves.set(resource, shelf);
    }
    return shelf;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

function keyOfObject(object: KubeObject): string {
  return keyOf(object.metadata.namespace, object.metadata.name ?? "");
}

/** Everything a controller is asked to bring about: not identity, not what is so far. */
function desired(object: KubeObject): unknown {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
