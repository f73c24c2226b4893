// The writes of the recent past, from which older states and resumed watches are made.
// Promises to know every write after the revision it names as compacted, and to forget from the oldest on.
import type { KubeObject, ResourceName } from "../kubeObject.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One write. A deletion's `object` is the last state under the deletion's own resourceVersion. */
export interface Change {
  readonly revision: number;
  readonly resource: ResourceName;
  readonly type: ChangeType;
  readonly key: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** Events are read from etcd itself; everything else has a watch cache that outlives a compaction. */
const WITHOUT_WATCH_CACHE: ReadonlySet<ResourceName> = new Set(["events"]);

export class ChangeLog {
  private readonly limit: number;
  private changes: Change[] = [];
  /** Where the past of etcd begins, of every watch cache, and of single caches opened later. */
  private etcdStart = 0;
  private cacheStart = 0;
  private readonly cacheStarts = new Map<ResourceName, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The revision up to which the past of this resource is gone. */
  compactedRevision(resource: ResourceName): number {
    if (WITHOUT_WATCH_CACHE.has(resource)) return this.etcdStart;
    return Math.max(this.cacheStart, this.cacheStarts.get(resource) ?? 0);
  }

  add(change: Change): void {
    this.changes.push(change);
    if (this.changes.length <= this.limit * 2) return;
    const oldest = this.changes[this.changes.length - this.limit - 1]?.revision ?? 0;
    this.etcdStart = Math.max(this.etcdStart, oldest);
    this.cacheStart = Math.max(this.cacheStart, oldest);
    this.forget();
  }

  /** The writes of a resource after a revision. */
  since(resource: ResourceName, revision: number): readonly Change[] {
    return this.changes.slice(this.indexAfter(revision)).filter((change) => change.resource === resource);
  }

  /** The state at `revision` of every key written since: the oldest later write knows what stood before it. */
  before(resource: ResourceName, revision: number): ReadonlyMap<string, KubeObject | undefined> {
    const past = new Map<string, KubeObject | undefined>();
    for (let index = this.changes.length - 1; index >= 0; index -= 1) {
      const change = this.changes[index];
      if (change === undefined || change.revision <= revision) break;
      if (change.resource === resource) past.set(change.key, change.previous);
    }
    return past;
  }

  compact(revision: number, watchCache: "kept" | "dropped"): void {
    this.etcdStart = revision;
    if (watchCache === "dropped") this.cacheStart = revision;
    this.forget();
  }

  openCache(resource: ResourceName, revision: number): void {
    this.cacheStarts.set(resource, revision);
  }

  private forget(): void {
    this.changes = this.changes.slice(this.indexAfter(Math.min(this.etcdStart, this.cacheStart)));
  }

  /** The index of the first write after a revision. */
  private indexAfter(revision: number): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
